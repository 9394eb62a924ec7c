"""A run that broke off, as far as it came: which of its cases have ended, and what the others need to go on."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from lab.core.errors import UsageError
from lab.measure.lab_state import LabState
from lab.measure.measurements import CaseMeasurements
from lab.settings import repetition
from lab.settings.settings import Settings
from lab.settings.suites import Suite
from lab.store import stored_run
from lab.store.files import MeasurementsFile, RecordingFile, SealFile
from lab.store.folder import Folder
from lab.store.runs import Run


@dataclass(frozen=True, kw_only=True)
class InterruptedRun:
    """A run to go on with.

    Args:
        run: Its folder.
        suite: What was asked.
        settings: By which.
        rounds: How often its cases are run.
        ended: The figures of the cases that have ended, by the names of their repetitions.
        begun: The cases that had begun and left no figures.
        state: The lab's state at its first look, which all later ones are held against; None if no case has ended.
    """

    run: Run
    suite: Suite
    settings: Settings
    rounds: int
    ended: Mapping[str, CaseMeasurements]
    begun: frozenset[str]
    state: LabState | None

    @property
    def left(self) -> list[str]:
        """The names of the repetitions that have no figures yet."""
        names = [name for case in self.suite.cases for name in repetition.names(case.id, self.rounds)]
        return [name for name in names if name not in self.ended]


def read(path: Path, *, begun: str = "") -> InterruptedRun:
    """Read how far a run came.

    Args:
        path: Its folder.
        begun: The folder of a case that is known to have begun, whether or not something of it is left.

    Raises:
        UsageError: It has ended, is a search, or what was asked can't be read.
    """
    if (path / SealFile.FILE).is_file():
        raise UsageError(f"{path.name} has ended; './invokew report --run={path.name}' shows what it came to")
    folder = Folder(path)
    told = stored_run.read(folder)
    if told.is_search:
        raise UsageError(f"{path.name} is a search for a capacity, which can't be gone on with; start it again")
    if told.plan is None or told.kept is None or told.kept.seed is None:
        lost = "; ".join(f"{gap.file} {gap.why}" for gap in folder.gaps) or "its settings don't describe it"
        raise UsageError(f"{path.name} can't be gone on with: {lost}; start it again")
    names = [name for case in told.plan.cases for name in repetition.names(case.id, told.rounds)]
    kept = {name: folder.read(MeasurementsFile, name, needed=False) for name in names}
    looks = [folder.read(RecordingFile, name, needed=False) for name in names]
    return InterruptedRun(
        run=Run(path.parent, path.name),
        suite=replace(told.plan, seed=told.kept.seed),
        settings=told.kept.settings,
        rounds=told.rounds,
        ended={name: file.measurements for name, file in kept.items() if file},
        begun=frozenset(
            name for name, file in kept.items() if file is None and (name == begun or (path / name).is_dir())
        ),
        state=next((look.around.first for look in looks if look and look.around.first), None),
    )
