"""How much slower some orders were than others, and how sure that is; pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from lab.core import figures
from lab.measure.interval import CONFIDENCE, Estimate, quantile

WITHIN_LOAD = 0.13
"""Standard deviation of the logarithm by which all latencies of some minutes of a load differ from those of others."""
BETWEEN_LOADS = 0.25
"""The same from one load to another: of tries at four rates on the stand, 0.13 to 0.27 (docs/compare.md)."""


@dataclass(frozen=True, kw_only=True)
class Rise:
    """A percentile against another one.

    Args:
        before: The one that it is compared with.
        after: The other one.
        ratio: after / before; infinite where the second is, or the first is nothing to compare with.
        difference: after - before, ms.
    """

    before: Estimate
    after: Estimate
    ratio: Estimate
    difference: Estimate

    def __str__(self) -> str:
        """As messages show it: 1.25 [0.9, 1.6]."""
        return figures.ratio(self.ratio.value, self.ratio.low, self.ratio.high)

    def beside(self, limit: float) -> str:
        """The same, told apart from its limit."""
        return figures.ratio(self.ratio.value, self.ratio.low, self.ratio.high, limit=limit)


def compare(before: Estimate, after: Estimate, *, drift: float = 0.0, confidence: float = CONFIDENCE) -> Rise:
    """A percentile against another one, with the intervals that follow from theirs.

    Each end is as far out as both percentiles' own ends are together, the root of their squares (Zou and Donner,
    Construction of confidence limits about effect measures, 2008); of what is not known to be finite, the farthest.

    Args:
        before: What is compared with; 95 %, as `after`.
        after: What is compared.
        drift: Standard deviation of the logarithm by which all latencies of either differ from those of the other
            though nothing was done to them.
        confidence: Of the result.
    """
    first, second = before.at(confidence), after.at(confidence)
    far = quantile((1 + confidence) / 2) * drift
    least = (first.value, first.high), (second.value, second.low)
    most = (first.value, first.low), (second.value, second.high)
    return Rise(
        before=before,
        after=after,
        ratio=Estimate(
            value=ratio(before.value, after.value),
            low=_ratio_end(*least, far, side=-1),
            high=_ratio_end(*most, far, side=1),
        ),
        difference=Estimate(
            value=_less(after.value, before.value),
            low=_difference_end(*least, far, side=-1),
            high=_difference_end(*most, far, side=1),
        ),
    )


def between(before: Estimate, after: Estimate) -> Rise:
    """The same of what is known to lie between two values and of nothing more: each end by the farthest ones."""
    return Rise(
        before=before,
        after=after,
        ratio=Estimate(
            value=ratio(before.value, after.value),
            low=_quotient(after.low, before.high),
            high=_quotient(after.high, before.low),
        ),
        difference=Estimate(
            value=_less(after.value, before.value),
            low=_less(after.low, before.high),
            high=_less(after.high, before.low),
        ),
    )


def ladder(
    before: Sequence[Estimate], after: Sequence[Estimate], *, drift: float = 0.0, confidence: float = CONFIDENCE
) -> tuple[Rise, ...]:
    """The same of each percentile of the ladder."""
    return tuple(
        compare(one, other, drift=drift, confidence=confidence) for one, other in zip(before, after, strict=False)
    )


def ratio(before: float, during: float) -> float:
    """How many times as large the second is; infinite when it is, or when there is nothing to compare it with."""
    if math.isinf(during) or before <= 0:
        return math.inf
    # Infinite before and not during: there is no steady state to compare with.
    return math.inf if math.isinf(before) else during / before


End = tuple[float, float]
"""A value and an end of its interval."""


def _ratio_end(first: End, second: End, far: float, *, side: int) -> float:
    """One end of a ratio's interval, in logarithms."""
    if not all(0 < one < math.inf for one in (*first, *second)):
        return _quotient(second[1], first[1])
    out = math.hypot(math.log(second[1] / second[0]), math.log(first[1] / first[0]), far * math.sqrt(2))
    return second[0] / first[0] * math.exp(side * out)


def _quotient(above: float, below: float) -> float:
    """The farthest: nothing where what it is divided by may be anything, infinite where it may be nothing."""
    if math.isinf(below):
        return 0.0
    return math.inf if math.isinf(above) or below <= 0 else above / below


def _difference_end(first: End, second: End, far: float, *, side: int) -> float:
    if not all(map(math.isfinite, (*first, *second))):
        return _less(second[1], first[1])
    drifted = (second[0] * math.expm1(side * far), first[0] * math.expm1(-side * far))
    return second[0] - first[0] + side * math.hypot(second[1] - second[0], first[1] - first[0], *drifted)


def _less(value: float, other: float) -> float:
    """The difference; of two infinite ones nothing is known, so the one that `value` has."""
    return value if math.isinf(value) else value - other
