"""Work that goes on in a thread of its own while something else happens, and ends with its context."""

import threading
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class Background(ABC):
    """A context in which `_run` runs in a thread; `_over` tells it that the context has ended.

    Args:
        linger: Seconds for which the context's end waits for the thread; None: until it has ended.
        waits_on_error: Whether it waits also when an error ends the context.
    """

    def __init__(self, *, linger: float | None, waits_on_error: bool = True) -> None:
        self._waits_on_error = waits_on_error
        self._linger = linger
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name=type(self).__name__.lower(), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if kind is None or self._waits_on_error:
            self._thread.join(self._linger)

    @abstractmethod
    def _run(self) -> None:
        """What goes on until `_over` is set."""
