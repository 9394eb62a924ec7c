"""How much more a topology takes than one of fewer shards, by repeated searches of both; pure."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from lab.core.figures import ORDERS_PER_MINUTE, TIMES, figure, interval, share
from lab.core.figures import ratio as times
from lab.judge.capacity import Capacity
from lab.judge.rate_search import TAIL, Interval

DRIFTS = tuple(number / 100 for number in range(41))
"""By how much a machine may differ from one search to the next (a standard deviation, as a share of its capacity)."""
USUAL_DRIFT = 0.06
"""The drift that is expected before the searches tell: larger ones are believed in by a Cauchy curve of this width.

Two searches for the capacity of one topology on the same two cores were 8 % apart.
"""


@dataclass(frozen=True, kw_only=True)
class Searched:
    """The capacity of a topology by one or more searches.

    Args:
        topology: Its name.
        shards: How many it has.
        runs: The searches, the newest first.
        rate: Orders a minute: the mean of what the searches found, each by its weight.
    """

    topology: str
    shards: int
    runs: tuple[str, ...]
    rate: float


@dataclass(frozen=True, kw_only=True)
class SpeedUp:
    """A ratio of capacities, with the interval that holds it with 95 %.

    The interval has two parts: those of the searches, and the drift of the machine between them, which is taken from
    how searches of one topology differ; where there are few, from what is usual.

    Args:
        of: The topology.
        against: The one of fewer shards.
        ratio: Of their capacities.
        low: Where the interval begins.
        high: Where it ends.
    """

    of: Searched
    against: Searched
    ratio: float
    low: float
    high: float

    @property
    def efficiency(self) -> float:
        """The share of what as many times the shards would give at best."""
        return self.ratio * self.against.shards / self.of.shards

    def __str__(self) -> str:
        """As people read it."""
        fewer = f"{self.against.shards} shard{'s' if self.against.shards > 1 else ''}"
        return (
            f"speed-up with {self.of.shards} shards: {times(self.ratio)} ({share(self.efficiency)}), "
            f"95 % interval {interval(self.low, self.high, TIMES)}, "
            f"against {fewer} at {figure(self.against.rate, ORDERS_PER_MINUTE)}, "
            f"by {_searches(self.of)} and {_searches(self.against)}"
        )


def speed_up(found: Capacity, others: Iterable[Capacity]) -> SpeedUp | None:
    """The speed-up against the comparable capacities of fewer shards; None if there is none.

    All searches of both topologies with the same basis have a part in it.

    Args:
        found: Of more shards.
        others: All searches, the newest first; it may be among them.
    """
    alike = [one for one in others if one.basis == found.basis and one.run != found.run and one.is_bounded]
    fewer = next((one for one in alike if one.shards < found.shards), None)
    if fewer is None or not found.is_bounded:
        return None
    many = [found, *(one for one in alike if one.topology == found.topology)]
    return of_searches(many, [one for one in alike if one.topology == fewer.topology])


def of_searches(many: Sequence[Capacity], few: Sequence[Capacity]) -> SpeedUp:
    """The speed-up by these searches of two topologies, all of them with both ends of their intervals."""
    groups = [[_interval(one) for one in searches] for searches in (many, few)]
    middle, low, high = ratio(*groups)
    return SpeedUp(of=_searched(many), against=_searched(few), ratio=middle, low=low, high=high)


def ratio(many: Sequence[Interval], few: Sequence[Interval]) -> tuple[float, float, float]:
    """The ratio of two capacities, and where the interval that holds it with 95 % begins and ends.

    For each drift, the ratio's logarithm is normal; what is told is the mixture of these, each by how well the
    differences between searches of one topology go with its drift.
    """
    parts = []
    for drift in DRIFTS:
        (top, top_variance, top_fit), (bottom, bottom_variance, bottom_fit) = (
            _mean(group, drift) for group in (many, few)
        )
        prior = 1 / (1 + (drift / USUAL_DRIFT) ** 2)
        curve = NormalDist(top - bottom, math.sqrt(top_variance + bottom_variance))
        parts.append((math.log(prior) + top_fit + bottom_fit, curve))
    best = max(fit for fit, _ in parts)
    weights = [(math.exp(fit - best), curve) for fit, curve in parts]
    middle, low, high = (math.exp(_quantile(weights, share)) for share in (0.5, TAIL, 1 - TAIL))
    return middle, low, high


def _mean(group: Sequence[Interval], drift: float) -> tuple[float, float, float]:
    """The mean of capacities' logarithms at a drift, its variance, and how well they go with that (logarithm)."""
    logs = [math.log(one.rate) for one in group]
    weights = [1 / (one.deviation**2 + drift**2) for one in group]
    total = sum(weights)
    mean = sum(weight * log for weight, log in zip(weights, logs, strict=True)) / total
    fit = sum(math.log(weight) - weight * (log - mean) ** 2 for weight, log in zip(weights, logs, strict=True))
    return mean, 1 / total, (fit - math.log(total)) / 2


def _quantile(weights: Sequence[tuple[float, NormalDist]], wanted: float) -> float:
    """A quantile of a mixture, by halving."""
    total = sum(weight for weight, _ in weights)
    low = min(curve.mean - 8 * curve.stdev for _, curve in weights)
    high = max(curve.mean + 8 * curve.stdev for _, curve in weights)
    for _ in range(40):
        middle = (low + high) / 2
        is_below = sum(weight * curve.cdf(middle) for weight, curve in weights) < wanted * total
        low, high = (middle, high) if is_below else (low, middle)
    return (low + high) / 2


def _interval(one: Capacity) -> Interval:
    assert one.interval is not None  # noqa: S101 - it is_bounded
    return one.interval


def _searched(searches: Sequence[Capacity]) -> Searched:
    intervals = [_interval(one) for one in searches]
    mean, _, _ = _mean(intervals, USUAL_DRIFT)
    first = searches[0]
    return Searched(
        topology=first.topology, shards=first.shards, runs=tuple(one.run for one in searches), rate=math.exp(mean)
    )


def _searches(one: Searched) -> str:
    return f"{len(one.runs)} search{'es' if len(one.runs) > 1 else ''} of {one.topology}"
