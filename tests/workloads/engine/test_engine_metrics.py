from __future__ import annotations

import re

import pytest

from engine.metrics import Metrics

STEP = [".0001", ".0005", ".001", ".005", ".01"]
HISTOGRAMS = {
    "me_match_duration_seconds": [".001", ".005", ".01", ".025", ".05", ".1", ".2", ".5", "1"],
    "me_order_validation_duration_seconds": STEP,
    "me_orderbook_insertion_duration_seconds": STEP,
    "me_event_publish_duration_seconds": STEP,
    "me_matching_algorithm_duration_seconds": [*STEP, ".05"],
    "me_wal_append_duration_seconds": [".001", ".005", ".01", ".025", ".05", ".1"],
}


@pytest.fixture
def exposition() -> str:
    metrics = Metrics("a")
    metrics.watch(lambda _: 0, lambda _: 0, lambda: 0.0)
    return metrics.exposition().decode()


def test_every_series_of_the_contract_is_there_from_the_start(exposition: str) -> None:
    """Series, labels and buckets are exactly the contract's, all at 0; one counter of dropped events is added."""
    expected = {
        'me_matches_total{shard="a"}',
        'me_events_dropped_total{shard="a"}',
        'me_orders_received_total{shard="a",side="buy"}',
        'me_orders_received_total{shard="a",side="sell"}',
        'me_ringbuffer_utilization_ratio{shard="a"}',
    }
    for gauge in ("me_orderbook_depth", "me_orderbook_price_levels"):
        expected |= {f'{gauge}{{shard="a",side="{side}"}}' for side in ("bid", "ask")}
    for name, buckets in HISTOGRAMS.items():
        expected |= {f'{name}_{part}{{shard="a"}}' for part in ("count", "sum")}
        expected |= {f'{name}_bucket{{le="{float(le)}",shard="a"}}' for le in (*buckets, "inf")}
    expected = {series.replace('le="inf"', 'le="+Inf"') for series in expected}

    samples = dict(line.rsplit(" ", 1) for line in exposition.splitlines() if not line.startswith("#"))

    assert samples.keys() == expected
    assert {float(value) for value in samples.values()} == {0.0}


def test_types_are_the_contracts(exposition: str) -> None:
    assert dict(re.findall(r"^# TYPE (\S+) (\S+)$", exposition, re.MULTILINE)) == {
        **dict.fromkeys(HISTOGRAMS, "histogram"),
        **dict.fromkeys(("me_matches_total", "me_orders_received_total", "me_events_dropped_total"), "counter"),
        **dict.fromkeys(
            ("me_orderbook_depth", "me_orderbook_price_levels", "me_ringbuffer_utilization_ratio"), "gauge"
        ),
    }
