"""Whether a hot symbol leaves the other shards alone: their p99 against theirs in a case without one."""

import math
from collections.abc import Iterator, Mapping

from lab.core.figures import TIMES, ms, share
from lab.core.figures import ratio as times
from lab.core.windows import WHOLE
from lab.judge.bound import Bound, Kind, Status, no_reference, undecided
from lab.measure.measurements import CaseMeasurements, ShardMeasurements
from lab.measure.rise import Rise, compare, ratio
from lab.settings.slo import IsolationSettings

NAME = "isolation"


def isolated(
    bound: IsolationSettings, hot: str | None, measured: CaseMeasurements, others: Mapping[str, CaseMeasurements]
) -> Iterator[Bound]:
    """A bound for each shard that gets orders and does not own the hot symbol.

    A shard that got slower by more than the bound is a miss; one that got faster is none: it has less to do than in
    the reference case, and what is asked is that it does not suffer.
    """
    reference = others.get(bound.reference)
    if reference is None:
        yield no_reference(NAME, Kind.LATENCY, bound.reference)
        return
    before = {shard.shard: shard for shard in reference.loaded}
    cold = [shard for shard in measured.loaded if hot not in shard.symbols]
    if not cold:
        yield _unmeasured(f"no other shard gets orders than {hot}'s")
    for shard in cold:
        yield _compared(bound, before.get(shard.shard), shard)


def _unmeasured(why: str, of: str = "") -> Bound:
    return Bound(name=NAME, kind=Kind.LATENCY, status=Status.UNMEASURED, line=f"isolation: {why}", of=of)


def _compared(bound: IsolationSettings, before: ShardMeasurements | None, after: ShardMeasurements) -> Bound:
    limit, of = 1 + bound.within, f"shard {after.shard}"
    if before is None:
        return _unmeasured(f"{of} got no orders in {bound.reference}, so there is nothing to compare with", of)
    seen = _p99s(before, after)
    if seen is None:
        return _unmeasured(
            f"{of}'s p99 in {bound.reference} lies beyond the engine's buckets, so there is nothing to compare with; "
            "tag the script's orders with their shard, or give the engine wider buckets",
            of,
        )
    first, second, change, by = seen
    is_undecided = change.low <= limit < change.ratio
    return Bound(
        name=NAME,
        kind=Kind.LATENCY,
        status=Status.UNDECIDED if is_undecided else Status.of(is_met=change.ratio <= limit),
        line=f"{of}: p99 {second}, {ms(first)} in {bound.reference}: "
        f"{_shown(change, limit)}{undecided() if is_undecided else ''} (limit {times(limit)}; {by}; "
        f"{_noise(before, bound.reference)})",
        of=of,
        figure=change.ratio,
        limit=limit,
        unit=TIMES,
        low=change.low,
        high=change.high,
        decided_by=6 if is_undecided else None,
    )


def _p99s(before: ShardMeasurements, after: ShardMeasurements) -> tuple[float, str, Rise, str] | None:
    """Both p99s, their ratio and who saw them: the client where the script says which orders were the shard's.

    None where the first lies beyond the engine's buckets: it may be anything. A second one that does is infinite.
    """
    if before.client and after.client:
        change = compare(before.client.tail, after.client.tail)
        first, second = before.client.latency[WHOLE].p99, after.client.latency[WHOLE].p99
        return first, ms(second), change, "at the client"
    engine, now = before.latency[WHOLE], after.latency[WHOLE]
    if engine.is_beyond:
        return None
    only = ratio(engine.p99, math.inf if now.is_beyond else now.p99)
    told = "by the engine's coarse buckets, as the script does not tag its orders"
    return engine.p99, ms(now.p99, is_beyond=now.is_beyond), Rise(ratio=only, low=only, high=only), told


def _shown(change: Rise, limit: float) -> str:
    return change.beside(limit) if change.low < change.high else times(change.ratio, limit=limit)


def _noise(before: ShardMeasurements, reference: str) -> str:
    """How much the same figure differs from itself: half of what lies between the best and the worst minute."""
    client = before.client
    known = [value for value in client.p99_by_minute if math.isfinite(value)] if client else []
    whole = client.latency[WHOLE].p99 if client else math.inf
    if len(known) < 2 or not 0 < whole < math.inf:  # noqa: PLR2004 - one has nothing to differ from
        return f"noise in {reference} not known"
    return f"noise: ±{share((max(known) - min(known)) / 2 / whole)} from minute to minute of {reference}"
