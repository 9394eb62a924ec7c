"""A workload's metrics in a registry of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.exposition import generate_latest

if TYPE_CHECKING:
    from collections.abc import Sequence


class Series:
    """The series of one workload. Durations are in seconds."""

    def __init__(self) -> None:
        """Start without any, and without the times of creation, which the contract does not know."""
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry(auto_describe=False)

    def exposition(self) -> bytes:
        """Write all series in Prometheus' text format, version 0.0.4."""
        return generate_latest(self._registry)

    def histogram(self, name: str, text: str, buckets: Sequence[float], *labels: str) -> Histogram:
        """Register a histogram; the buckets' upper ends are in seconds."""
        return Histogram(name, text, labels, buckets=buckets, registry=self._registry)

    def counter(self, name: str, text: str, *labels: str) -> Counter:
        """Register a counter."""
        return Counter(name, text, labels, registry=self._registry)

    def gauge(self, name: str, text: str, *labels: str) -> Gauge:
        """Register a gauge."""
        return Gauge(name, text, labels, registry=self._registry)
