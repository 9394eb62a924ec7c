"""Killed -9: a runner while the broker is away, and `up` while k3d makes the cluster; the next `up` ends in a lab.

`kills.py` kills at every second of the timelines of `up`, `down` and a switch, by hand.
"""

import json
import shutil
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from lab.bringup import standing
from lab.bringup.entry import urls
from lab.cluster import topics
from lab.cluster.lab import Lab
from lab.core import http
from lab.core.ownership import network_name
from lab.core.paths import STATE
from lab.measure.prometheus import Prometheus
from tests.cluster.cluster_tools import Invokew, begin, end, kubectl, until
from tests.cluster.overlays import written
from tests.cluster.test_asr1 import latest

HEALED = 30.0
"""Seconds from the kill until the broker is ready again: the issue's number."""

INTERRUPTED, USAGE = 1, 2
"""Exit codes."""

SOON = {
    "cases": {"a4": {"smoke": {"duration": "36s", "fault": {"after": "5s", "for": "15s"}}}},
    "validity": {"smoke": {"control": 0, "calibration": 0}},
}
"""Settings of an outage that comes soon: nothing here is measured."""


@pytest.fixture(scope="module")
def soon(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The file with them."""
    return written(tmp_path_factory.mktemp("settings") / "soon.yaml", SOON)


def replicas(lab: Lab) -> tuple[int, int]:
    found = json.loads(kubectl(lab, "get", "statefulset", "redpanda", "-n", "matching-engine", "-o", "json"))
    return found["spec"]["replicas"], found["status"].get("readyReplicas", 0)


def test_a_killed_runner_leaves_a_broker_that_comes_back(lab: Lab, tmp_path: Path, soon: str) -> None:
    process = begin("case", "a4", "--profile=smoke", output=tmp_path / "output", LAB_SETTINGS=soon)
    until(lambda: replicas(lab) == (0, 0), deadline=120, what="the broker is away")

    end(process, signal.SIGKILL)
    killed = time.monotonic()
    process.wait(10)
    until(lambda: replicas(lab) == (1, 1), deadline=HEALED, what="the broker is back by itself")
    seconds = time.monotonic() - killed

    print(f"back {seconds:.1f} s after the kill")  # noqa: T201 - a measurement for who reads the log
    until(lambda: not (STATE / "fault.json").exists(), deadline=10, what="the journal is closed")
    topics.prove(lab.kube, lab.settings.topics.names, lab.settings.topics.partitions)


def test_orders_after_that_are_published_on_both_topics(lab: Lab) -> None:
    names = lab.settings.topics.names
    before = topics.watermarks(lab.kube, names)
    entry = urls(lab)["orders"]
    for side, path in (("SELL", "seed"), ("BUY", "orders")):
        order = {"orderId": f"after-{side}", "symbol": "TEST-ASSET-B", "side": side, "price": 2, "quantity": 3}
        body = {"orders": [order]} if path == "seed" else order
        assert http.request("POST", f"{entry}/{path}", json=body, timeout=5).ok

    def written() -> bool:
        after = topics.watermarks(lab.kube, names)
        return all(after[name] > before[name] for name in names)

    until(written, deadline=30, what="both topics have grown")


def test_attach_goes_on_with_the_run_by_what_the_cluster_keeps_of_it(invokew: Invokew, soon: str) -> None:
    """As on another machine: the run's folder is gone here. And nothing is left to heal."""
    broken_off = latest()
    shutil.rmtree(broken_off)

    ended = invokew("attach", LAB_SETTINGS=soon)

    assert ended.code in {0, 5, 6}, ended.output
    assert "no outage was left behind" in ended.output
    assert f"{broken_off.name}, conducted by " in ended.output
    assert "going on with a4" in ended.output
    assert "a4: it was begun a second time" in ended.output
    told = json.loads((broken_off / "verdict.json").read_text(encoding="utf-8"))["verdict"]
    assert [case["case"] for case in told["cases"]] == ["a4"]
    again = invokew("attach", LAB_SETTINGS=soon)
    assert (again.code, f"{broken_off.name}, conducted by " in again.output) == (ended.code, True), again.output


def test_abort_ends_the_run_that_another_conducts_and_brings_the_broker_back(
    lab: Lab, invokew: Invokew, tmp_path: Path, soon: str
) -> None:
    output = tmp_path / "output"
    process = begin("case", "a4", "--profile=smoke", output=output, LAB_SETTINGS=soon)
    until(lambda: replicas(lab) == (0, 0), deadline=120, what="the broker is away")

    ended = invokew("abort")

    assert ended.code == 0, ended.output
    assert process.wait(20) == INTERRUPTED, output.read_text()
    assert replicas(lab)[0] == 1
    assert not (STATE / "fault.json").exists()
    verdict = json.loads((latest() / "verdict.json").read_text(encoding="utf-8"))["verdict"]
    assert verdict["outcome"] == "INVALID"
    assert invokew("abort").code == USAGE, "there is nothing left to end"


def test_an_up_killed_while_k3d_makes_the_cluster_is_healed_by_the_next(
    lab: Lab, invokew: Invokew, tmp_path: Path
) -> None:
    """The cluster, which knows no registry yet, is made anew; k3d may have ended by itself, for nobody reads its words."""
    assert invokew("down").code == 0
    output = tmp_path / "output"
    process = begin("up", output=output)
    until(lambda: standing.standing(lab.settings.name), deadline=60, what="k3d makes the server")

    end(process, signal.SIGKILL)
    process.wait(10)
    ended = invokew("up")

    assert ended.code == 0, ended.output
    assert "a cluster that was not made to its end is removed" in ended.output


def test_a_cluster_of_other_settings_or_another_checkout_is_told_and_stands_on(
    lab: Lab, invokew: Invokew, tmp_path: Path
) -> None:
    changed = {"cluster": {"image": "rancher/k3s:v1.20.0-k3s1", "disable": ["traefik"]}}
    other = written(tmp_path / "other.yaml", changed)
    name, found = lab.settings.name, standing.standing(lab.settings.name)
    assert found is not None
    assert found.mark is not None

    differs = invokew("up", LAB_SETTINGS=other)
    standing.write(name, replace(found.mark, checkout="/another/checkout"))
    refused = invokew("up")
    taken = invokew("up", "--take-over")

    assert (differs.code, refused.code, taken.code) == (3, 3, 0), differs.output + refused.output + taken.output
    assert "cluster.image is rancher/k3s:" in differs.output
    assert "cluster.disable is metrics-server, servicelb, traefik there, traefik in the settings" in differs.output
    assert f"cluster {name} belongs to the checkout /another/checkout" in refused.output
    assert f"cluster {name} is taken over; it belonged to the checkout /another/checkout" in taken.output


def test_a_stopped_lab_comes_back_with_its_topics_and_metrics_though_its_nodes_have_other_addresses(
    lab: Lab, invokew: Invokew
) -> None:
    names, network = lab.settings.topics.names, network_name(lab.settings.name)
    records, began = topics.watermarks(lab.kube, names), time.time()
    stopped = invokew("stop")
    squatter = ("docker", "run", "--detach", "--rm", "--network", network, "--entrypoint", "sleep", "registry:2", "300")
    other = subprocess.run(squatter, capture_output=True, text=True, check=True).stdout.strip()
    try:
        ended = invokew("up")
    finally:
        subprocess.run(["docker", "rm", "--force", other], capture_output=True, check=False)

    print(f"stopped in {stopped.seconds:.1f} s, up again in {ended.seconds:.1f} s")  # noqa: T201 - a measurement
    assert stopped.code == 0, stopped.output
    assert ended.code == 0, ended.output
    assert "started again, its nodes at other addresses; the books are empty" in ended.output
    assert topics.watermarks(lab.kube, names) == records
    assert Prometheus(urls(lab)["prometheus"]).query("up[60s]", instant=began * 1000), "of the minute before the stop"
