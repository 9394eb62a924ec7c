"""Sees what holds around a case's load: right before it, while it runs, and when it has ended."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from lab.core.errors import LabError
from lab.measure.lab_state import LabState
from lab.measure.surroundings import Surroundings
from lab.run import clock
from lab.run.absence import Absence
from lab.run.load_context import LoadContext
from lab.settings.suites import Case

if TYPE_CHECKING:
    from lab.measure.null_path import NullPath


class Around:
    """What is seen around one load; what can't be seen is kept as the reason why.

    Args:
        context: What the case is run with.
        case: Whose load.
        folder: The case's.
    """

    def __init__(self, context: LoadContext, case: Case, folder: Path) -> None:
        self._context = context
        self._case = case
        self._folder = folder
        self._absence = Absence(context.broker_pods)
        self._path: NullPath | None = None
        self._before: LabState | None = None
        self._clock: float | None = None
        self._unknown: str | None = None

    def begin(self) -> None:
        """Look, when the books are empty and the load is about to begin."""
        self._before = self._look()
        self._clock = clock.ahead(self._context.metrics)
        if self._case.limits.calibration:
            self._path = self._context.measure_path(self._case, self._folder)

    def outage(self) -> AbstractContextManager[object]:
        """A context in which is looked for the broker, if the case takes it away."""
        return self._absence if self._case.settings.fault else nullcontext()

    def end(self) -> Surroundings:
        """Look again, when the load has ended and the broker is back."""
        after = self._look()
        return Surroundings(
            path=self._path,
            first=self._context.state.first,
            before=self._before,
            after=after,
            unknown=self._unknown,
            clock=clock.further(self._clock, clock.ahead(self._context.metrics)),
            polls=self._absence.polls,
        )

    def _look(self) -> LabState | None:
        try:
            return self._context.state.read()
        except LabError as error:
            self._unknown = error.summary
            return None
