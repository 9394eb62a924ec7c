"""A run replayed beside the lab: each query of the dashboard has the same answer there as the lab gives."""

import json
import math
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

from lab.bringup.entry import urls
from lab.cluster.lab import Lab
from lab.core import http
from matching_engine.dashboards import dashboards, queries
from tests.cluster.cluster_tools import Ended, begin, end, until
from tests.cluster.test_asr1 import latest
from tests.cluster.test_dashboard_queries import VARIABLES

WHOLE_TEST = ("max by (testid) (k6_http_req_", "max(max by (testid) (k6_http_req_")
"""What shows the highest of a test's kinds of requests: in the lab that of its setup counts on for 5 minutes."""


def answers(url: str, query: str, *, at: float, testid: str) -> dict[str, float]:
    """What a query gives at an instant (s), by its labels, of one test and over the last minute."""
    for variable, value in {**VARIABLES, "$__range": "1m", "$testid": testid}.items():
        query = query.replace(variable, value)
    reply = http.get(f"{url}/api/v1/query", params={"query": query, "time": str(at)}, timeout=10).json()
    found: list[dict[str, Any]] = reply["data"]["result"]
    return {str(sorted(one["metric"].items())): float(one["value"][1]) for one in found}


def test_a_replayed_run_answers_every_query_of_the_dashboard_as_the_lab_does_and_leaves_nothing(
    lab: Lab, asr1: Ended, tmp_path: Path
) -> None:
    """At a load's end: the run has the half-minute before the load too."""
    measured = json.loads((latest() / "a2" / "measurements.json").read_text())["measurements"]
    at = measured["load"]["end"] / 1000
    output = tmp_path / "replay"
    process = begin("replay", output=output)
    try:
        until(lambda: "Ctrl-C ends it" in output.read_text(), deadline=60, what=output.read_text())
        told = output.read_text()
        (url,) = re.findall(r"prometheus +(\S+)", told)
        (grafana,) = re.findall(r"grafana +(\S+)/d/", told)
        assert url != urls(lab)["prometheus"]
        assert "not kept" not in told
        assert http.get(f"{grafana}/api/health", timeout=10).ok
        for query in dict.fromkeys(query for text in dashboards().values() for query in queries(json.loads(text))):
            ours, theirs = (
                answers(one, query, at=at, testid=measured["testid"]) for one in (url, urls(lab)["prometheus"])
            )
            assert theirs, query
            assert ours.keys() == theirs.keys(), query
            for labels, value in {} if query.startswith(WHOLE_TEST) else theirs.items():
                assert math.isclose(ours[labels], value, rel_tol=1e-6) or math.isnan(value), (query, labels)
    finally:
        end(process, signal.SIGINT)
        assert process.wait(30) == 0
    left = subprocess.run(
        ("docker", "ps", "--all", "--quiet", "--filter", f"label=matching-engine-lab.replay={process.pid}"),
        capture_output=True, text=True, check=True, timeout=30,
    )  # fmt: skip
    assert left.stdout == ""
