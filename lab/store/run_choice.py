"""Which runs are meant: by words, by an id or the beginning of one, or by a folder's path."""

import os
from dataclasses import dataclass
from pathlib import Path

from lab.core.errors import UsageError
from lab.core.paths import expanded
from lab.store import baseline
from lab.store.files import CapacityFile, GrafanaFile, ProvenanceFile, SealFile, SearchesFile, SettingsFile, VerdictFile
from lab.store.folder import NO_SCHEMA, OTHER_SCHEMA, Folder
from lab.store.listing import RUN, ids, listed
from lab.store.runs import LATEST

PREVIOUS, BASELINE = "previous", "baseline"
OF_A_RUN = (VerdictFile, CapacityFile, SettingsFile, ProvenanceFile, SearchesFile, GrafanaFile, SealFile)
SHOWN = 5
"""Newest runs that a message names."""
NONE_YET = "there is none yet; './invokew asr1' makes one"


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two runs' folders, and how the first was chosen."""

    before: Path
    after: Path
    why: str


def pair(runs: Path, before: str, after: str) -> Pair:
    """The runs to compare.

    Args:
        runs: Where runs are kept.
        before: The first; empty for the baseline of the second's kind, or the run of its kind before it.
        after: The second; empty for the newest.

    Raises:
        UsageError: There is no such run, or both are one.
    """
    if before == LATEST and not after:
        raise UsageError("latest is compared with what was before it; give two runs, or none for baseline and latest")
    second = folder(runs, after or LATEST)
    first, why = _first(runs, before, second)
    if first.resolve() == second.resolve():
        raise UsageError(f"a run can't be compared with itself: both are {second.name}; give two, or make another run")
    return Pair(before=first, after=second, why=why)


def folder(runs: Path, wanted: str, of: Path | None = None) -> Path:
    """The folder of a run.

    Args:
        runs: Where runs are kept.
        wanted: `latest`, `previous`, `baseline`, an id or its unique beginning, or a path.
        of: The run that `previous` and `baseline` are meant of; the newest by default.

    Raises:
        UsageError: There is no such run, several begin so, or the folder is no run's.
    """
    if wanted in {"", LATEST}:
        return _latest(runs)
    if wanted in {PREVIOUS, BASELINE}:
        about = of or _latest(runs)
        found = _previous(runs, about) if wanted == PREVIOUS else baseline.of(runs, listed(about))
        if found is None:
            raise UsageError(_none(wanted, about))
        return found
    for path in (runs / wanted, expanded(wanted)):
        if os.path.isdir(path):  # noqa: PTH112 - Path's own raises where a name is too long to be one
            if not _is_run(path):
                raise UsageError(f"{wanted!r} is not a run's folder; './invokew runs' lists the runs")
            return path
    begin_so = [name for name in ids(runs) if name.startswith(wanted)]
    if len(begin_so) > 1:
        raise UsageError(f"{wanted!r} is the beginning of {len(begin_so)} runs: {', '.join(begin_so)}; give more of it")
    if begin_so:
        return runs / begin_so[0]
    newest = ids(runs)[:SHOWN]
    known = f"the newest are {', '.join(newest)}" if newest else NONE_YET
    raise UsageError(
        f"run must be {LATEST}, {PREVIOUS}, {BASELINE}, an id under {runs.name}/ or its beginning, or a folder's path; "
        f"got {wanted!r}; {known}"
    )


def _is_run(path: Path) -> bool:
    """A run's folder has the name of one, or a file of one: of what is written there nothing may be another's."""
    if RUN.fullmatch(path.resolve().name):
        return True
    folder = Folder(path)
    if any(folder.read(kind, needed=False) for kind in OF_A_RUN):
        return True
    return any(gap.why.startswith(OTHER_SCHEMA) and not gap.why.startswith(NO_SCHEMA) for gap in folder.gaps)


def _latest(runs: Path) -> Path:
    file = runs / LATEST
    name = file.read_text(encoding="utf-8", errors="replace").strip() if file.is_file() else ""
    if RUN.fullmatch(name) and (runs / name).is_dir():
        return runs / name
    # The file may be lost with the rest; ids sort by time.
    if found := ids(runs):
        return runs / found[0]
    raise UsageError(f"there is no run in {runs.name}/ yet; './invokew asr1' makes one")


def _first(runs: Path, before: str, second: Path) -> tuple[Path, str]:
    if before:
        return folder(runs, before, second), ""
    if found := baseline.of(runs, listed(second)):
        if found.resolve() != second.resolve():
            return found, "the baseline"
        raise UsageError(f"{second.name} is the baseline itself; name what to compare it with, such as previous")
    if previous := _previous(runs, second):
        return previous, "the run before it, since no baseline is set"
    raise UsageError(_none(PREVIOUS, second))


def _previous(runs: Path, of: Path) -> Path | None:
    """The newest run of the same kind that began before this one."""
    kind, name = listed(of).kind, of.resolve().name
    return next((runs / one for one in ids(runs) if one < name and listed(runs / one).kind == kind), None)


def _none(word: str, of: Path) -> str:
    kind = listed(of).kind
    if word == BASELINE:
        return f"there is no baseline of {kind}; './invokew baseline set' makes the newest run one"
    return (
        f"there is no run of {kind} before {of.name}; run it once more, or name two runs ('./invokew runs' lists them)"
    )
