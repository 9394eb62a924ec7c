"""What each workload's metrics are: exactly the contract's."""

from __future__ import annotations

import re

import pytest

from engine.metrics import Metrics as EngineMetrics
from gateway.metrics import Metrics as GatewayMetrics

STEP = (".0001", ".0005", ".001", ".005", ".01")
REQUEST = (".001", ".005", ".01", ".025", ".05", ".1", ".2", ".5", "1")
A = ('shard="a"',)
SIDES = ('shard="a",side="bid"', 'shard="a",side="ask"')
ENGINE: dict[str, tuple[str, tuple[str, ...]]] = {
    "me_matches_total": ("counter", A),
    "me_events_dropped_total": ("counter", A),
    "me_orders_received_total": ("counter", ('shard="a",side="buy"', 'shard="a",side="sell"')),
    "me_ringbuffer_utilization_ratio": ("gauge", A),
    "me_orderbook_depth": ("gauge", SIDES),
    "me_orderbook_price_levels": ("gauge", SIDES),
    **dict.fromkeys(
        (
            "me_match_duration_seconds",
            "me_order_validation_duration_seconds",
            "me_orderbook_insertion_duration_seconds",
            "me_event_publish_duration_seconds",
            "me_matching_algorithm_duration_seconds",
            "me_wal_append_duration_seconds",
        ),
        ("histogram", A),
    ),
}
"""Type and labels by metric; the dropped events are ours."""
GATEWAY: dict[str, tuple[str, tuple[str, ...]]] = {
    "gw_requests_total": (
        "counter",
        tuple(f'shard="{shard}",status="{status}"' for shard in "ab" for status in ("2xx", "4xx", "5xx")),
    ),
    "gw_request_duration_seconds": ("histogram", ('shard="a"', 'shard="b"')),
    "gw_routing_errors_total": (
        "counter",
        tuple(f'reason="{reason}"' for reason in ("unknown_symbol", "shard_unavailable", "timeout")),
    ),
}
BUCKETS = {
    "me_match_duration_seconds": REQUEST,
    "me_matching_algorithm_duration_seconds": (*STEP, ".05"),
    "me_wal_append_duration_seconds": REQUEST[:6],
    "gw_request_duration_seconds": REQUEST,
}
"""Of histograms that don't have the steps'."""


def engine_metrics() -> EngineMetrics:
    metrics = EngineMetrics("a")
    metrics.watch(lambda _: 0, lambda _: 0, lambda: 0.0)
    return metrics


def series_of(name: str, kind: str, labels: str) -> set[str]:
    if kind != "histogram":
        return {f"{name}{{{labels}}}"}
    bounds = [*(str(float(bound)) for bound in BUCKETS.get(name, STEP)), "+Inf"]
    return {f'{name}_bucket{{le="{bound}",{labels}}}' for bound in bounds} | {
        f"{name}_{part}{{{labels}}}" for part in ("count", "sum")
    }


@pytest.mark.parametrize(
    ("metrics", "contract"),
    [(engine_metrics(), ENGINE), (GatewayMetrics(["a", "b"]), GATEWAY)],
    ids=["engine", "gateway"],
)
def test_every_series_of_the_contract_is_there_from_the_start(
    metrics: EngineMetrics | GatewayMetrics, contract: dict[str, tuple[str, tuple[str, ...]]]
) -> None:
    """Types, labels and buckets are exactly the contract's, and all are at 0."""
    text = metrics.exposition().decode()
    samples = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))

    assert samples.keys() == {
        one for name, (kind, each) in contract.items() for labels in each for one in series_of(name, kind, labels)
    }
    assert {float(value) for value in samples.values()} == {0.0}
    types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
    assert types == {name: kind for name, (kind, _) in contract.items()}
