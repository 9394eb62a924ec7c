"""What a case asks of a k6 that sends its load or a part of it, wherever that runs."""

from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from lab.run.cpu_use import CpuUse


class Runner(Protocol):
    """A context that owns one k6; on leaving it k6 has ended, and its results are in the case's folder.

    Attributes:
        api: `host:port` at which its REST API answers here.
        log: Where its log is when it has ended.
        started: When it was started (epoch ms).
        load_began: When its first iteration had ended (epoch ms); None before.
        requests: How many it had sent at the last look.
        overdue: Whether it was stopped at its deadline.
    """

    api: str
    log: Path
    started: float
    load_began: float | None
    requests: int
    overdue: bool

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    @property
    def exit_code(self) -> int | None:
        """Its exit code; None while it runs."""

    @property
    def clock(self) -> float | None:
        """By how many seconds its clock is ahead of this machine's; None if it could not be read."""

    @property
    def use(self) -> CpuUse:
        """Of CPU, since the load began."""

    @property
    def trouble(self) -> str | None:
        """What went wrong with it that no exit code tells; None where nothing did."""

    def look(self) -> bool:
        """Take note of how far it is; False when it has ended. Past its deadline it is stopped."""

    def stop(self) -> None:
        """End it, so that it writes its results if it can."""


def text(log: Path) -> str:
    """What a runner's log says; nothing where it left none."""
    return log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
