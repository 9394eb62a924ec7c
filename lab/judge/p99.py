"""The bound on p99: of the client and of every engine, over the whole load and in each part of it; pure."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lab.core.figures import MILLISECONDS, between, estimate, ms, span
from lab.core.windows import WHOLE
from lab.judge.bound import Bound, Kind, Status
from lab.judge.shift import engine_of
from lab.judge.way_out import LONGER, WayOut, repetitions
from lab.measure.interval import Estimate
from lab.measure.measurements import CaseMeasurements
from lab.measure.stretches import Stretch

NAME = "p99_ms"
ORDER = (Status.MISSED, Status.UNDECIDED, Status.MET)
"""The worst first."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One of the p99s that must all be below the limit.

    Args:
        where: Whose it is, for people.
        p99: With its interval.
        status: What it comes to.
        is_bucket: Whether all that is known of it are bounds of a histogram.
    """

    where: str
    p99: Estimate
    status: Status
    is_bucket: bool = False

    def shown(self, limit: float) -> str:
        """It for people."""
        value, low, high = self.p99.value, self.p99.low, self.p99.high
        told = between(low, high) if self.is_bucket else estimate(value, low, high, MILLISECONDS, limit=limit)
        return f"{told} {self.where}"


def held(measured: CaseMeasurements, limit: float) -> Bound:
    """The bound: missed where a p99 surely is, undecided where one may be.

    That of the whole load must be below the limit with its whole interval. A window, a shard or a stretch, of which
    one is always the worst, spoils that where its own p99 is above.
    """
    client, engines = _client(measured, limit), list(_engines(measured, limit))
    parts = (client, *engines, *_windows(measured, limit), *_stretches(measured, limit))
    status = next(one for one in ORDER if any(part.status is one for part in parts))
    deciding = max(
        (part for part in parts if part.status is status),
        key=lambda part: (part is client and status is Status.MET, part.p99.value, not part.is_bucket),
    )
    way_out = WayOut.of(status, _decided_by(deciding, limit), _advice(deciding, limit))
    shown = [client, *_highest(engines)]
    told = ", ".join(part.shown(limit) for part in shown) + _worst(measured)
    spoilt = "" if deciding in shown or status is Status.MET else f"; {status}: {deciding.shown(limit)}"
    return Bound(
        name=NAME,
        kind=Kind.LATENCY,
        status=status,
        line=f"p99 {told}{spoilt}{way_out} (limit {ms(limit)})",
        figure=deciding.p99.value,
        limit=limit,
        unit=MILLISECONDS,
        low=deciding.p99.low,
        high=deciding.p99.high,
        decided_by=way_out.decided_by,
        advice=way_out.advice,
    )


def _client(measured: CaseMeasurements, limit: float) -> Part:
    seen = measured.client.get(WHOLE)
    p99 = seen.interval if seen and seen.orders else Estimate(value=math.inf, low=0.0, high=math.inf)
    status = Status.of_interval(p99.low, p99.high, limit, is_exclusive=True)
    return Part(where="at the client", p99=p99, status=status)


def _engines(measured: CaseMeasurements, limit: float) -> Iterator[Part]:
    """Each engine over the whole load. One with so few orders that nothing bounds its p99 is like a window."""
    for shard in measured.loaded:
        seen = shard.latency.get(WHOLE)
        if seen is None:
            continue
        p99, where = seen.interval, _whose(measured, shard.shard)
        is_short = bool(seen.orders) and math.isinf(p99.high) and math.isfinite(p99.value)
        status = _spoils(p99, limit, is_bucket=True) if is_short else _bucket(p99, limit)
        yield Part(where=where, p99=p99, status=status, is_bucket=True)


def _windows(measured: CaseMeasurements, limit: float) -> Iterator[Part]:
    """Each window and each shard, at the client and in its engine."""
    for name, seen in measured.client.items():
        if name != WHOLE:
            p99 = seen.compared[0]
            status = _spoils(p99, limit)
            yield Part(where=f"at the client in window '{name}'", p99=p99, status=status)
    for shard in measured.loaded:
        if shard.client and len(measured.loaded) > 1:
            p99 = shard.client.latency[WHOLE].compared[0]
            yield Part(where=f"at the client of shard {shard.shard}", p99=p99, status=_spoils(p99, limit))
        for name, one in shard.latency.items():
            if name != WHOLE and one.orders:
                where = f"{_whose(measured, shard.shard)} in window '{name}'"
                status = _spoils(one.interval, limit, is_bucket=True)
                yield Part(where=where, p99=one.interval, status=status, is_bucket=True)


def _stretches(measured: CaseMeasurements, limit: float) -> Iterator[Part]:
    for one in measured.stretches:
        p99 = Estimate(value=one.p99, low=one.low, high=one.p99)
        status = _spoils(p99, limit, is_bucket=bool(one.by))
        yield Part(where=_stretch(measured, one), p99=p99, status=status, is_bucket=bool(one.by))


def _stretch(measured: CaseMeasurements, one: Stretch) -> str:
    start, end = ((instant - measured.load.start) / 1000 for instant in (one.start, one.end))
    whose = _whose(measured, one.of) if one.by else f"at the client{f' of shard {one.of}' if one.of else ''}"
    return f"{whose} from {span(start, end)}"


def _whose(measured: CaseMeasurements, shard: str) -> str:
    return f"in the {engine_of(measured, shard)}"


def _bucket(p99: Estimate, limit: float) -> Status:
    """What lies up to a bucket's bound is not above it."""
    return Status.MISSED if p99.low >= limit else Status.MET if p99.high <= limit else Status.UNDECIDED


def _spoils(p99: Estimate, limit: float, *, is_bucket: bool = False) -> Status:
    is_within = p99.value <= limit if is_bucket else p99.value < limit
    return Status.MISSED if p99.low >= limit else Status.MET if is_within else Status.UNDECIDED


def _highest(engines: Sequence[Part]) -> Sequence[Part]:
    return [max(engines, key=lambda part: (part.p99.value, part.p99.high))] if engines else []


def _worst(measured: CaseMeasurements) -> str:
    """The worst stretch at the client, by the time since the load began; nothing where the load is but one."""
    worst = measured.worst
    if worst is None:
        return ""
    start, end = ((instant - measured.load.start) / 1000 for instant in (worst.start, worst.end))
    return f"; worst stretch {ms(worst.p99)} from {span(start, end)}"


def _decided_by(part: Part, limit: float) -> int | None:
    """The repetitions that may decide it: none would make buckets finer."""
    p99 = part.p99
    if part.is_bucket or not 0 < p99.value < math.inf:
        return None
    end = p99.high if p99.value < limit else p99.low
    if not 0 < end < math.inf:
        return None
    return repetitions(abs(math.log(end / p99.value)), abs(math.log(p99.value / limit)))


def _advice(part: Part, limit: float) -> str:
    return f"a bucket bound at {ms(limit)} in the engine's histogram would decide it" if part.is_bucket else LONGER
