"""How uncertain a case's figures are, by a bootstrap of what was measured; pure.

It is hierarchical: executions are drawn with replacement, of each its stretches of time, of those their orders.
Each level has variation of its own, and a figure's noise is that of all of them (Kalibera and Jones, Rigorous
Benchmarking in Reasonable Time, ISMM 2013: theirs are executions, iterations and measurements). Orders alone would tell
too little: a stall delays all of its moment, so orders near each other in time are alike.
"""

import math
import random
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from operator import mul
from statistics import median
from typing import TypeVar

from lab.compare.stretch import Execution, Stretch
from lab.core.windows import BEFORE, DURING
from lab.measure import counters
from lab.measure.interval import rank
from lab.measure.latency import P50, P95, P99, P999
from lab.measure.rise import ratio

RESAMPLES = 1000
ENOUGH = 3
"""Executions of a case from which on they tell themselves how executions differ."""
BETWEEN_RUNS = 0.25
"""Standard deviation of the logarithm of what all latencies of an execution are multiplied by, where too few executions
tell it: that of the median of 16 tries at four rates on the stand (0.13 to 0.27 at each)."""
CLIENT_P50, CLIENT_P95, CLIENT_P99, CLIENT_P999 = "client p50", "client p95", "client p99", "client p99.9"
ENGINE_P99, ERRORS, MATCHES, RISE = "engine p99", "errors", "matches/min", "rise of p99"
SHARES: Mapping[str, Fraction] = {CLIENT_P50: P50, CLIENT_P95: P95, CLIENT_P99: P99, CLIENT_P999: P999}
Range = tuple[float, float]
"""A value that is known to lie between two others; an exact one is both."""
Buckets = Mapping[float, float]
"""A histogram: upper bound (ms) to the orders up to it."""
Number = TypeVar("Number", int, float)


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """One figure: as measured, and in each resample of the case."""

    value: float
    resamples: tuple[Range, ...]


class _Orders:
    """The orders of some stretches; a percentile counts each stretch as often as it was drawn."""

    def __init__(self, stretches: Sequence[Stretch]) -> None:
        self._latencies = [one.latencies for one in stretches]
        self._counts = [len(some) for some in self._latencies]
        self._values = sorted({value for some in self._latencies for value in some})
        self._up_to = cache(lambda place: [bisect_right(some, self._values[place]) for some in self._latencies])

    def percentile(self, share: Fraction, weights: Sequence[int], source: random.Random | None = None) -> float:
        """By nearest rank; with a source, of orders that are drawn again (see `lab.measure.rise.compare`)."""
        total = _weighted(self._counts, weights)
        if not total:
            return math.inf
        wanted = rank(total, share)
        if source is not None:
            wanted = min(total, int(source.betavariate(wanted, total - wanted + 1) * total) + 1)
        places = range(len(self._values))
        return self._values[bisect_left(places, wanted, key=lambda place: _weighted(self._up_to(place), weights))]


class _Sample:
    """One execution as it was measured; its figures for each drawing of its stretches."""

    def __init__(self, stretches: Execution) -> None:
        windows: dict[str, list[int]] = {}
        for place, one in enumerate(stretches):
            windows.setdefault(one.window, []).append(place)
        self._windows = windows
        self._orders = _Orders(stretches)
        self._around = [_Orders([stretches[place] for place in windows.get(name, ())]) for name in (BEFORE, DURING)]
        self._sent = [len(one.latencies) for one in stretches]
        self._errors = [one.errors for one in stretches]
        self._seconds = [one.seconds for one in stretches]
        self._matches = [one.matches for one in stretches if one.matches is not None]
        self._engines = [_by_bound(engine) for engine in zip(*(one.buckets for one in stretches), strict=True)]

    def measured(self) -> dict[str, Range]:
        """Every figure as a report has it."""
        return self._figures([1] * len(self._sent), None, 1.0, _p99)

    def resample(self, source: random.Random, factor: float) -> dict[str, Range]:
        """Every figure of stretches and orders that are drawn again, latencies multiplied by a factor.

        Each window keeps its number of stretches, for stages differ by what they are.
        """
        weights = [0] * len(self._sent)
        for places in self._windows.values():
            for place in source.choices(places, k=len(places)):
                weights[place] += 1
        return self._figures(weights, source, factor, _p99_bucket)

    def _figures(
        self,
        weights: Sequence[int],
        source: random.Random | None,
        factor: float,
        p99_of: Callable[[Buckets], Range],
    ) -> dict[str, Range]:
        """Every figure that there is, in the order in which they are shown."""
        found = {
            name: _exact(self._orders.percentile(share, weights, source) * factor) for name, share in SHARES.items()
        }
        buckets = [{bound: _weighted(counts, weights) for bound, counts in one.items()} for one in self._engines]
        engines = [p99_of(one) for one in buckets if one.get(math.inf, 0.0) > 0]
        if engines:
            found[ENGINE_P99] = max(low for low, _ in engines), max(high for _, high in engines)
        sent, seconds = _weighted(self._sent, weights), _weighted(self._seconds, weights)
        found[ERRORS] = _exact(_weighted(self._errors, weights) / sent if sent else 1.0)
        if len(self._matches) == len(weights) and seconds:
            found[MATCHES] = _exact(_weighted(self._matches, weights) * 60 / seconds)
        if all(name in self._windows for name in (BEFORE, DURING)):
            before, during = (
                orders.percentile(P99, [weights[place] for place in self._windows[name]], source)
                for name, orders in zip((BEFORE, DURING), self._around, strict=True)
            )
            found[RISE] = _exact(ratio(before, during))
        return found


def estimates(executions: Sequence[Execution], seed: int) -> dict[str, Estimate]:
    """Each figure of a case and its noise.

    Of several executions a figure is the median of theirs.

    Args:
        executions: Of the case; none gives no figure.
        seed: Of the bootstrap: the same executions and seed give the same.
    """
    samples = [_Sample(one) for one in executions if any(stretch.latencies for stretch in one)]
    if not samples:
        return {}
    source = random.Random(seed)  # noqa: S311 - resampling, no secret
    measured = _medians([one.measured() for one in samples])
    resamples = [_resample(samples, source) for _ in range(RESAMPLES)]
    return {
        name: Estimate(value=value, resamples=tuple(one[name] for one in resamples))
        for name, (value, _) in measured.items()
        if all(name in one for one in resamples)
    }


def _resample(samples: Sequence[_Sample], source: random.Random) -> dict[str, Range]:
    spread = BETWEEN_RUNS if len(samples) < ENOUGH else 0.0
    return _medians(
        [one.resample(source, math.exp(source.gauss(0.0, spread))) for one in source.choices(samples, k=len(samples))]
    )


def _medians(figures: Sequence[Mapping[str, Range]]) -> dict[str, Range]:
    """The median of each figure that all have."""
    return {
        name: (median(one[name][0] for one in figures), median(one[name][1] for one in figures))
        for name in figures[0]
        if all(name in one for one in figures)
    }


def _by_bound(engine: Sequence[Buckets]) -> dict[float, list[float]]:
    """An engine's counts by their bound, one of each stretch."""
    return {bound: [one.get(bound, 0.0) for one in engine] for bound in sorted(set().union(*engine))}


def _weighted(values: Sequence[Number], weights: Sequence[int]) -> Number:
    total: Number = sum(map(mul, values, weights))
    return total


def _exact(value: float) -> Range:
    return value, value


def _p99(buckets: Buckets) -> Range:
    """As a report has it: infinite beyond the buckets."""
    return _exact(math.inf if counters.is_beyond(buckets, float(P99)) else counters.quantile(buckets, float(P99)))


def _p99_bucket(buckets: Buckets) -> Range:
    """The bounds of the bucket that it lies in."""
    below = 0.0
    for bound in sorted(buckets):
        if buckets[bound] >= float(P99) * buckets[math.inf]:
            return below, bound
        below = bound
    return below, math.inf
