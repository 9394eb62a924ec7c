"""The gateway's metrics: names, types, labels and buckets of docs/gateway.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serving.metrics import Series

if TYPE_CHECKING:
    from collections.abc import Iterable

BUCKETS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0)
STATUSES = ("2xx", "4xx", "5xx")


class Metrics(Series):
    """Every series of the gateway, there from the start at 0. Durations are in seconds."""

    def __init__(self, shard_ids: Iterable[str]) -> None:
        """Register all series."""
        super().__init__()
        requests = self.counter("gw_requests_total", "Requests answered for a shard", "shard", "status")
        durations = self.histogram(
            "gw_request_duration_seconds", "Receipt of a request to its answer", BUCKETS, "shard"
        )
        errors = self.counter("gw_routing_errors_total", "Requests that no shard replied to", "reason")
        self.unknown_symbols = errors.labels("unknown_symbol")
        self.unavailable = errors.labels("shard_unavailable")
        self.timeouts = errors.labels("timeout")
        self._requests = {
            (shard, status[0]): requests.labels(shard, status) for shard in shard_ids for status in STATUSES
        }
        self._durations = {shard: durations.labels(shard) for shard, _ in self._requests}
        self._other_requests = requests

    def answered(self, shard_id: str, status: int, seconds: float) -> None:
        """Count a request that was for a shard, whether that or the gateway answered it."""
        status_class = str(status)[0]
        counter = self._requests.get((shard_id, status_class))
        (counter or self._other_requests.labels(shard_id, f"{status_class}xx")).inc()
        self._durations[shard_id].observe(seconds)
