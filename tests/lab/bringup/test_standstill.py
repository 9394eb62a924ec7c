"""What `stop` stops and keeps, and how a stopped cluster comes back."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from lab.bringup import standing, standstill
from lab.bringup.standstill import in_order, stale, unknown
from lab.cluster.lab import Lab
from lab.core.errors import PreflightError, ToolError, UsageError
from lab.core.ownership import TOPOLOGY
from lab.tools import docker, k3d
from lab.tools.docker import NodeContainer
from tests.lab.doubles import FakeKube, Recorder, silent
from tests.lab.k3d_lists import MINE, NAME, NODES, made, registries, server

STARTED = datetime(2026, 11, 29, 2, 0, 0, 700000, tzinfo=UTC)
MOVED = {**MINE.addresses, NODES[0]: "172.18.0.9"}


def containers(addresses: dict[str, str]) -> str:
    """`docker container inspect` of the nodes."""
    return json.dumps([
        {
            "Name": f"/{name}",
            "State": {"StartedAt": STARTED.isoformat()},
            "NetworkSettings": {"Networks": {f"k3d-{NAME}": {"IPAddress": address}}},
        }
        for name, address in addresses.items()
    ])  # fmt: skip


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """A lab that runs as it was made."""
    recorder = Recorder().instead_of_run(monkeypatch, standing, standstill, docker, k3d)
    monkeypatch.setattr(docker, "engine", lambda: None)
    monkeypatch.setattr(standstill, "PAUSE", 0.0)
    monkeypatch.setattr(standstill, "BACK", 0.01)
    recorder.on("ps", stdout="".join(f"{name} {'server' if 'server' in name else 'agent'}\n" for name in NODES))
    recorder.on("inspect", stdout=containers(dict(MINE.addresses)))
    server(recorder, made())
    recorder.on("inspect", NODES[0], NODES[1], stdout=containers(dict(MINE.addresses)))
    return recorder.on("registry", "list", stdout=registries())


def changing(run: Recorder) -> list[str]:
    return [str(command) for command in run.commands if {"kill", "stop", "start"} & {*command.argv}]


def written(run: Recorder) -> list[str]:
    return [command.stdin or "" for command in run.commands if command.argv[1:3] == ("cp", "-")]


def test_nodes_are_stopped_at_once_since_k3d_would_drain_them_and_the_registry_after_them(
    lab: Lab, run: Recorder, kube: FakeKube
) -> None:
    kube.objects["Namespace"] = [{"metadata": {"name": "matching-engine", "annotations": {TOPOLOGY: "multi"}}}]

    said = standstill.stop(lab)

    assert changing(run) == [f"docker kill {' '.join(NODES)}", f"docker stop k3d-{NAME}-registry"]
    assert '"topology": "multi"' in written(run)[0]
    assert said[-1].endswith("then the books are empty: engines keep them in memory")


def test_a_cluster_that_does_not_answer_is_stopped_all_the_same(lab: Lab, run: Recorder, kube: FakeKube) -> None:
    kube.error = ToolError("no answer")

    standstill.stop(lab)

    assert changing(run)[0].startswith("docker kill ")


def test_stopping_twice_is_no_error(lab: Lab, run: Recorder) -> None:
    run.on("inspect", NODES[0], NODES[1], stdout=containers(dict.fromkeys(NODES, "")))
    run.on("registry", "list", stdout=registries(running=False))

    assert len(standstill.stop(lab)) == 1
    assert changing(run) == []


def test_where_there_is_no_cluster_nothing_is_stopped(lab: Lab, run: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "standing", lambda _: None)

    with pytest.raises(UsageError, match=f"there is no cluster {NAME} to stop; './invokew up' makes one"):
        standstill.stop(lab)

    assert changing(run) == []


def test_another_checkout_s_cluster_is_not_stopped(lab: Lab, run: Recorder) -> None:
    server(run, made(maker="/other"))

    with pytest.raises(PreflightError, match="belongs to the checkout /other"):
        standstill.stop(lab)

    assert changing(run) == []


def nodes(addresses: dict[str, str]) -> list[dict[str, Any]]:
    return [{"metadata": {"name": n}, "status": {"addresses": [{"address": a}]}} for n, a in addresses.items()]


def test_a_cluster_comes_back_in_the_order_of_its_addresses_and_says_that_books_are_empty(
    lab: Lab, run: Recorder, kube: FakeKube
) -> None:
    kube.objects["Node"] = nodes(dict(MINE.addresses))

    said = standstill.start(lab, MINE, lambda: None, silent)

    assert changing(run) == [f"docker start {' '.join(NODES)}"]
    assert said == "started again; the books are empty: engines keep them in memory"
    assert written(run) == []


def test_nodes_that_docker_gave_other_addresses_are_started_once_more(lab: Lab, run: Recorder, kube: FakeKube) -> None:
    run.on("inspect", NODES[0], NODES[1], stdout=containers(MOVED))
    kube.objects["Node"] = nodes(MOVED)

    said = standstill.start(lab, MINE, lambda: None, silent)

    first = f"docker start {' '.join(NODES)}"
    assert changing(run) == [first, f"docker kill {NODES[0]}", f"docker start {NODES[0]}"]
    assert said.startswith("started again, its nodes at other addresses;")
    assert "172.18.0.9" in written(run)[0]


def test_a_cluster_that_does_not_come_back_is_an_error_that_names_what_is_missing(
    lab: Lab, run: Recorder, kube: FakeKube
) -> None:
    del run
    kube.objects["Node"] = nodes({NODES[0]: MINE.addresses[NODES[0]]})

    with pytest.raises(ToolError, match=f"node {NODES[1]} has not come back yet after"):
        standstill.start(lab, MINE, lambda: None, silent)


ORDERS = [
    ({}, ["a", "b"], ["a", "b"]),
    ({"a": "172.18.0.10", "b": "172.18.0.9"}, ["a", "b"], ["b", "a"]),
    ({"b": "172.18.0.9"}, ["a", "b"], ["b", "a"]),
]


@pytest.mark.parametrize(("addresses", "given", "order"), ORDERS)
def test_addresses_are_ordered_as_numbers(addresses: dict[str, str], given: list[str], order: list[str]) -> None:
    assert in_order(given, addresses) == order


@pytest.mark.parametrize(("told", "problem"), [({"n": "1.1.1.1"}, ""), ({"n": "1.1.1.2"}, "n"), ({}, "n")])
def test_a_node_is_known_once_the_cluster_has_it_where_it_is(told: dict[str, str], problem: str) -> None:
    node = NodeContainer(name="n", address="1.1.1.1", started=STARTED)

    assert unknown(nodes(told), [node]) == (f"node {problem} has not come back yet" if problem else "")


def pod(at: str | None, *, node: str = "n", leaving: bool = False) -> dict[str, Any]:
    state = {"running": {"startedAt": at}} if at else {"waiting": {}}
    gone = {"deletionTimestamp": "x"} if leaving else {}
    return {
        "metadata": {"name": "p", "namespace": "matching-engine", **gone},
        "spec": {"nodeName": node},
        "status": {"containerStatuses": [{"state": state}]},
    }


PODS = [
    ("since before the stop", pod("2026-11-29T01:59:59Z"), True),
    ("since the very second of the start", pod("2026-11-29T02:00:00Z"), False),
    ("since after it", pod("2026-11-29T02:00:09Z"), False),
    ("waits", pod(None), False),
    ("on its way out", pod("2026-11-29T01:00:00Z", leaving=True), False),
    ("on a node that was not started", pod("2026-11-29T01:00:00Z", node="other"), False),
]


@pytest.mark.parametrize(("found", "is_stale"), [row[1:] for row in PODS], ids=[row[0] for row in PODS])
def test_a_pod_that_runs_since_before_the_start_is_told_of_no_more(
    lab: Lab, kube: FakeKube, found: dict[str, Any], is_stale: bool
) -> None:
    kube.objects["Pod"] = [found]

    assert bool(stale(lab, {"n": STARTED})) is is_stale


def broker(ready: int) -> dict[str, Any]:
    return {
        "metadata": {"name": "redpanda", "namespace": "matching-engine"},
        "spec": {"selector": {"matchLabels": {"app": "redpanda"}}},
        "status": {"readyReplicas": ready} if ready else {},
    }


def its_pod(*, ready: bool) -> dict[str, Any]:
    found = pod("2026-11-29T02:00:09Z")
    found["metadata"]["labels"] = {"app": "redpanda", "more": "of it"}
    found["status"]["conditions"] = [{"type": "Ready", "status": str(ready)}]
    return found


COUNTS = [(1, False, True), (1, True, False), (0, False, False), (0, True, False)]


@pytest.mark.parametrize(("counted", "is_pod_ready", "is_stale"), COUNTS)
def test_a_workload_that_counts_more_ready_pods_than_there_are_is_told_of_as_it_was_before_the_stop(
    lab: Lab, kube: FakeKube, counted: int, is_pod_ready: bool, is_stale: bool
) -> None:
    kube.objects["StatefulSet"] = [broker(counted)]
    kube.objects["Pod"] = [its_pod(ready=is_pod_ready)]

    said = stale(lab, {"n": STARTED})

    assert said == ("StatefulSet redpanda has not come back yet" if is_stale else "")


def test_the_plan_changes_nothing(lab: Lab, run: Recorder) -> None:
    assert standstill.plan(lab) == [f"docker kill {' '.join(NODES)}", f"docker stop k3d-{NAME}-registry"]
    assert changing(run) == []
