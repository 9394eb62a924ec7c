"""The run that others are held against: one of each kind of run, named in a file beside the runs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from lab.core.errors import ToolError, UsageError
from lab.judge.verdict import Outcome
from lab.store import inventory
from lab.store.folder import Folder
from lab.store.listing import Listed, listed
from lab.store.runs import write_text

FILE = "baseline.json"
NAMES = TypeAdapter(dict[str, str])
"""What is in it: of each kind of run, the id or the path of its baseline."""


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """A baseline: what it is one of (suite, topology, profile, runtime), and its folder, which may be gone."""

    kind: str
    path: Path

    @property
    def is_there(self) -> bool:
        """Whether its folder still is."""
        return self.path.is_dir()


def read(runs: Path) -> Mapping[str, Baseline]:
    """All baselines by what they are one of.

    Raises:
        ToolError: The file holds no names of runs.
    """
    file = runs / FILE
    if not file.is_file():
        return {}
    try:
        kept = NAMES.validate_json(file.read_bytes())
    except (OSError, ValueError) as error:
        raise ToolError(f"{runs.name}/{FILE} can't be read: {error}; run './invokew baseline clear'") from error
    # A path that begins at the root stays as it is.
    return {kind: Baseline(kind=kind, path=runs / name) for kind, name in kept.items()}


def of(runs: Path, run: Listed) -> Path | None:
    """The folder of the baseline that a run is to be held against; None if none was set.

    Raises:
        UsageError: Its folder is gone.
    """
    found = read(runs).get(run.kind)
    if found is not None and not found.is_there:
        raise UsageError(
            f"the baseline of {run.kind} is gone: there is no folder {found.path}; "
            "run './invokew baseline set' for the newest run, or './invokew baseline clear'"
        )
    return found.path if found else None


def choose(runs: Path, folder: Path, *, force: bool) -> Listed:
    """Make a run the baseline of its kind.

    Args:
        runs: Where runs are kept.
        folder: The run's.
        force: Even if it is INVALID, or a search that found nothing.

    Raises:
        UsageError: It is INVALID, or damaged.
    """
    run = listed(folder)
    damage = run.damage or _lost(folder)
    if not force and (run.verdict is Outcome.INVALID or damage):
        why = damage or "it measured nothing that can be judged"
        raise UsageError(f"{run.run} is {run.verdict}: {why}; choose another run, or add --force")
    name = run.run if folder.resolve().parent == runs.resolve() else str(folder.resolve())
    _write(runs, {**_names(runs), run.kind: name})
    return run


def _lost(path: Path) -> str:
    """What of the evidence that a run kept is lost or changed; empty if nothing is."""
    folder = Folder(path)
    inventory.check(folder, inventory.read(folder))
    return next((f"{gap.file} {gap.why}" for gap in folder.gaps), "")


def clear(runs: Path) -> tuple[str, ...]:
    """Forget all baselines; what they were of. The runs stay."""
    try:
        kinds = tuple(read(runs))
    except ToolError:
        kinds = ("what could not be read",)
    (runs / FILE).unlink(missing_ok=True)
    return kinds


def lines(runs: Path) -> tuple[str, ...]:
    """What the baselines are, a line each."""
    gone = "is gone; './invokew baseline set' chooses another"
    found = tuple(f"{one.kind}: {one.path.name}{'' if one.is_there else f' {gone}'}" for one in read(runs).values())
    return found or ("there is no baseline; './invokew baseline set' makes the newest run one",)


def _names(runs: Path) -> dict[str, str]:
    return {kind: one.path.name if one.path.parent == runs else str(one.path) for kind, one in read(runs).items()}


def _write(runs: Path, names: Mapping[str, str]) -> None:
    runs.mkdir(parents=True, exist_ok=True)
    write_text(runs / FILE, json.dumps(dict(sorted(names.items())), indent=2) + "\n")
