"""The shard's metrics: names, types, labels and buckets of docs/engine.md."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from engine.orders import Side
from serving.metrics import Series

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from prometheus_client import Histogram

MATCH_BUCKETS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0)
STEP_BUCKETS = (0.0001, 0.0005, 0.001, 0.005, 0.01)
MATCHING_BUCKETS = (*STEP_BUCKETS, 0.05)
WAL_BUCKETS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1)


class Metrics(Series):
    """Every series of one shard, there from the start at 0. Durations are in seconds."""

    def __init__(self, shard_id: str) -> None:
        """Register all series."""
        super().__init__()
        self._shard_id = shard_id
        self.match_duration = self._histogram(
            "me_match_duration_seconds", "Receipt of an order to its hand-over to Kafka, queue included", MATCH_BUCKETS
        )
        self.validation = self._histogram(
            "me_order_validation_duration_seconds", "Reading and judging an order", STEP_BUCKETS
        )
        self.matching = self._histogram(
            "me_matching_algorithm_duration_seconds", "Executing an order", MATCHING_BUCKETS
        )
        self.insertion = self._histogram("me_orderbook_insertion_duration_seconds", "Resting a remainder", STEP_BUCKETS)
        self.wal_append = self._histogram("me_wal_append_duration_seconds", "Append to the log in memory", WAL_BUCKETS)
        self.publish = self._histogram(
            "me_event_publish_duration_seconds", "Handing an order's events to Kafka", STEP_BUCKETS
        )
        self.matches = self.counter("me_matches_total", "Fills", "shard").labels(shard_id)
        received = self.counter("me_orders_received_total", "Orders accepted", "shard", "side")
        self.orders_received = {side: received.labels(shard_id, side.lower()) for side in Side}
        dropped = self.counter("me_events_dropped_total", "Events that never reached Kafka", "shard")
        self.events_dropped = dropped.labels(shard_id)

    def watch(
        self, depth: Callable[[Side], int], levels: Callable[[Side], int], ring_utilization: Callable[[], float]
    ) -> None:
        """Read the gauges from these at each scrape."""
        depths = self.gauge("me_orderbook_depth", "Resting orders", "shard", "side")
        price_levels = self.gauge("me_orderbook_price_levels", "Price levels", "shard", "side")
        for side, label in ((Side.BUY, "bid"), (Side.SELL, "ask")):
            depths.labels(self._shard_id, label).set_function(partial(depth, side))
            price_levels.labels(self._shard_id, label).set_function(partial(levels, side))
        ring = self.gauge("me_ringbuffer_utilization_ratio", "Share of the ring buffer in use", "shard")
        ring.labels(self._shard_id).set_function(ring_utilization)

    def _histogram(self, name: str, text: str, buckets: Sequence[float]) -> Histogram:
        return self.histogram(name, text, buckets, "shard").labels(self._shard_id)
