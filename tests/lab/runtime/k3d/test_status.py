"""What `status` says of a lab on k3d that stands, half stands, or isn't there."""

from typing import Any

import pytest

from lab.bringup import standing
from lab.bringup.standing import Standing
from lab.cluster.lab import Lab
from lab.core.errors import PreflightError, ToolError
from lab.core.ownership import TOPOLOGY
from lab.present.table import Row
from lab.runtime.k3d import status
from lab.runtime.k3d.status import rows
from lab.tools import docker, k3d
from tests.lab.doubles import FakeKube, Recorder
from tests.lab.k3d_lists import NAME, clusters, made, registries, server


def namespace(topology: str | None) -> dict[str, Any]:
    annotations = {TOPOLOGY: topology} if topology else None
    return {"metadata": {"name": "matching-engine", "annotations": annotations}}


def pod(name: str, *, ready: bool = True, restarts: int = 0, started: bool = True) -> dict[str, Any]:
    statuses = [{"ready": ready, "restartCount": restarts}] if started else None
    return {
        "metadata": {"name": name, "namespace": "matching-engine"},
        "spec": {"nodeName": "agent-0"} if started else {},
        "status": {"phase": "Running" if started else "Pending", "containerStatuses": statuses},
    }


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, kube: FakeKube) -> Recorder:
    """A lab that stands as it is to be."""
    recorder = Recorder().instead_of_run(monkeypatch, status, k3d, standing)
    server(recorder, made())
    monkeypatch.setattr(docker, "engine", lambda: None)
    kube.objects |= {"Namespace": [namespace("single")], "Pod": [pod("me-shard-a-1")]}
    recorder.on("cluster", "list", stdout=clusters()).on("registry", "list", stdout=registries())
    return recorder.on("status", stdout='{"info": {"status": "deployed"}}')


def named(found: list[Row], thing: str) -> Row:
    return next(row for row in found if row.thing == thing)


def test_a_lab_that_stands_is_all_well(lab: Lab, run: Recorder) -> None:
    del run
    found = rows(lab)

    assert all(row.ok for row in found)
    assert [row.thing for row in found] == [
        f"registry k3d-{NAME}-registry",
        f"cluster {NAME}",
        "topology",
        "pod me-shard-a-1",
        "release prometheus",
        "release grafana",
        "orders",
        "control",
        "prometheus",
        "grafana",
    ]


def test_it_says_what_people_look_for(lab: Lab, run: Recorder) -> None:
    del run
    found = rows(lab)

    shards = "me-shard-a (TEST-ASSET-A, TEST-ASSET-B, TEST-ASSET-C, TEST-ASSET-D)"
    assert named(found, "topology") == Row(thing="topology", state="single", note=shards)
    assert named(found, "orders").state == "http://127.0.0.1:8080"
    assert named(found, "grafana").note == "admin / admin"
    assert named(found, f"registry k3d-{NAME}-registry").note == "127.0.0.1:5111"


def test_a_lab_that_is_not_there_is_two_rows_and_the_next_command(lab: Lab, run: Recorder) -> None:
    run.on("cluster", "list", stdout="[]").on("registry", "list", stdout="[]")

    assert rows(lab) == [
        Row(thing=f"registry k3d-{NAME}-registry", state="absent", ok=None),
        Row(thing=f"cluster {NAME}", state="absent", note="./invokew up makes it", ok=False),
    ]


def test_nodes_that_are_stopped_are_counted(lab: Lab, run: Recorder) -> None:
    run.on("cluster", "list", stdout=clusters(running=3)).on("registry", "list", stdout=registries(running=False))
    found = rows(lab)

    assert named(found, f"cluster {NAME}") == Row(thing=f"cluster {NAME}", state="3 of 4 nodes run", ok=False)
    assert (found[0].state, found[0].ok) == ("stopped", False)


def test_of_a_cluster_that_is_stopped_nothing_more_is_asked(lab: Lab, run: Recorder) -> None:
    run.on("cluster", "list", stdout=clusters(running=0))

    assert rows(lab)[-1] == Row(
        thing=f"cluster {NAME}", state="0 of 4 nodes run", note="./invokew up starts it", ok=False
    )


NOTES = [
    (made(), ""),
    (made(mark=None), "not made to its end; ./invokew up makes it anew"),
    (made(maker="/other"), "belongs to the checkout /other"),
    (made(maker="", mark=None), "belongs to no checkout of the lab"),
    (made(image="i:2"), "cluster.image is i:2 there, rancher/k3s:v1.35.5-k3s1 in the settings"),
]


@pytest.mark.parametrize(("found", "note"), NOTES)
def test_what_is_to_be_known_of_the_cluster_is_beside_it(lab: Lab, run: Recorder, found: Standing, note: str) -> None:
    server(run, found)

    assert named(rows(lab), f"cluster {NAME}").note == note


def test_an_api_server_that_does_not_answer_is_a_row_not_an_error(lab: Lab, run: Recorder, kube: FakeKube) -> None:
    del run
    kube.error = ToolError("the cluster does not answer")

    last = rows(lab)[-1]

    assert last == Row(thing="API server", state="does not answer", note="the cluster does not answer", ok=False)


PODS = [
    (pod("p"), "ready", "on agent-0", True),
    (pod("p", restarts=3), "ready", "on agent-0, 3 restarts", True),
    (pod("p", ready=False), "running", "on agent-0", False),
    (pod("p", started=False), "pending", "on no node", False),
]


@pytest.mark.parametrize("row", PODS)
def test_a_pod_is_shown_as_it_stands(lab: Lab, run: Recorder, kube: FakeKube, row: tuple[Any, ...]) -> None:
    del run
    kube.objects["Pod"], *expected = [row[0]], *row[1:]

    found = named(rows(lab), "pod p")

    assert [found.state, found.note, found.ok] == expected


def test_a_release_that_is_absent_or_half_made_is_not_well(lab: Lab, run: Recorder) -> None:
    run.on("status", "grafana", code=1).on("status", "prometheus", stdout='{"info": {"status": "pending-install"}}')
    found = rows(lab)

    assert named(found, "release grafana") == Row(thing="release grafana", state="absent", ok=False)
    assert named(found, "release prometheus").state == "pending-install"
    assert named(found, "release prometheus").ok is False


@pytest.mark.parametrize(
    ("objects", "name"),
    [([], None), ([namespace(None)], None), ([namespace("single")], "single"), ([namespace("gone")], "gone")],
)
def test_the_topology_that_stands_is_read_from_the_cluster(
    lab: Lab, run: Recorder, kube: FakeKube, objects: list[dict[str, Any]], name: str | None
) -> None:
    del run
    kube.objects["Namespace"] = objects

    assert lab.standing_topology() == name
    assert named(rows(lab), "topology").state == (name or "none")


def test_without_docker_there_is_nothing_to_say(lab: Lab, run: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped() -> None:
        raise PreflightError("the Docker engine does not answer")

    monkeypatch.setattr(docker, "engine", stopped)

    with pytest.raises(PreflightError):
        rows(lab)
    assert run.commands == []
