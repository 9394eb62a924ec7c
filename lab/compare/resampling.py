"""How far a case's figures may lie from what they are, by drawing it again from what was measured; pure.

A hierarchical bootstrap: executions are drawn with replacement, of each its stretches of time, of those their orders.
Each level has variation of its own, and a figure's noise is that of all of them (Kalibera and Jones, Rigorous
Benchmarking in Reasonable Time, ISMM 2013: theirs are executions, iterations and measurements). Orders alone would tell
too little: a stall delays all of its moment, so orders near each other in time are alike.
"""

import math
import random
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from statistics import median

from lab.compare.stretch import Execution, Stretch
from lab.core.windows import BEFORE, DURING
from lab.measure import counters
from lab.measure.rise import ratio
from lab.measure.samples import P50, P95, P99, P999, rank

RESAMPLES = 1000
ENOUGH = 3
"""Executions of a case from which on they tell themselves how executions differ."""
BETWEEN_RUNS = 0.25
"""Standard deviation of the logarithm of what all latencies of an execution are multiplied by, where too few executions
tell it: that of the median of 16 tries at four rates on the stand (0.13 to 0.27 at each)."""
P50_, P95_, P99_, P999_ = "client p50", "client p95", "client p99", "client p99.9"
ENGINE, ERRORS, MATCHES, RISE = "engine p99", "errors", "matches/min", "rise of p99"
SHARES: Mapping[str, Fraction] = {P50_: P50, P95_: P95, P99_: P99, P999_: P999}
Range = tuple[float, float]
"""A value that is known to lie between two others; an exact one is both."""
_Look = Callable[[Mapping[float, float]], Range | None]


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """One figure: as measured, and as it came out each time that the case was drawn again."""

    value: float
    again: tuple[Range, ...]


class _Orders:
    """The orders of some stretches; a percentile of them takes each stretch as often as it was drawn."""

    def __init__(self, stretches: Sequence[Stretch]) -> None:
        self._stretches = [one.latencies for one in stretches]

    @cached_property
    def _values(self) -> list[float]:
        return sorted({value for some in self._stretches for value in some})

    def percentile(self, share: Fraction, weights: Sequence[int], source: random.Random | None = None) -> float:
        """By nearest rank; with a source, of orders that are drawn again (see `lab.measure.rise.compare`)."""
        drawn = [(some, weight) for some, weight in zip(self._stretches, weights, strict=True) if weight and some]
        total = sum(len(some) * weight for some, weight in drawn)
        if not total:
            return math.inf
        place = rank(total, share)
        if source is not None:
            place = min(total, int(source.betavariate(place, total - place + 1) * total) + 1)
        low, high = 0, len(self._values) - 1
        while low < high:
            middle = (low + high) // 2
            value = self._values[middle]
            if sum(bisect_right(some, value) * weight for some, weight in drawn) >= place:
                high = middle
            else:
                low = middle + 1
        return self._values[low]


class _Measured:
    """One execution; its figures for each drawing of its stretches."""

    def __init__(self, execution: Execution) -> None:
        self.stretches = execution
        self._all = _Orders(execution)
        self._parts = {name: _Orders(some) for name in (BEFORE, DURING) if (some := _of(execution, name))}
        windows: dict[str, list[int]] = {}
        for place, one in enumerate(execution):
            windows.setdefault(one.window, []).append(place)
        self._windows = tuple(windows.values())

    def weights(self, source: random.Random) -> list[int]:
        """How often each stretch is drawn; each window keeps its number, for stages differ by what they are."""
        weights = [0] * len(self.stretches)
        for places in self._windows:
            for place in source.choices(places, k=len(places)):
                weights[place] += 1
        return weights

    def figures(self, weights: Sequence[int], source: random.Random | None, factor: float) -> dict[str, Range]:
        """Every figure that there is, in the order in which they are shown."""
        found: dict[str, Range] = {}
        for name, share in SHARES.items():
            value = self._all.percentile(share, weights, source) * factor
            found[name] = (value, value)
        engine = self._engine(weights)
        if engine is not None:
            found[ENGINE] = engine
        pairs = list(zip(self.stretches, weights, strict=True))
        orders = sum(len(one.latencies) * weight for one, weight in pairs)
        errors = sum(one.errors * weight for one, weight in pairs)
        found[ERRORS] = (errors / orders, errors / orders) if orders else (1.0, 1.0)
        seconds = sum(one.seconds * weight for one, weight in pairs)
        if all(one.matches is not None for one in self.stretches) and seconds:
            matches = sum((one.matches or 0.0) * weight for one, weight in pairs) * 60 / seconds
            found[MATCHES] = (matches, matches)
        if len(self._parts) > 1:
            before, during = (
                self._parts[name].percentile(P99, [weight for one, weight in pairs if one.window == name], source)
                for name in (BEFORE, DURING)
            )
            found[RISE] = (ratio(before, during),) * 2
        return found

    def _engine(self, weights: Sequence[int]) -> Range | None:
        """Between which bounds of its buckets the slowest engine's p99 lies."""
        return self._slowest(weights, _edges)

    def engine(self) -> float | None:
        """The slowest engine's p99 as a report has it; endless beyond the buckets."""
        found = self._slowest([1] * len(self.stretches), _within)
        return None if found is None else found[0]

    def _slowest(self, weights: Sequence[int], look: _Look) -> Range | None:
        shards = max((len(one.buckets) for one in self.stretches), default=0)
        some = [look(_sum(self.stretches, weights, shard)) for shard in range(shards)]
        known = [one for one in some if one is not None]
        return (max(low for low, _ in known), max(high for _, high in known)) if known else None


def drawn(executions: Sequence[Execution], seed: int) -> dict[str, Drawn]:
    """Each figure of a case and its noise.

    Of several executions a figure is the median of theirs.

    Args:
        executions: Of the case; none gives no figure.
        seed: Of the drawing: the same executions and seed give the same.
    """
    some = [_Measured(one) for one in executions if any(stretch.latencies for stretch in one)]
    if not some:
        return {}
    source = random.Random(seed)  # noqa: S311 - resampling, no secret
    points = [_points(one) for one in some]
    again = [_again(some, source) for _ in range(RESAMPLES)]
    known = set.intersection(*map(set, points), *map(set, again))
    names = [name for name in points[0] if name in known]
    return {
        name: Drawn(value=median(one[name] for one in points), again=tuple(one[name] for one in again))
        for name in names
    }


def _points(one: _Measured) -> dict[str, float]:
    found = {name: low for name, (low, _) in one.figures([1] * len(one.stretches), None, 1.0).items()}
    engine = one.engine()
    return found if engine is None else {**found, ENGINE: engine}


def _again(some: Sequence[_Measured], source: random.Random) -> dict[str, Range]:
    spread = BETWEEN_RUNS if len(some) < ENOUGH else 0.0
    each = []
    for one in source.choices(some, k=len(some)):
        factor = math.exp(source.gauss(0.0, spread))
        each.append(one.figures(one.weights(source), source, factor))
    return {
        name: (median(one[name][0] for one in each), median(one[name][1] for one in each))
        for name in each[0]
        if all(name in one for one in each)
    }


def _of(execution: Execution, window: str) -> list[Stretch]:
    return [one for one in execution if one.window == window]


def _sum(stretches: Sequence[Stretch], weights: Sequence[int], shard: int) -> dict[float, float]:
    total: dict[float, float] = {}
    for one, weight in zip(stretches, weights, strict=True):
        if weight and shard < len(one.buckets):
            for bound, count in one.buckets[shard].items():
                total[bound] = total.get(bound, 0.0) + count * weight
    return total


def _within(buckets: Mapping[float, float]) -> Range | None:
    if buckets.get(math.inf, 0.0) <= 0:
        return None
    value = math.inf if counters.is_beyond(buckets, float(P99)) else counters.quantile(buckets, float(P99))
    return value, value


def _edges(buckets: Mapping[float, float]) -> Range | None:
    total = buckets.get(math.inf, 0.0)
    if total <= 0:
        return None
    below = 0.0
    for bound in sorted(buckets):
        if buckets[bound] >= float(P99) * total:
            return below, bound
        below = bound
    return below, math.inf
