"""Where the latency goes: what each part of an order's way through an engine takes of the whole.

The parts' means add up, since each is its histogram's sum over all orders; percentiles don't, and are as coarse as the
engine's buckets.
"""

import math
from collections.abc import Mapping

from lab.core.windows import Window
from lab.measure import counters
from lab.measure.extract import SeriesByName, of_shard
from lab.present.case_document import Breakdown, Part

PARTS: Mapping[str, str] = {
    "validation": "me_order_validation_duration_seconds",
    "book insertion": "me_orderbook_insertion_duration_seconds",
    "matching": "me_matching_algorithm_duration_seconds",
    "WAL append": "me_wal_append_duration_seconds",
    "publish": "me_event_publish_duration_seconds",
}
"""The parts in the order in which an order goes through them, and the histogram of each."""
WHOLE = "me_match_duration_seconds"
REST = "queue and the rest"
"""What of the whole no part accounts for: mostly the wait for the engine's thread."""


def breakdown(recorded: SeriesByName, shard: str, window: Window) -> Breakdown | None:
    """The parts of one shard's latency in a window; None if its engine has no such histograms, or got no order."""

    def rose(name: str) -> float | None:
        series = recorded.named(name, of_shard(shard))
        return counters.increase(series, window) if series else None

    orders = _total(counters.buckets(recorded.named(f"{WHOLE}_bucket", of_shard(shard)), window))
    sums = {name: rose(f"{metric}_sum") for name, metric in PARTS.items()}
    known = {name: value for name, value in sums.items() if value is not None}
    if orders <= 0 or not known:
        return None
    whole = rose(f"{WHOLE}_sum")
    total = None if whole is None else whole / orders * counters.MILLISECONDS
    parts = [
        _part(recorded, shard, window, name, value / orders * counters.MILLISECONDS) for name, value in known.items()
    ]
    if total is not None and (rest := total - sum(part.mean for part in parts)) > 0:
        parts.append(Part(name=REST, mean=rest))
    return Breakdown(shard=shard, window=window.name, orders=orders, total=total, parts=tuple(parts))


def _part(recorded: SeriesByName, shard: str, window: Window, name: str, mean: float) -> Part:
    buckets = counters.buckets(recorded.named(f"{PARTS[name]}_bucket", of_shard(shard)), window)
    if _total(buckets) <= 0:
        return Part(name=name, mean=mean)
    last = max((bound for bound in buckets if math.isfinite(bound)), default=math.inf)
    p99 = counters.quantile(buckets, 0.99)
    return Part(name=name, mean=mean, p50=counters.quantile(buckets, 0.5), p99=p99, beyond=p99 >= last)


def _total(buckets: Mapping[float, float]) -> float:
    return buckets.get(math.inf, 0.0)
