from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.metrics import Metrics
from tests.workloads.gateway.stub import reply

if TYPE_CHECKING:
    from tests.workloads.gateway.conftest import Gateway
    from tests.workloads.gateway.stub import StubShard


def test_durations_fall_into_their_buckets() -> None:
    metrics = Metrics(["a"])
    metrics.answered("a", 200, 0.001)
    metrics.answered("a", 302, 0.3)
    text = metrics.exposition().decode()
    assert 'gw_request_duration_seconds_bucket{le="0.001",shard="a"} 1.0' in text
    assert 'gw_request_duration_seconds_bucket{le="0.2",shard="a"} 1.0' in text
    assert 'gw_request_duration_seconds_bucket{le="0.5",shard="a"} 2.0' in text
    assert 'gw_requests_total{shard="a",status="3xx"} 1.0' in text


def test_requests_are_counted_by_shard_and_class(own_gateway: Gateway, shard_a: StubShard) -> None:
    """Those that no shard is asked are in none of a shard's series."""
    shard_a.answer = lambda request: reply(
        status="503 Busy" if b"busy" in request.body else "400 Bad" if b"bad" in request.body else "201 Made"
    )
    for fields in ({}, {}, {"n": "bad"}, {"n": "busy"}, {"symbol": "NOPE"}, {"symbol": "GONE"}):
        own_gateway.order(**fields)
    own_gateway.ask("POST", "/seed/a", b"{}")
    own_gateway.ask("POST", "/seed/x", b"{}")
    own_gateway.ask("POST", "/orders", b"{")
    samples = own_gateway.samples()

    assert {
        series: value for series, value in samples.items() if value and "_bucket" not in series and "_sum" not in series
    } == {
        'gw_requests_total{shard="a",status="2xx"}': 3,
        'gw_requests_total{shard="a",status="4xx"}': 1,
        'gw_requests_total{shard="a",status="5xx"}': 1,
        'gw_requests_total{shard="gone",status="5xx"}': 1,
        'gw_request_duration_seconds_count{shard="a"}': 5,
        'gw_request_duration_seconds_count{shard="gone"}': 1,
        'gw_routing_errors_total{reason="unknown_symbol"}': 1,
        'gw_routing_errors_total{reason="shard_unavailable"}': 1,
    }
    assert 0 < samples['gw_request_duration_seconds_sum{shard="a"}'] < 1
