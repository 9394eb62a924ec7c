"""Whether a p99 rose by more than it may: in an outage, or beside a hot symbol; pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from lab.core.figures import TIMES, between, ms, ratio, share
from lab.judge.bound import Bound, Kind, Status
from lab.judge.way_out import LONGER, WayOut, repetitions
from lab.measure import rise
from lab.measure.bucket_interval import Beyond
from lab.measure.interval import Estimate, corrected, widening
from lab.measure.latency import LADDER
from lab.measure.measurements import CaseMeasurements, EngineLatency
from lab.measure.rise import Rise


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """What is no rise: up to this ratio, or by so many ms at most."""

    ratio: float
    at_least_ms: float

    def has(self, one: Rise) -> bool:
        """Whether a rise is none, wherever in its interval it truly is."""
        return one.ratio.high <= self.ratio or one.difference.high <= self.at_least_ms

    def lacks(self, one: Rise) -> bool:
        """Whether it is one, wherever in its interval it truly is."""
        return one.ratio.low > self.ratio and one.difference.low > self.at_least_ms


@dataclass(frozen=True, kw_only=True)
class Shift:
    """What a rise comes to.

    Args:
        status: Met where it is none.
        rise: Of the p99.
        told: Why, where its interval alone doesn't say so.
        decided_by: The repetitions that may decide it; None where they would not.
        advice: What else would.
        is_bucket: Whether it is known by the bounds of buckets alone.
    """

    status: Status
    rise: Rise
    told: str = ""
    decided_by: int | None = None
    advice: str = ""
    is_bucket: bool = False

    @property
    def shown(self) -> str:
        """Both p99s and what became of the first, for people."""
        one = self.rise
        if self.is_bucket:
            first, second = (between(some.low, some.high) for some in (one.before, one.after))
            return f"{ratio(one.ratio.low)} to {ratio(one.ratio.high)} ({first}, then {second})"
        return f"{one} ({ms(one.before.value)}, then {ms(one.after.value)})"

    def bound(self, name: str, allowed: Allowed, *, of: str, what: str, by: str) -> Bound:
        """It as a bound.

        Args:
            name: Its key in the SLO.
            allowed: What is no rise.
            of: The part that it is about.
            what: The same for people, with what is compared.
            by: Who saw it.
        """
        way_out = WayOut.of(self.status, self.decided_by, self.advice or LONGER)
        first = self.rise.before.value
        by_floor = 1 + allowed.at_least_ms / first if 0 < first < math.inf else 0.0
        return Bound(
            name=name,
            kind=Kind.LATENCY,
            status=self.status,
            line=f"{what} {self.shown}{way_out}"
            f"{f'; {self.told}' if self.told else ''} (limit {ratio(allowed.ratio)}; {by})",
            of=of,
            figure=self.rise.ratio.value,
            limit=max(allowed.ratio, by_floor),
            unit=TIMES,
            low=self.rise.ratio.low,
            high=self._high,
            decided_by=way_out.decided_by,
            advice=way_out.advice,
        )

    @property
    def _high(self) -> float:
        """Where the ratio's interval ends; of one that is met by its floor, at most where the difference's does."""
        most, first = self.rise.ratio.high, self.rise.before.value
        if self.status is not Status.MET or not 0 < first < math.inf:
            return most
        return min(most, 1 + self.rise.difference.high / first)


def engine_of(measured: CaseMeasurements, shard: str) -> str:
    """What a shard's engine is called where a bound is about it; by its shard if several get orders."""
    return "engine" if len(measured.loaded) == 1 else f"engine of shard {shard}"


def at_client(
    before: Sequence[Estimate], after: Sequence[Estimate], allowed: Allowed, *, drift: float, parts: int = 1
) -> Shift:
    """By the exact percentiles of orders.

    Args:
        before: Those of the ladder.
        after: The same.
        allowed: What is no rise.
        drift: What either differs by of its own, see `lab.measure.rise.compare`.
        parts: How many are compared, of which none may be named by chance.
    """
    first = rise.compare(before[0], after[0], drift=drift, confidence=corrected(parts))
    if allowed.has(first):
        return Shift(status=Status.MET, rise=first, told=_bare(first, allowed))
    if allowed.lacks(first):
        return Shift(status=Status.MISSED, rise=first)
    lower = rise.ladder(before[1:], after[1:], drift=drift, confidence=corrected(parts * len(LADDER)))
    for place, one in zip(LADDER[1:], lower, strict=False):
        if allowed.lacks(one):
            name = f"p{float(place) * 100:g}"
            rose = f"{name} rose from {ms(one.before.value)} to {ms(one.after.value)}, {one}"
            return Shift(status=Status.MISSED, rise=first, told=f"what its p99 rests on hides it: {rose}")
    return Shift(status=Status.UNDECIDED, rise=first, decided_by=_repetitions(first, allowed))


def in_engine(before: EngineLatency, after: EngineLatency, allowed: Allowed, *, parts: int = 1) -> Shift:
    """By an engine's buckets: their bounds, and where these say nothing the shares of orders beyond each."""
    first = rise.between(before.interval, after.interval)
    if not before.orders or not after.orders:
        return Shift(status=Status.UNDECIDED, rise=first, is_bucket=True, told="its histogram has no orders of them")
    if allowed.has(first):
        return Shift(status=Status.MET, rise=first, is_bucket=True, told=_bare(first, allowed))
    if allowed.lacks(first):
        return Shift(status=Status.MISSED, rise=first, is_bucket=True)
    if moved := _moved(before, after, corrected(parts)):
        one, other = moved
        told = f"orders beyond {ms(one.bound)} rose from {share(one.share.value)} to {share(other.share.value)}"
        return Shift(status=Status.UNDECIDED, rise=first, is_bucket=True, told=told, advice=_finer(before, allowed))
    if told := _mean_rose(before, after, allowed):
        return Shift(status=Status.UNDECIDED, rise=first, is_bucket=True, told=told, advice=_finer(before, allowed))
    return Shift(
        status=Status.MET, rise=first, is_bucket=True, told="no more orders beyond any bucket's bound than before"
    )


def _mean_rose(before: EngineLatency, after: EngineLatency, allowed: Allowed) -> str:
    """That the mean rose by more than p99 may, which it can do within one bucket; empty where it didn't."""
    first, second = before.mean, after.mean
    if first is None or second is None:
        return ""
    if second <= first * allowed.ratio or second - first <= allowed.at_least_ms:
        return ""
    return f"no more orders beyond any bucket's bound than before, but their mean rose from {ms(first)} to {ms(second)}"


def _bare(one: Rise, allowed: Allowed) -> str:
    """What the bare ratio comes to, where only the floor meets the bound."""
    if not allowed.at_least_ms or one.ratio.high <= allowed.ratio:
        return ""
    is_missed = one.ratio.low > allowed.ratio
    return (
        f"met by the floor of {ms(allowed.at_least_ms)}; bare ratio {ratio(one.ratio.value)}: "
        f"{Status.MISSED if is_missed else Status.UNDECIDED}"
    )


def _repetitions(one: Rise, allowed: Allowed) -> int | None:
    """How many make the interval so narrow that it no longer holds the limit, if the figure stays what it is."""
    first, found = one.before.value, one.ratio
    if not 0 < first < math.inf or not 0 < found.value < math.inf:
        return None
    limit = max(allowed.ratio, (first + allowed.at_least_ms) / first)
    end = found.high if found.value < limit else found.low
    if not 0 < end < math.inf:
        return None
    apart = abs(math.log(found.value / limit))
    return repetitions(abs(math.log(end / found.value)), apart)


def _moved(before: EngineLatency, after: EngineLatency, confidence: float) -> tuple[Beyond, Beyond] | None:
    """The bound beyond which more orders lie than before, however few orders come together; None if there is none.

    Only bounds at the p99 and above say something of it.
    """
    least = before.interval.low
    pairs = [(one, other) for one in before.beyond for other in after.beyond if one.bound == other.bound >= least]
    sure = corrected(len(pairs), confidence)
    for one, other in pairs:
        if _more(one.share, other.share, sure):
            return one, other
    return None


def _more(before: Estimate, after: Estimate, confidence: float) -> bool:
    """Whether a share is higher than another one, by the interval of their difference."""
    far = math.hypot(after.value - after.low, before.high - before.value) * widening(confidence)
    return after.value - before.value > far


def _finer(before: EngineLatency, allowed: Allowed) -> str:
    """The bound of a bucket that would decide it."""
    edges = [0.0, *(one.bound for one in before.beyond)]
    low = before.interval.low
    high = next((right for left, right in pairwise(edges) if left == low), None)
    if high is None:
        return ""
    return f"bounds between {ms(low)} and {ms(high)} in its histogram, {ratio(allowed.ratio)} apart, would decide it"
