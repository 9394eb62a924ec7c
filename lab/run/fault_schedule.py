"""A fault at its time within a load: injected and recovered beside it, and recovered whatever becomes of the load."""

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

from lab.cluster.fault import Instants
from lab.core.errors import LabError
from lab.core.windows import Outage
from lab.settings.case_settings import FaultSettings
from lab.settings.settings import Settings

JOIN = 300.0
"""Seconds that a recovery under way may take when the load has ended: a pod's start, its topics checked."""


class Fault(Protocol):
    """A disturbance, as a context: leaving it undoes it, if that hasn't been done.

    Each call returns when what it does is so, seen in the cluster, and may come from another thread than the context's.
    """

    @property
    def instants(self) -> Instants:
        """When it was."""

    def __enter__(self) -> Self:
        """Get ready."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Undo it."""

    def inject(self) -> None:
        """Bring it about."""

    def recover(self) -> None:
        """Undo it and prove that it is undone."""


MakeFault = Callable[[], Fault]
OVERTIME = 120.0
"""Seconds beyond its own length after which a fault is to end by itself, whatever became of the runner."""


def longest(settings: Settings) -> float:
    """Seconds after which a fault of any case is to end by itself."""
    return max((case.fault.for_ for case in settings.cases.values() if case.fault), default=0) + OVERTIME


class FaultSchedule:
    """A context in which a fault comes at its time after `begin`; once left, it is over or `error` says why not."""

    def __init__(self, fault: Fault, settings: FaultSettings, *, on_event: Callable[[str], None]) -> None:
        self._fault = fault
        self._settings = settings
        self._on_event = on_event
        self._thread = threading.Thread(target=self._guarded, name="fault", daemon=True)
        self._stop = threading.Event()
        self._load_began = 0.0
        self._is_over = False
        self.error: str | None = None

    def __enter__(self) -> Self:
        self._fault.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cancel()
        try:
            # Interrupted, the fault itself is quicker at its own undoing than its thread, which also proves it.
            if kind is None:
                self._join()
        finally:
            self._leave(kind, error, trace)
            self._join()

    def begin(self, load_began: float) -> None:
        """Count from here: the load's first order (epoch ms)."""
        self._load_began = load_began
        self._thread.start()

    def cancel(self) -> None:
        """Let it not begin any more, or end at once."""
        self._stop.set()

    @property
    def outage(self) -> Outage | None:
        """When it was; None unless it has been, and is over."""
        if not self._is_over:
            return None
        at = self._fault.instants
        return Outage(began=at.asked, in_force=at.gone, ending=at.recovery_asked, over=at.ready)

    def _join(self) -> None:
        if self._thread.ident is None:
            return
        self._thread.join(JOIN)
        if self._thread.is_alive():
            self.error = f"it is not over {JOIN:g} s after the load's end; run './invokew status'"

    def _leave(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._fault.__exit__(kind, error, trace)
        except LabError as failure:
            self.error = failure.summary

    def _guarded(self) -> None:
        try:
            self._run()
        except LabError as error:
            self.error = error.summary
        except Exception as error:  # noqa: BLE001 - the thread's last words: whatever it is, the run must say it
            self.error = f"{type(error).__name__}: {error}"

    def _run(self) -> None:
        if self._wait_until(self._load_began + self._settings.after * 1000):
            return
        self._on_event("fault asked for")
        self._fault.inject()
        self._on_event("fault in force")
        self._wait_until(self._fault.instants.gone + self._settings.for_ * 1000)
        self._on_event("recovery asked for")
        self._fault.recover()
        self._is_over = True
        self._on_event("fault over")

    def _wait_until(self, instant: float) -> bool:
        """Wait, unless told to stop; whether it was."""
        return self._stop.wait(max(0.0, instant / 1000 - time.time()))
