"""How much slower some orders were than others, and how sure that is."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from lab.core import figures
from lab.measure.latency import P99, rank
from lab.measure.tail import Tail

RESAMPLES = 10_000
CONFIDENCE = 0.95
SEED = 1
"""Fixed, so that the same samples give the same interval."""


@dataclass(frozen=True, kw_only=True)
class Rise:
    """The ratio of two percentiles and its 95 % confidence interval; infinite when orders failed."""

    ratio: float
    low: float
    high: float

    def __str__(self) -> str:
        """As messages show it: 1.25 [0.9, 1.6]."""
        return figures.ratio(self.ratio, self.low, self.high)

    def beside(self, limit: float) -> str:
        """The same, told apart from its limit."""
        return figures.ratio(self.ratio, self.low, self.high, limit=limit)


def rise(before: Sequence[float], during: Sequence[float], share: Fraction = P99) -> Rise:
    """The ratio of a high percentile of `during` to that of `before`, and its interval."""
    return compare(Tail.of(before), Tail.of(during), share)


def compare(first: Tail, second: Tail, share: Fraction = P99) -> Rise:
    """The ratio of a high percentile of the second to that of the first, with a percentile bootstrap's interval.

    A bootstrap draws n values with replacement and takes their k-th smallest. That one is found without drawing them
    all: the k-th smallest of n uniform numbers is distributed as Beta(k, n - k + 1), and the uniform number u stands
    for the value at u * n in order (David and Nagaraja, Order Statistics, 2.1).
    """
    if not first.count or not second.count:
        return Rise(ratio=math.inf, low=math.inf, high=math.inf)
    source = random.Random(SEED)  # noqa: S311 - resampling, no secret
    before, during = rank(first.count, share), rank(second.count, share)
    ratios = sorted(
        ratio(_resampled(first, before, source), _resampled(second, during, source)) for _ in range(RESAMPLES)
    )
    tail = (1 - CONFIDENCE) / 2
    return Rise(
        ratio=ratio(first.percentile(share), second.percentile(share)),
        low=ratios[int(tail * RESAMPLES)],
        high=ratios[int((1 - tail) * RESAMPLES) - 1],
    )


def _resampled(values: Tail, place: int, source: random.Random) -> float:
    drawn = source.betavariate(place, values.count - place + 1)
    return values.nth(min(values.count, int(drawn * values.count) + 1))


def ratio(before: float, during: float) -> float:
    """How many times as large the second is; infinite when it is, or when there is nothing to compare it with."""
    if math.isinf(during) or before <= 0:
        return math.inf
    # Infinite before and not during: there is no steady state to compare with.
    return math.inf if math.isinf(before) else during / before
