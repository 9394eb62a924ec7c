"""CPU that a k6 used, of what it could have had, by a few looks at it during its load."""

import math
from collections import deque
from dataclasses import dataclass

STRETCH = 60.0
"""Seconds over which the machine's busiest stretch is told: so long that a pod's start is none."""


@dataclass(frozen=True, kw_only=True)
class Usage:
    """CPU at an instant.

    Args:
        used: Seconds that k6 had used.
        idle: Seconds that all cores of its machine had idled.
        instant: When that was (seconds of a clock that only goes on).
        all_cores: The cores of its machine.
        limit: The cores that it may use at most.
    """

    used: float
    idle: float
    instant: float
    all_cores: int = 1
    limit: float = math.inf

    def cores_since(self, earlier: "Usage") -> float:
        """The cores that k6 used since then."""
        return (self.used - earlier.used) / max(self.instant - earlier.instant, 1e-3)

    def share_since(self, earlier: "Usage") -> float:
        """What k6 used since then of the CPU it could have had: its own and what idled, within its limit."""
        used, idle = self.used - earlier.used, self.idle - earlier.idle
        could = min(used + idle, self.limit * (self.instant - earlier.instant))
        return min(1.0, used / could) if could > 0 else 0.0

    def busy_since(self, earlier: "Usage") -> float:
        """The share of all cores that something used since then: what did not idle."""
        whole = (self.instant - earlier.instant) * self.all_cores
        return min(1.0, max(0.0, 1 - (self.idle - earlier.idle) / whole)) if whole > 0 else 0.0


class CpuUse:
    """What the looks at a k6 come to since the first of them."""

    def __init__(self) -> None:
        self._begin: Usage | None = None
        self._last: Usage | None = None
        self._stretch: deque[Usage] = deque()
        self._busiest = 0.0

    def add(self, usage: Usage) -> None:
        """A look."""
        self._last = usage
        self._begin = self._begin or usage
        self._stretch.append(usage)
        while usage.instant - self._stretch[0].instant > STRETCH:
            self._busiest = max(self._busiest, usage.busy_since(self._stretch.popleft()))

    @property
    def cores(self) -> float:
        """The cores it used."""
        return self._last.cores_since(self._begin) if self._begin and self._last else 0.0

    @property
    def share(self) -> float:
        """What it used of the CPU it could have had."""
        return self._last.share_since(self._begin) if self._begin and self._last else 0.0

    @property
    def host_busy(self) -> float:
        """The share of the machine's CPU that something used."""
        return self._last.busy_since(self._begin) if self._begin and self._last else 0.0

    @property
    def host_busiest(self) -> float | None:
        """The same, of the busiest minute; of all of it when it was shorter; None if there were no two looks."""
        return max(self._busiest, self.host_busy) if self._begin is not self._last else None

    @property
    def host_cores(self) -> int | None:
        """The machine's cores; None if there was no look."""
        return self._last.all_cores if self._last else None
