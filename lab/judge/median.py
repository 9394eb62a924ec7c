"""The median of a figure over repetitions and how sure it is; pure: the same figures give the same interval."""

import math
from collections.abc import Sequence

from lab.judge.bound import Spread

CONFIDENCE = 0.95
FEWEST = 6
"""Repetitions of which there is a 95 % interval at all: all that was measured of 5 holds the true median in 93.75 %."""


def place(count: int, *, is_more_better: bool) -> int:
    """The median's place in ascending order, 1 being the lowest; of an even count the worse one of the middle two.

    Nothing is averaged: the mean of two percentiles is none, and the worse one is what half of them at least came to.
    """
    return (count + 1) // 2 if is_more_better else count // 2 + 1


def spread(figures: Sequence[float], *, is_more_better: bool) -> Spread:
    """The interval of the median of these figures.

    It is the percentile bootstrap's, widened where so few figures make that one narrower than it says: of six it holds
    the true median in 88 %. Fewer than six have no 95 % interval; what is given then is their range.
    """
    ordered, few = sorted(figures), len(figures) < FEWEST
    low, high = (
        (1, len(ordered)) if few else _interval(len(ordered), place(len(ordered), is_more_better=is_more_better))
    )
    return Spread(
        figures=tuple(figures),
        low=ordered[low - 1],
        high=ordered[high - 1],
        coverage=_coverage(len(ordered), low, high),
        is_range=few,
    )


def _interval(count: int, middle: int) -> tuple[int, int]:
    """The places of the interval's ends, in ascending order."""
    low, high = _bootstrap(count, middle)
    while _coverage(count, low, high) < CONFIDENCE:
        low, high = max(1, low - 1), min(count, high + 1)
    return low, high


def _bootstrap(count: int, middle: int) -> tuple[int, int]:
    """What drawing infinitely often with replacement comes to, without drawing.

    A resample's median is at most the value at place j if at least `middle` of its values are, each with a
    chance of j / count (Efron, Bootstrap Methods, 1979, section 3).
    """
    tail = (1 - CONFIDENCE) / 2
    below = [_at_least(middle, count, at / count) for at in range(1, count + 1)]
    low = next(at for at, chance in enumerate(below, start=1) if chance > tail)
    high = next(at for at, chance in enumerate(below, start=1) if chance >= 1 - tail)
    return low, high


def _at_least(wanted: int, count: int, chance: float) -> float:
    return math.fsum(math.comb(count, n) * chance**n * (1 - chance) ** (count - n) for n in range(wanted, count + 1))


def _coverage(count: int, low: int, high: int) -> float:
    """How often the values at these places have the true median between them, whatever its distribution."""
    return sum(math.comb(count, n) for n in range(low, high)) / 2.0**count
