"""What a percentile or a share may be, by what was measured of it, however its values are spread; pure."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from statistics import NormalDist
from typing import ClassVar, Self

from pydantic import ConfigDict

CONFIDENCE = 0.95
NORMAL = 1.96
"""Standard deviations of a normal distribution from its mean to either end of a 95 % interval, as tables have it."""
STORED = ConfigDict(ser_json_inf_nan="strings")
"""Of what may be infinite: for a value that a file has in several places pydantic takes its own configuration."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A figure as it was measured, and the interval in which it truly lies (95 %); infinite where nothing bounds it."""

    __pydantic_config__: ClassVar[ConfigDict] = STORED

    value: float
    low: float
    high: float

    @classmethod
    def exact(cls, value: float) -> Self:
        """One that is known without doubt."""
        return cls(value=value, low=value, high=value)

    def at(self, confidence: float) -> Self:
        """The same with an interval of another confidence: as far out as a normal distribution's would be."""
        wider = widening(confidence)
        return type(self)(
            value=self.value,
            low=_stretched(self.value, self.low, wider),
            high=_stretched(self.value, self.high, wider),
        )


def rank(count: int, share: Fraction) -> int:
    """The nearest rank: ceil(share * count), at least 1; exact, since floats put 99.9 % of 1,000 at 1,000."""
    return max(1, -(-count * share.numerator // share.denominator))


def percentile(
    ordered: Sequence[float], share: Fraction, *, independent: float | None = None, confidence: float = CONFIDENCE
) -> Estimate:
    """A percentile by nearest rank, and its interval by order statistics.

    How many of n values lie above the true percentile is binomial, whatever their distribution (David and Nagaraja,
    Order Statistics, 7.1). Where values that are near in time are alike, they say as much as fewer would.

    Args:
        ordered: The values, ascending.
        share: 99/100 for the 99th percentile.
        independent: How many independent values they are worth; as many as there are unless given.
        confidence: Of the interval.
    """
    count = len(ordered)
    if not count:
        return Estimate(value=math.inf, low=0.0, high=math.inf)
    low, high = above(count, share, independent=independent, confidence=confidence)
    return Estimate(
        value=ordered[rank(count, share) - 1],
        low=ordered[count - 1 - low] if low < count else 0.0,
        high=math.inf if high is None else ordered[count - 1 - high],
    )


def above(
    count: int, share: Fraction, *, independent: float | None = None, confidence: float = CONFIDENCE
) -> tuple[int, int | None]:
    """How many values lie above the interval's low end, and above its high end; None where no value is a high end."""
    if not count:
        return 0, None
    worth = count if independent is None else max(1, min(count, int(independent)))
    most, least = _most_above(worth, share, confidence), _least_above(worth, share, confidence)
    low = -(-most * count // worth) - 1
    return min(low, count), None if least is None else least * count // worth


def proportion(hits: int, count: int) -> Estimate:
    """A share of independent values, and its interval (Clopper and Pearson)."""
    if not count:
        return Estimate(value=1.0, low=0.0, high=1.0)
    tail = (1 - CONFIDENCE) / 2
    low = 0.0 if hits == 0 else _root(lambda share: 1 - _at_most(hits - 1, count, share), tail)
    high = 1.0 if hits == count else 1 - _root(lambda rest: _at_most(hits, count, 1 - rest), tail)
    return Estimate(value=hits / count, low=low, high=high)


def corrected(parts: int, confidence: float = CONFIDENCE) -> float:
    """The confidence of each of several intervals that are to hold all at once (Bonferroni)."""
    return 1 - (1 - confidence) / max(1, parts)


def widening(confidence: float) -> float:
    """How many times as wide an interval of this confidence is as one of 95 %, of a normal distribution."""
    return quantile((1 + confidence) / 2) / quantile((1 + CONFIDENCE) / 2)


def quantile(share: float) -> float:
    """Of the standard normal distribution."""
    return NormalDist().inv_cdf(share)


@lru_cache(maxsize=4096)
def _least_above(count: int, share: Fraction, confidence: float) -> int | None:
    """The most values that so seldom all of those above the percentile are; None if even none of them is not seldom."""
    tail, rest = (1 - confidence) / 2, float(1 - share)
    if _at_most(0, count, rest) > tail:
        return None
    low, high = 0, rank(count, 1 - share)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _at_most(middle, count, rest) <= tail else (low, middle - 1)
    return low


@lru_cache(maxsize=4096)
def _most_above(count: int, share: Fraction, confidence: float) -> int:
    """The fewest values that so seldom are as few as those above the percentile."""
    tail, rest = (1 - confidence) / 2, float(1 - share)
    low, high = 0, count + 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if 1 - _at_most(middle - 1, count, rest) <= tail else (middle + 1, high)
    return low


FAR = 10.0
"""Standard deviations from the mean beyond which nothing of a binomial distribution is counted."""


def _at_most(hits: int, count: int, chance: float) -> float:
    """How likely so many hits at most are."""
    if hits < 0 or chance >= 1:
        return 0.0 if hits < count else 1.0
    if hits >= count or chance <= 0:
        return 1.0
    middle, spread = count * chance, math.sqrt(count * chance * (1 - chance)) + 1
    if hits > middle + FAR * spread:
        return 1.0
    first = max(0, int(middle - FAR * spread))
    if hits < first:
        return 0.0
    odds = chance / (1 - chance)
    term = math.exp(
        math.lgamma(count + 1)
        - math.lgamma(first + 1)
        - math.lgamma(count - first + 1)
        + first * math.log(chance)
        + (count - first) * math.log1p(-chance)
    )
    total = term
    for number in range(first, hits):
        term *= (count - number) / (number + 1) * odds
        total += term
    return min(1.0, total)


def _root(rising: Callable[[float], float], wanted: float) -> float:
    """Where a function that rises from 0 to 1 comes to a value."""
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < wanted else (low, middle)
    return (low + high) / 2


def _stretched(value: float, end: float, wider: float) -> float:
    """An end of an interval, moved out in proportion of what it is times the value."""
    if not 0 < value < math.inf or not 0 < end < math.inf:
        return end
    return value * math.exp(math.log(end / value) * wider)
