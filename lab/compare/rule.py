"""When a figure is said to be worse: the one rule, pure.

The change of a figure is an interval, from resamples of both runs (`lab.compare.resampling`). What counts is whether
that interval lies beyond what matters: a change that is sure but small is as good as none, and one that may be large
but need not be is not told apart from noise. So there are four answers, as in a test of equivalence.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from lab.compare import resampling as figures
from lab.compare.resampling import Estimate, Range

CONFIDENCE = 0.99
"""Of the interval of a change, and of a figure's own noise: a run has dozens of figures, none to be named by chance."""


class Assessment(Enum):
    """How a figure of two runs is assessed."""

    WORSE = "worse"
    BETTER = "better"
    SAME = "same"
    NOISE = "not told apart from noise"
    UNJUDGED = "not judged"
    UNKNOWN = "not known"


@dataclass(frozen=True, kw_only=True)
class Margin:
    """The change that matters: the larger of two.

    Args:
        absolute: In the figure's own unit.
        relative: As a share of the figure before.
    """

    absolute: float
    relative: float

    def at(self, before: float) -> float:
        """The change that matters of a figure that was so large."""
        return max(self.absolute, self.relative * before) if math.isfinite(before) else self.absolute


CAPACITY = "capacity"
MARGINS: Mapping[str, Margin] = {
    figures.CLIENT_P50: Margin(absolute=2.0, relative=0.1),
    figures.CLIENT_P95: Margin(absolute=5.0, relative=0.1),
    figures.CLIENT_P99: Margin(absolute=10.0, relative=0.1),
    figures.CLIENT_P999: Margin(absolute=25.0, relative=0.1),
    figures.ENGINE_P99: Margin(absolute=10.0, relative=0.1),
    figures.ERRORS: Margin(absolute=0.001, relative=0.1),
    figures.MATCHES: Margin(absolute=0.0, relative=0.05),
    figures.RISE: Margin(absolute=0.1, relative=0.1),
    CAPACITY: Margin(absolute=0.0, relative=0.3),
}
"""What matters of each figure. 10 %: the rise that the contract allows; 5 %: what B2 may miss of its 5,000 matches.

Latencies in ms: where cores are shared an order waits while others have them, a few ms each time, and the more orders
are slower than a percentile, the less it moves by that. Equal tries on the stand differed by up to 0.3 ms at p50, 2.7
at p95 and 12.5 at p99 while other work came and went, and equal searches' capacities by 26 %. Of the errors it is a
tenth of their limit of 1 %.
"""
MORE_IS_BETTER = frozenset({figures.MATCHES, CAPACITY})


@dataclass(frozen=True, kw_only=True)
class Change:
    """The change of a figure and its interval."""

    value: float
    low: float
    high: float


def change(before: Estimate, after: Estimate) -> Change:
    """The change from one run to the other."""
    pairs = list(zip(before.resamples, after.resamples, strict=True))
    return Change(
        value=_difference(after.value, before.value),
        low=quantile([_difference(low, high) for (_, high), (low, _) in pairs], (1 - CONFIDENCE) / 2),
        high=quantile([_difference(high, low) for (low, _), (_, high) in pairs], (1 + CONFIDENCE) / 2),
    )


def assess(name: str, before: float, changed: Change) -> Assessment:
    """The assessment of a change.

    Args:
        name: The figure's.
        before: What it was.
        changed: By what it changed.
    """
    margin = MARGINS[name].at(before)
    if changed.low > margin:
        return Assessment.BETTER if name in MORE_IS_BETTER else Assessment.WORSE
    if changed.high < -margin:
        return Assessment.WORSE if name in MORE_IS_BETTER else Assessment.BETTER
    return Assessment.SAME if changed.low >= -margin and changed.high <= margin else Assessment.NOISE


def interval(figure: Estimate) -> Range:
    """The interval of a figure by its own noise."""
    return (
        quantile([low for low, _ in figure.resamples], (1 - CONFIDENCE) / 2),
        quantile([high for _, high in figure.resamples], (1 + CONFIDENCE) / 2),
    )


def quantile(values: list[float], share: float) -> float:
    """The value at a share of them in order."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def _difference(value: float, other: float) -> float:
    """The difference; none between two that are both infinite."""
    return 0.0 if value == other else value - other
