"""Whether a hot symbol leaves the other shards alone: their p99 against theirs in a case without one."""

import math
from collections.abc import Iterator, Mapping

from lab.experiment.slo import IsolationSettings
from lab.judging.bound import Bound, milliseconds, no_reference
from lab.measure.measurements import CaseMeasurements, ShardMeasurements
from lab.measure.rise import Rise, compare, ratio
from lab.measure.windows import WHOLE

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
        yield no_reference(NAME, bound.reference)
        return
    before = {shard.shard: shard for shard in reference.loaded}
    cold = [shard for shard in measured.loaded if hot not in shard.symbols]
    if not cold:
        yield Bound(name=NAME, is_met=None, line=f"isolation: no other shard gets orders than {hot}'s")
    for shard in cold:
        if shard.shard in before:
            yield _compared(bound, before[shard.shard], shard)
        else:
            yield _unknown(bound, shard)


def _unknown(bound: IsolationSettings, shard: ShardMeasurements) -> Bound:
    line = f"isolation: shard {shard.shard} got no orders in {bound.reference}, so there is nothing to compare with"
    return Bound(name=NAME, is_met=None, line=line)


def _compared(bound: IsolationSettings, before: ShardMeasurements, after: ShardMeasurements) -> Bound:
    limit = 1 + bound.within
    first, second, change, by = _p99s(before, after)
    is_noise = change.low <= limit < change.ratio
    return Bound(
        name=NAME,
        is_met=change.ratio <= limit,
        line=f"shard {after.shard}: p99 {milliseconds(second)}, {milliseconds(first)} in {bound.reference}: "
        f"{_shown(change)}{', not told apart from noise' if is_noise else ''} (limit {limit:g}; {by}; "
        f"{_noise(before, bound.reference)})",
    )


def _p99s(before: ShardMeasurements, after: ShardMeasurements) -> tuple[float, float, Rise, str]:
    """Both p99s, their ratio and who saw them: the client where the script says which orders were the shard's."""
    if before.client and after.client:
        change = compare(before.client.tail, after.client.tail)
        return before.client.latency[WHOLE].p99, after.client.latency[WHOLE].p99, change, "at the client"
    first, second = before.latency[WHOLE].p99, after.latency[WHOLE].p99
    only = ratio(first, second)
    told = "by the engine's coarse buckets, as the script does not tag its orders"
    return first, second, Rise(ratio=only, low=only, high=only), told


def _shown(change: Rise) -> str:
    return str(change) if change.low < change.high else f"{change.ratio:.2f}"


def _noise(before: ShardMeasurements, reference: str) -> str:
    """How much the same figure differs from itself: half of what lies between the best and the worst minute."""
    minutes = before.client.p99_by_minute if before.client else ()
    known = [value for value in minutes if math.isfinite(value) and value > 0]
    if len(known) < 2:  # noqa: PLR2004 - one has nothing to differ from
        return f"noise in {reference} not known"
    share = (max(known) - min(known)) / 2 / (sum(known) / len(known))
    return f"noise: ±{share:.0%} from minute to minute of {reference}"
