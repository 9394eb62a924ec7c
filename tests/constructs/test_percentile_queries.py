"""No dashboard averages a percentile: histograms are summed before their quantile, k6's own percentiles are compared."""

import json
import re
from typing import Any

import pytest

from matching_engine.dashboards import dashboards, queries

BOARDS: list[dict[str, Any]] = [json.loads(board) for board in dashboards().values()]
QUERIES = sorted({query for board in BOARDS for query in queries(board)})
AVERAGING = re.compile(r"\b(avg|avg_over_time|stddev|quantile|quantile_over_time)\b")
MERGED = re.compile(r"histogram_quantile\([\d.]+, sum by \(le[,)]")
HIGHEST = re.compile(r"max by \(testid\) \(k6_http_req_duration_p\d+\{")


@pytest.mark.parametrize("query", QUERIES)
def test_no_query_averages_a_percentile(query: str) -> None:
    assert not AVERAGING.search(query)
    assert query.count("histogram_quantile") == len(MERGED.findall(query))
    assert len(re.findall(r"k6_http_req_duration_p\d+", query)) == len(HIGHEST.findall(query))


def test_there_are_such_queries() -> None:
    """The two lines above find what they look for."""
    assert any(MERGED.search(query) for query in QUERIES)
    assert any(HIGHEST.search(query) for query in QUERIES)


PANELS = [panel for board in BOARDS for panel in board["panels"] if panel.get("targets")]


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
def test_no_panel_of_percentiles_shows_their_mean_over_time(panel: dict[str, Any]) -> None:
    asked = " ".join(target["expr"] for target in panel["targets"])
    options = panel["options"]
    told = [*options.get("legend", {}).get("calcs", []), *options.get("reduceOptions", {}).get("calcs", [])]

    assert told
    assert not ("mean" in told and re.search(r"quantile|_p\d+", asked))


def test_the_mean_of_a_rate_is_shown() -> None:
    (rate,) = (panel for panel in PANELS if panel["title"] == "Matches a minute")

    assert "mean" in rate["options"]["legend"]["calcs"]
