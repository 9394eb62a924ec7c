"""What a case keeps of the metrics: the raw points of every series that a measurement or a dashboard is made of."""

import re
from collections.abc import Callable, Mapping
from itertools import chain

from lab.core.windows import Window
from lab.measure.counters import Series
from lab.measure.metrics import Metrics, Selector

BEFORE = 30.0
"""Seconds of points before the load: the values at its start lie between two scrapes."""
AFTER = 25.0
"""Seconds of points after it: a last scrape is waited for up to 20, and cAdvisor renews its figures every 10 or so."""

PODS = {"pod": re.compile("(me-shard|edge-gateway|redpanda)-.+")}
PARTS = "order_validation|orderbook_insertion|matching_algorithm|wal_append|event_publish"
"""What an engine times of an order's way (docs/engine.md)."""
K6_REQUESTS = "k6_requests"
"""The part that k6 itself writes; no runtime without a Prometheus has it."""
BESIDE = "containers_beside"
"""The part of the containers that are no part of the way of an order; no measurement is made of it."""
SELECTORS: Mapping[str, Selector] = {
    "up": Selector(name="up", labels=PODS),
    "match_duration": Selector(name="me_match_duration_seconds_bucket"),
    "match_duration_sum": Selector(name="me_match_duration_seconds_sum"),
    "parts": Selector(name=re.compile(f"me_({PARTS})_duration_seconds_(bucket|sum|count)")),
    "matches": Selector(name="me_matches_total"),
    "orders": Selector(name="me_orders_received_total"),
    "depth": Selector(name="me_orderbook_depth"),
    "gateway_duration": Selector(name="gw_request_duration_seconds_bucket"),
    "gateway_requests": Selector(name="gw_requests_total"),
    "gateway_errors": Selector(name="gw_routing_errors_total"),
    "cpu": Selector(name="container_cpu_usage_seconds_total", labels=PODS),
    "cpu_periods": Selector(name="container_cpu_cfs_periods_total", labels=PODS),
    "cpu_throttled_periods": Selector(name="container_cpu_cfs_throttled_periods_total", labels=PODS),
    "memory": Selector(name="container_memory_working_set_bytes", labels=PODS),
    # Only for the dashboards, which `replay` serves again:
    "match_duration_count": Selector(name="me_match_duration_seconds_count"),
    "gauges": Selector(name=re.compile("me_orderbook_price_levels|me_ringbuffer_utilization_ratio")),
    BESIDE: Selector(
        name=re.compile(
            "container_(cpu_(usage_seconds|cfs_periods|cfs_throttled_periods)_total|memory_working_set_bytes)"
        ),
        labels={"pod": re.compile("(control|prometheus|grafana)-.+")},
    ),
}

Extract = Mapping[str, tuple[Series, ...]]


def selectors(testid: str) -> dict[str, Selector]:
    """The selectors of one case, by the names of their parts."""
    labels = {"testid": testid}
    shown = re.compile("k6_(http_req_duration_(p50|p95|p99|max)|http_req_failed_rate|dropped_iterations_total)")
    return {
        **SELECTORS,
        K6_REQUESTS: Selector(name="k6_http_reqs_total", labels=labels),
        "k6_shown": Selector(name=shown, labels=labels),
    }


def fetch(metrics: Metrics, load: Window, testid: str) -> Extract:
    """Fetch the points of every series from a little before the load to a little after it.

    Raises:
        ToolError: They can't be told.
    """
    since, until = load.start - BEFORE * 1000, load.end + AFTER * 1000
    return {name: metrics.points(wanted, since=since, until=until) for name, wanted in selectors(testid).items()}


class SeriesByName:
    """The series of an extract that measurements are made of, by their metrics' names, whichever parts they are in."""

    def __init__(self, extract: Extract) -> None:
        self._by_name: dict[str, list[Series]] = {}
        for one in chain.from_iterable(series for part, series in extract.items() if part != BESIDE):
            if one.points:
                self._by_name.setdefault(one.labels.get("__name__", ""), []).append(one)

    def __bool__(self) -> bool:
        """Whether there is any series."""
        return bool(self._by_name)

    def named(self, name: str, belongs: Callable[[Series], bool] = lambda _: True) -> tuple[Series, ...]:
        """The series of a metric that belong to something."""
        return tuple(one for one in self._by_name.get(name, ()) if belongs(one))


def of_shard(shard: str) -> Callable[[Series], bool]:
    """Whether a workload's own series is a shard's."""
    return lambda series: series.labels.get("shard") == shard
