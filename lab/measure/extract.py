"""What a case keeps of Prometheus: the raw points of every series that its measurements are made of."""

from collections.abc import Mapping
from typing import Any

from lab.measure.counters import Series
from lab.measure.prometheus import Prometheus
from lab.measure.windows import Window

BEFORE = 30.0
"""Seconds of points before the load: the values at its start lie between two scrapes."""
AFTER = 15.0
"""Seconds of points after it; cAdvisor renews its figures every 10 s or so."""

PODS = 'pod=~"(me-shard|edge-gateway|redpanda)-.+"'
PARTS = "order_validation|orderbook_insertion|matching_algorithm|wal_append|event_publish"
"""What an engine times of an order's way (docs/engine.md)."""
QUERIES: Mapping[str, str] = {
    "up": f"up{{{PODS}}}",
    "match_duration": "me_match_duration_seconds_bucket",
    "match_duration_sum": "me_match_duration_seconds_sum",
    "parts": f'{{__name__=~"me_({PARTS})_duration_seconds_(bucket|sum|count)"}}',
    "matches": "me_matches_total",
    "orders": "me_orders_received_total",
    "depth": "me_orderbook_depth",
    "gateway_duration": "gw_request_duration_seconds_bucket",
    "gateway_requests": "gw_requests_total",
    "gateway_errors": "gw_routing_errors_total",
    "cpu": f"container_cpu_usage_seconds_total{{{PODS}}}",
    "cpu_periods": f"container_cpu_cfs_periods_total{{{PODS}}}",
    "cpu_throttled_periods": f"container_cpu_cfs_throttled_periods_total{{{PODS}}}",
    "memory": f"container_memory_working_set_bytes{{{PODS}}}",
    "k6_requests": 'k6_http_reqs_total{testid="TESTID"}',
}
"""Name to selector; TESTID is replaced by the case's own."""

Extract = Mapping[str, tuple[Series, ...]]


def queries(testid: str) -> dict[str, str]:
    """The selectors of one case."""
    return {name: selector.replace("TESTID", testid) for name, selector in QUERIES.items()}


def fetch(prometheus: Prometheus, load: Window, testid: str) -> Extract:
    """Fetch the points of every series from a little before the load to a little after it.

    Raises:
        ToolError: Prometheus doesn't answer.
    """
    until = load.end + AFTER * 1000
    length = round(load.seconds + BEFORE + AFTER)
    return {
        name: prometheus.query(f"{selector}[{length}s]", instant=until) for name, selector in queries(testid).items()
    }


def as_json(extract: Extract, testid: str) -> dict[str, Any]:
    """The extract as it is kept: the selector of each part and its series."""
    selectors = queries(testid)
    return {
        name: {
            "selector": selectors[name],
            "series": [{"labels": dict(one.labels), "points": [list(point) for point in one.points]} for one in series],
        }
        for name, series in extract.items()
    }
