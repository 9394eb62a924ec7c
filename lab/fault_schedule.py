"""A fault at its time within a load: injected and recovered beside it, and recovered whatever becomes of the load."""

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Protocol, Self

from lab.errors import LabError
from lab.settings import FaultSettings
from lab.windows import Outage

JOIN = 300.0
"""Seconds that a recovery under way may take when the load has ended: a pod's start, its topics checked."""


class Fault(Protocol):
    """A disturbance that can be brought about and undone; each call returns when that is so, seen in the cluster."""

    def inject(self) -> None:
        """Bring it about."""

    def recover(self) -> None:
        """Undo it."""


MakeFault = Callable[[], AbstractContextManager[Fault]]
"""Opens a fault: leaving the context undoes it, if that hasn't been done."""


class FaultSchedule:
    """A context in which a fault comes at its time after `begin`; on leaving it, it is over or `error` says why not."""

    def __init__(self, make: MakeFault, settings: FaultSettings, *, on_event: Callable[[str], None]) -> None:
        self._make = make
        self._settings = settings
        self._on_event = on_event
        self._thread = threading.Thread(target=self._run, name="fault")
        self._stop = threading.Event()
        self._instants: dict[str, float] = {}
        self._load_began = 0.0
        self.error: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cancel()
        if self._thread.ident is not None:
            self._thread.join(JOIN)
            if self._thread.is_alive():
                self.error = f"it is not over {JOIN:g} s after the load's end"

    def begin(self, load_began: float) -> None:
        """Count from here: the load's first order (epoch ms)."""
        self._load_began = load_began
        self._thread.start()

    @property
    def outage(self) -> Outage | None:
        """When it was; None as long as it isn't over."""
        if "over" not in self._instants:
            return None
        return Outage(**self._instants)

    def cancel(self) -> None:
        """Let it not begin any more, or end at once."""
        self._stop.set()

    def _run(self) -> None:
        if self._wait_until(self._load_began + self._settings.after * 1000):
            return
        try:
            with self._make() as fault:
                self._note("began")
                fault.inject()
                in_force = self._note("in_force")
                self._wait_until(in_force + self._settings.for_ * 1000)
                self._note("ending")
                fault.recover()
            self._note("over")
        except LabError as error:
            self.error = error.summary
        except Exception as error:  # noqa: BLE001 - the thread's last words: whatever it is, the run must say it
            self.error = f"{type(error).__name__}: {error}"

    def _wait_until(self, instant: float) -> bool:
        """Wait, unless told to stop; whether it was."""
        return self._stop.wait(max(0.0, instant / 1000 - time.time()))

    def _note(self, event: str) -> float:
        now = time.time() * 1000
        self._instants[event] = now
        self._on_event(f"fault {event.replace('_', ' ')}")
        return now
