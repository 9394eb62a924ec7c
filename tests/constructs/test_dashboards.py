"""The dashboard is checked as far as it can be without Grafana: its queries, its data source, its bytes."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import promql_parser
import pytest

from lab.core.paths import DIST, ROOT
from lab.manifests.scraping import CONTAINER_METRICS
from lab.measure.extract import selectors
from lab.replay import board
from lab.run import grafana
from matching_engine.dashboards import dashboards, queries
from matching_engine.rows import PARTS

ENGINE = {
    *(f"{name}_{kind}" for name in ("me_match_duration_seconds", *PARTS.values()) for kind in ("bucket", "count")),
    "me_matches_total",
    "me_orders_received_total",
    "me_orderbook_depth",
    "me_orderbook_price_levels",
    "me_ringbuffer_utilization_ratio",
}
"""Those of docs/engine.md."""
K6 = {
    "k6_dropped_iterations_total",
    "k6_http_req_duration_max",
    "k6_http_req_duration_p50",
    "k6_http_req_duration_p95",
    "k6_http_req_duration_p99",
    "k6_http_req_failed_rate",
    "k6_http_reqs_total",
}
"""As k6 1.8 writes them with the trend stats p(50), p(95), p(99) and max."""
VARIABLES = {"$__rate_interval": "1m", "$__range": "15m", "$shard": ".+", "$testid": ".+"}

BOARD: dict[str, Any] = json.loads(dashboards()["matching-engine.json"])
PANELS = [panel for panel in BOARD["panels"] if panel["type"] != "row"]
QUERIES = queries(BOARD)


def filled(query: str) -> str:
    for variable, value in VARIABLES.items():
        query = query.replace(variable, value)
    return query


def metrics(query: str) -> Iterator[str]:
    """The names of the metrics that a query selects."""
    found: list[str] = []

    def note(node: object) -> bool:
        selector = node.vector_selector if isinstance(node, promql_parser.MatrixSelector) else node
        if isinstance(selector, promql_parser.VectorSelector) and selector.name:
            found.append(selector.name)
        return True

    promql_parser.walk(promql_parser.parse(filled(query)), note)
    return iter(found)


@pytest.mark.parametrize("query", QUERIES)
def test_each_query_is_promql_with_no_variable_left(query: str) -> None:
    assert "$" not in filled(query)

    promql_parser.parse(filled(query))


PODS = (
    *("me-shard-a-5d8f7c9b6-x2v4k", "edge-gateway-7f9-abc", "redpanda-0", "control-64b-9qx"),
    *("prometheus-server-6c5-zzk", "grafana-5b8-2mm"),
)
"""One of each of the lab's workloads and releases."""


@pytest.mark.parametrize("name", sorted({name for query in QUERIES for name in metrics(query)}))
def test_a_run_keeps_every_metric_that_the_dashboard_asks_for(name: str) -> None:
    """Of containers those of each pod, of k6 those of the case: `replay` shows them when the lab is gone."""
    pods = PODS if name.startswith("container_") else PODS[:1]
    labels = [{"__name__": name, "pod": pod, "testid": "r1-a2"} for pod in pods]

    assert all(any(one.selects(series) for one in selectors("r1-a2").values()) for series in labels)


def test_what_a_dashboard_asks_for_is_read_as_a_parser_of_promql_reads_it() -> None:
    boards = board.dashboards(DIST)

    assert board.asked(boards.values()) == {name for query in QUERIES for name in metrics(query)}


@pytest.mark.parametrize("query", QUERIES)
def test_each_metric_is_one_that_something_here_makes(query: str) -> None:
    names = set(metrics(query))

    assert names
    assert names <= ENGINE | K6 | set(CONTAINER_METRICS)


def test_each_container_metric_that_is_scraped_is_shown() -> None:
    shown = {name for query in QUERIES for name in metrics(query) if name.startswith("container_")}

    assert shown == set(CONTAINER_METRICS)


@pytest.mark.parametrize(
    "needed",
    [
        "histogram_quantile(0.5, sum by (le) (rate(me_match_duration_seconds_bucket",
        "histogram_quantile(0.95, sum by (le) (rate(me_match_duration_seconds_bucket",
        "histogram_quantile(0.99, sum by (le) (rate(me_match_duration_seconds_bucket",
        "60 * sum by (shard) (rate(me_matches_total",
        "sum by (side) (rate(me_orders_received_total",
        "me_orderbook_depth",
        "container_cpu_usage_seconds_total",
        "container_cpu_cfs_throttled_periods_total",
        "container_memory_working_set_bytes",
        "rate(k6_http_reqs_total",
        "k6_http_req_duration_p99",
    ],
)
def test_what_people_have_to_see_is_there(needed: str) -> None:
    assert any(needed in query for query in QUERIES)


def test_the_match_latency_is_drawn_against_200_ms() -> None:
    (panel,) = [panel for panel in PANELS if panel["title"] == "Match latency"]
    defaults = panel["fieldConfig"]["defaults"]

    assert defaults["unit"] == "s"
    assert [step["value"] for step in defaults["thresholds"]["steps"]] == [None, 0.2]
    assert defaults["custom"]["thresholdsStyle"]["mode"] == "dashed"


def test_every_panel_and_query_asks_the_one_data_source() -> None:
    asked = [part["datasource"] for panel in PANELS for part in (panel, *panel["targets"])]
    asked += [variable["datasource"] for variable in BOARD["templating"]["list"]]

    assert all(source == {"type": "prometheus", "uid": "prometheus"} for source in asked)


def test_loads_and_faults_are_annotations_by_the_tags_that_the_lab_gives_them() -> None:
    annotations = BOARD["annotations"]["list"]

    assert [one["target"]["tags"] for one in annotations] == [[grafana.LOAD], [grafana.FAULT]]
    for one in annotations:
        assert (one["enable"], one["datasource"]["uid"], one["target"]["type"]) == (True, "-- Grafana --", "tags")


def test_a_link_leads_to_this_dashboard_and_names_its_variables() -> None:
    link = urlsplit(grafana.Grafana("http://g", password="x").link(start=0, end=1, testid="r1-a2"))

    assert link.path == f"/d/{BOARD['uid']}"
    variables = {f"var-{variable['name']}" for variable in BOARD["templating"]["list"]}
    assert set(parse_qs(link.query)) == {"from", "to", *variables}


def test_every_panel_says_what_it_shows_and_in_which_unit() -> None:
    assert all(panel["title"] and panel["description"] for panel in PANELS)
    assert all(panel["fieldConfig"]["defaults"]["unit"] for panel in PANELS)


def test_ids_are_unique_and_panels_fill_the_width_without_overlap() -> None:
    ids = [panel["id"] for panel in BOARD["panels"]]
    cells = [
        (column, line)
        for panel in BOARD["panels"]
        for place in [panel["gridPos"]]
        for column in range(place["x"], place["x"] + place["w"])
        for line in range(place["y"], place["y"] + place["h"])
    ]

    assert len(set(ids)) == len(ids)
    assert len(set(cells)) == len(cells) == 24 * (1 + max(line for _, line in cells))


def test_it_refreshes_as_often_as_prometheus_scrapes_and_shows_the_last_15_minutes() -> None:
    assert BOARD["refresh"] == "5s"
    assert BOARD["time"] == {"from": "now-15m", "to": "now"}


def test_a_choice_of_shards_and_tests_asks_for_labels_of_metrics_that_exist() -> None:
    asked = {variable["name"]: variable["query"] for variable in BOARD["templating"]["list"]}

    assert asked == {
        "shard": "label_values(me_matches_total, shard)",
        "testid": "label_values(k6_http_reqs_total, testid)",
    }


def test_the_same_bytes_come_out_of_another_process() -> None:
    code = "from matching_engine.dashboards import dashboards; print(dashboards()['matching-engine.json'], end='')"
    env = {"PYTHONPATH": str(ROOT / "constructs"), "PYTHONHASHSEED": "1"}

    other = subprocess.run(
        [sys.executable, "-c", code], env=env, text=True, capture_output=True, check=True, timeout=60
    )

    text = dashboards()["matching-engine.json"]
    assert other.stdout == text
    assert text == json.dumps(BOARD, sort_keys=True, indent=2) + "\n"


AVERAGING = re.compile(r"\b(avg|avg_over_time|stddev|quantile|quantile_over_time)\b")
MERGED = re.compile(r"histogram_quantile\([\d.]+, sum by \(le[,)]")
HIGHEST = re.compile(r"max by \(testid\) \(k6_http_req_duration_p\d+\{")


@pytest.mark.parametrize("query", QUERIES)
def test_no_query_averages_a_percentile(query: str) -> None:
    """Histograms are summed before their quantile, k6's own percentiles are compared."""
    assert not AVERAGING.search(query)
    assert query.count("histogram_quantile") == len(MERGED.findall(query))
    assert len(re.findall(r"k6_http_req_duration_p\d+", query)) == len(HIGHEST.findall(query))


def test_there_are_queries_of_percentiles() -> None:
    """The lines above find what they look for."""
    assert any(MERGED.search(query) for query in QUERIES)
    assert any(HIGHEST.search(query) for query in QUERIES)


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
def test_a_panel_shows_no_mean_over_time_of_percentiles_and_that_of_a_rate(panel: dict[str, Any]) -> None:
    asked = " ".join(target["expr"] for target in panel["targets"])
    options = panel["options"]
    told = [*options.get("legend", {}).get("calcs", []), *options.get("reduceOptions", {}).get("calcs", [])]

    assert told
    assert not ("mean" in told and re.search(r"quantile|_p\d+", asked))
    assert panel["title"] != "Matches a minute" or "mean" in told
