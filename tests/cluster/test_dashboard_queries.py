"""Every query of the dashboard returns data on the live Prometheus, during a run or within 15 minutes of it."""

import json
import math
import time
from typing import Any

import pytest

from lab.core import http
from lab.settings.loading import load
from matching_engine.dashboards import dashboards, queries
from matching_engine.queries import scrapes_of_a_pod

pytestmark = pytest.mark.cluster

MINUTES = 15
"""How far back a run may have ended."""
STEP = 15
"""Seconds between the points asked for; shorter than a smoke case."""
VARIABLES = {"$__rate_interval": "1m", "$__range": f"{MINUTES}m", "$shard": ".+", "$testid": ".+"}
QUERIES = list(dict.fromkeys(query for text in dashboards().values() for query in queries(json.loads(text))))


def asked(query: str) -> list[dict[str, Any]]:
    """The series of a query over the last minutes, as Grafana asks for them."""
    for variable, value in VARIABLES.items():
        query = query.replace(variable, value)
    now = time.time()
    reply = http.get(
        f"http://127.0.0.1:{load().ports.prometheus}/api/v1/query_range",
        params={"query": query, "start": str(now - MINUTES * 60), "end": str(now), "step": str(STEP)},
        timeout=10,
    )
    assert reply.ok, reply.text
    series: list[dict[str, Any]] = reply.json()["data"]["result"]
    return series


def numbers(series: list[dict[str, Any]]) -> list[float]:
    return [float(value) for one in series for _, value in one["values"] if math.isfinite(float(value))]


@pytest.mark.parametrize("query", QUERIES)
def test_each_query_returns_data(query: str) -> None:
    assert numbers(asked(query))


def test_each_engine_pod_is_scraped_once() -> None:
    """What the dashboard shows of it; 2 would double every rate."""
    assert set(numbers(asked(scrapes_of_a_pod("me_ringbuffer_utilization_ratio")))) == {1.0}
