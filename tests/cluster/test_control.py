"""The control on a cluster: beside what takes the orders, out of every limit, and asked through a whole load."""

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from lab.bringup.entry import urls
from lab.cluster.lab import Lab
from lab.core import http
from lab.core.access import SPEC
from lab.measure.lab_state import endings
from lab.runtime.k3d import state
from lab.store.files import RecordingFile
from lab.store.folder import Folder
from tests.cluster.cluster_tools import Ended, kubectl, until
from tests.cluster.test_asr1 import latest

RATE = 50
"""Requests a second in a trial."""


def pods(lab: Lab, selector: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(
        kubectl(lab, "get", "pods", "-n", SPEC.workloads, "-l", selector, "-o", "json")
    )["items"]
    return found


def nodes(lab: Lab, selector: str) -> set[str]:
    return {pod["spec"]["nodeName"] for pod in pods(lab, selector)}


@pytest.fixture(scope="module")
def folder(asr1: Ended) -> Path:
    """Of A2 in the trial of ASR 1."""
    assert asr1.code in {0, 5, 6}, asr1.output
    return latest() / "a2"


def rows(folder: Path) -> list[tuple[float, float]]:
    """When each request was due and how long it took, in ms."""
    with gzip.open(folder / "control" / "samples.csv.gz", "rt", encoding="utf-8", newline="") as file:
        return sorted(
            (float(row["metadata"].removeprefix("due=")), float(row["metric_value"]))
            for row in csv.DictReader(file)
            if row["metric_name"] == "http_req_duration" and row["status"] == "200"
        )


def test_it_runs_on_the_node_of_the_only_shard(lab: Lab) -> None:
    assert nodes(lab, "app=control") == nodes(lab, "app=matching-engine")


def test_its_port_leads_to_it_and_never_to_an_engine(lab: Lab) -> None:
    answer = http.request("POST", f"{urls(lab)['control']}/orders", json={"orderId": "1"}, timeout=5)

    assert (answer.status_code, answer.json()) == (200, {"status": "TAKEN"})


def test_no_quota_is_on_its_cpu(lab: Lab) -> None:
    (pod,) = pods(lab, "app=control")
    (container,) = pod["spec"]["containers"]

    assert "cpu" in container["resources"]["requests"]
    assert "cpu" not in container["resources"]["limits"]
    assert pod["status"]["qosClass"] == "Burstable"


def test_it_is_asked_from_before_the_load_to_its_end(folder: Path) -> None:
    kept = Folder(folder.parent).read(RecordingFile, "a2")
    assert kept is not None
    found = rows(folder)
    events = json.loads((folder / "events.json").read_text())["events"]
    began, over = (
        next(one["at"] for one in events if one["what"].startswith(what)) for what in ("load began", "k6 ended")
    )

    assert found[0][0] < began
    assert found[-1][0] > over - 1000
    between = [due for due, _ in found if began <= due <= over]
    assert len(between) >= 0.95 * RATE * (over - began) / 1000
    print(f"control: {len(found)} requests, slowest {max(took for _, took in found):.1f} ms")  # noqa: T201 - a measurement


@pytest.mark.usefixtures("asr1")
def test_its_requests_are_no_orders_and_not_in_prometheus(lab: Lab) -> None:
    url = f"{urls(lab)['prometheus']}/api/v1/query"
    found = http.get(url, params={"query": 'k6_http_reqs_total{name="control"}'}, timeout=10).json()

    assert found["data"]["result"] == []


def test_its_end_is_in_the_lab_state_as_any_other_container_s(lab: Lab) -> None:
    topology = lab.settings.topology("single")
    since = state.read(lab, topology).at
    (pod,) = pods(lab, "app=control")
    code = "import os, signal; os.kill(1, signal.SIGTERM)"
    kubectl(lab, "exec", pod["metadata"]["name"], "-n", SPEC.workloads, "--", "/opt/workloads/bin/python", "-c", code)

    def ended() -> list[str]:
        return [one.workload for one in endings(state.read(lab, topology), since=since)]

    until(ended, deadline=30, what="the control has ended")
    assert ended() == ["control"]
    kubectl(lab, "rollout", "status", "deployment/control", "-n", SPEC.workloads, "--timeout=60s", deadline=70)
