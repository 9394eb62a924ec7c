"""Whether a hot symbol leaves the other shards alone: their p99 against theirs in a case without one."""

import math
from collections.abc import Iterator, Mapping

from lab.core.figures import share
from lab.core.windows import WHOLE
from lab.judge import shift
from lab.judge.bound import Bound, Kind, Status, no_reference
from lab.judge.shift import Allowed
from lab.measure.measurements import CaseMeasurements, ShardMeasurements
from lab.measure.rise import BETWEEN_LOADS
from lab.settings.slo import IsolationSettings

NAME = "isolation"


def isolated(
    bound: IsolationSettings,
    at_least_ms: float,
    hot: str | None,
    measured: CaseMeasurements,
    others: Mapping[str, CaseMeasurements],
) -> Iterator[Bound]:
    """A bound for each shard that gets orders and does not own the hot symbol, at the client and in its engine.

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
    allowed = Allowed(ratio=1 + bound.within, at_least_ms=at_least_ms)
    for shard in cold:
        yield from _compared(bound.reference, allowed, before.get(shard.shard), shard, parts=len(cold))


def _unmeasured(why: str, of: str = "") -> Bound:
    return Bound(name=NAME, kind=Kind.LATENCY, status=Status.UNMEASURED, line=f"isolation: {why}", of=of)


def _compared(
    reference: str, allowed: Allowed, before: ShardMeasurements | None, after: ShardMeasurements, *, parts: int
) -> Iterator[Bound]:
    of = f"shard {after.shard}"
    if before is None:
        yield _unmeasured(f"{of} got no orders in {reference}, so there is nothing to compare with", of)
        return
    if before.client and after.client:
        first, second = (one.client.latency[WHOLE].compared for one in (before, after) if one.client)
        found = shift.at_client(first, second, allowed, drift=BETWEEN_LOADS, parts=parts)
        by = f"at the client; {_noise(before, reference)}"
        yield found.bound(NAME, allowed, of=of, what=f"{of}: p99 / {reference}'s", by=by)
    elif before.latency[WHOLE].is_beyond:
        yield _unmeasured(
            f"{of}'s p99 in {reference} lies beyond the engine's buckets, so there is nothing to compare with; "
            "tag the script's orders with their shard, or give the engine wider buckets",
            of,
        )
        return
    found = shift.in_engine(before.latency[WHOLE], after.latency[WHOLE], allowed, parts=parts)
    who = f"engine of {of}"
    yield found.bound(NAME, allowed, of=who, what=f"{who}: p99 / {reference}'s", by="by its buckets")


def _noise(before: ShardMeasurements, reference: str) -> str:
    """How much the same figure differs from itself: half of what lies between the best and the worst minute."""
    client = before.client
    known = [value for value in client.p99_by_minute if math.isfinite(value)] if client else []
    whole = client.latency[WHOLE].p99 if client else math.inf
    if len(known) < 2 or not 0 < whole < math.inf:  # noqa: PLR2004 - one has nothing to differ from
        return f"noise in {reference} not known"
    return f"noise: ±{share((max(known) - min(known)) / 2 / whole)} from minute to minute of {reference}"
