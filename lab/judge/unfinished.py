"""Whether an engine finished what it accepted: an order that is never matched is in no histogram, slower than any."""

from collections.abc import Iterator

from lab.core.figures import SHARE, count, counted, share
from lab.judge.bound import Bound, Kind, Status
from lab.judge.offered_load import FOREIGN, SPARE_ORDERS
from lab.measure.measurements import CaseMeasurements, ShardMeasurements


def fell_behind(shard: ShardMeasurements) -> bool:
    """Whether a shard accepted orders that it never matched: answered before, they show in no latency and no error."""
    is_counted = shard.scrapers == 1 and not shard.restarts and shard.orders > 0
    return is_counted and shard.finished < shard.orders * (1 - FOREIGN) - SPARE_ORDERS


def unfinished(measured: CaseMeasurements) -> Iterator[Bound]:
    """A miss for each shard that fell behind."""
    for shard in filter(fell_behind, measured.shards):
        yield Bound(
            name="finished",
            kind=Kind.CORRECTNESS,
            status=Status.MISSED,
            line=f"me-shard-{shard.shard} took {counted(shard.orders, 'order')} and finished {count(shard.finished)} "
            f"(limit {share(FOREIGN)} fewer): it hangs or fell behind; run './invokew logs'",
            of=f"shard {shard.shard}",
            figure=shard.finished / shard.orders,
            limit=1 - FOREIGN,
            unit=SHARE,
            is_more_better=True,
        )


def overdue(measured: CaseMeasurements) -> Iterator[Bound]:
    """A miss for each shard that matched orders long after their answer, or never, though its histogram has no such."""
    for shard in measured.shards:
        if shard.scrapers == 1 and shard.overdue > max(shard.orders, shard.overdue) * FOREIGN + SPARE_ORDERS:
            yield Bound(
                name="overdue",
                kind=Kind.LATENCY,
                status=Status.MISSED,
                line=f"me-shard-{shard.shard} matched {counted(shard.overdue, 'order')} over 2 s after the answer, or "
                f"never (limit {share(FOREIGN)} of {count(shard.orders)}), whatever its histogram says; run "
                "'./invokew logs'",
                of=f"shard {shard.shard}",
                figure=shard.overdue,
                limit=shard.orders * FOREIGN,
                unit="orders",
            )
