"""The slowest orders of many: enough to compare high percentiles exactly, and few enough to be kept."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Self

from lab.measure.latency import rank

KEPT = 0.05
LEAST = 50
"""How many are kept, as a share of all and at least: a resampled p99 practically never lies further down."""


@dataclass(frozen=True, kw_only=True)
class Tail:
    """How many values there were, and the highest of them in ascending order."""

    count: int
    highest: tuple[float, ...]

    @classmethod
    def of(cls, values: Iterable[float]) -> Self:
        """The tail of these values."""
        ordered = sorted(values)
        kept = max(LEAST, round(KEPT * len(ordered)))
        return cls(count=len(ordered), highest=tuple(ordered[-kept:]))

    def nth(self, place: int) -> float:
        """The value at a place, 1 being the lowest of all; the lowest that was kept for places below it."""
        return self.highest[max(0, place - 1 - (self.count - len(self.highest)))]

    def percentile(self, share: Fraction) -> float:
        """A percentile by nearest rank, exact if it lies in the tail."""
        return self.nth(rank(self.count, share))
