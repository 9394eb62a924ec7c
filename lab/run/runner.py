"""A k6 that sends a case's load or a part of it, wherever it runs."""

import time
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Self

from lab.run import k6_api
from lab.run.cpu_use import CpuUse
from lab.tools.k6 import LOG


class Runner(ABC):
    """A context that owns one k6; on leaving it k6 has ended, and its results are in the case's folder.

    Args:
        api: `host:port` at which its REST API answers here.
        folder: Where its log is when it has ended.
        deadline: Seconds for which it may run.
        answer: Seconds that its REST API may take.

    Attributes:
        log: Its log.
        started: When it was started (epoch ms).
        load_began: When its first iteration had ended (epoch ms); None before.
        requests: How many it had sent at the last look.
        overdue: Whether it was stopped at its deadline.
        use: Of CPU, since the load began.
    """

    def __init__(self, *, api: str, folder: Path, deadline: float, answer: float) -> None:
        self.api = api
        self.log = folder / LOG
        self.load_began: float | None = None
        self.requests = 0
        self.overdue = False
        self.use = CpuUse()
        self._deadline = deadline
        self._answer = answer
        self._start_clock()

    @abstractmethod
    def __enter__(self) -> Self: ...

    @abstractmethod
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    @property
    @abstractmethod
    def exit_code(self) -> int | None:
        """Its exit code; None while it runs."""

    @property
    @abstractmethod
    def clock(self) -> float | None:
        """By how many seconds its clock is ahead of this machine's; None if it could not be read."""

    @property
    @abstractmethod
    def trouble(self) -> str | None:
        """What went wrong with it that no exit code tells; None where nothing did."""

    def look(self) -> bool:
        """Take note of how far it is; False when it has ended. Past its deadline it is stopped."""
        if self.exit_code is not None:
            return False
        if time.monotonic() - self._began > self._deadline:
            self.overdue = True
            self.stop()
            return False
        self._note_progress()
        if self.load_began is not None:
            self._note_usage()
        return True

    @abstractmethod
    def stop(self) -> None:
        """End it, so that it writes its results if it can."""

    def _start_clock(self) -> None:
        self._began = time.monotonic()
        self.started = time.time() * 1000

    def _note_progress(self) -> None:
        """The first iteration that ended marks the load's begin: setup has none, whatever the script."""
        samples = k6_api.samples(self.api, timeout=self._answer)
        self.requests = int(samples.get("http_reqs", {}).get("count", self.requests))
        if self.load_began is None and samples.get("iterations", {}).get("count", 0) > 0:
            self.load_began = time.time() * 1000

    @abstractmethod
    def _note_usage(self) -> None:
        """What it uses of CPU now."""


def text(log: Path) -> str:
    """What a runner's log says; nothing where it left none."""
    return log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
