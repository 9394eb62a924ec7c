import pytest

from lab.bringup import standing
from lab.bringup.standing import Standing
from lab.cluster.lab import Lab
from lab.core.errors import PreflightError, ToolError
from lab.run import host
from lab.runtime.k3d.evidence import TOOLS, engines, evidence, images, versions
from lab.runtime.k3d.runtime import K3dRuntime
from lab.settings.topology import Topology
from lab.store.made_with import Chart, Image
from lab.tools import docker
from tests.lab.doubles import FakeKube
from tests.lab.k3d_lists import made
from tests.lab.machines import MACHINE
from tests.lab.made import SETTINGS

SINGLE = SETTINGS.topology("single")


@pytest.fixture(autouse=True)
def _of_a_machine_with_no_docker(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_docker() -> None:
        raise PreflightError("docker does not answer")

    monkeypatch.setattr(host, "facts", lambda: MACHINE)
    monkeypatch.setattr(standing, "standing", lambda _: None)
    monkeypatch.setattr(docker, "engine", no_docker)


def test_it_tells_what_runs_where_and_what_may_spoil_a_run(lab: Lab, kube: FakeKube) -> None:
    node = f"k3d-{SETTINGS.name}-agent-0"
    metadata = {"namespace": "matching-engine", "name": "me-shard-a-1", "labels": {"shard": "a"}}
    kube.objects = {
        "Pod": [{"metadata": metadata, "spec": {"nodeName": node}, "status": {}}],
        "Node": [{"metadata": {"name": name}, "status": {"capacity": {"cpu": "2"}}} for name in (node, "server-0")],
    }

    found = evidence(lab, SINGLE)

    assert found.said == ["me-shard-a on agent-0; the 2 nodes and k6 share this machine's 2 cores"]
    assert found.placement is not None
    assert found.placement.shared is True
    assert found.warnings == ["docker does not answer"]
    assert found.images == ()


def test_a_cluster_that_does_not_answer_leaves_a_run_without_places(lab: Lab, kube: FakeKube) -> None:
    kube.error = ToolError("the cluster doesn't answer")

    found = evidence(lab, SINGLE)

    assert found.said == ["where the pods run is unknown: the cluster doesn't answer"]
    assert (found.images, found.placement, found.unknown) == ((), None, "the cluster doesn't answer")
    assert found.warnings == ["docker does not answer"]


def test_the_warnings_are_those_of_the_topology_that_stands(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Topology] = []

    def warnings(_settings: object, topology: Topology, *_: object) -> list[str]:
        asked.append(topology)
        return ["memory is short"]

    monkeypatch.setattr(docker, "engine", lambda: None)
    monkeypatch.setattr("lab.tools.preflight.warnings", warnings)

    assert evidence(lab, SETTINGS.topology("multi")).warnings == ["memory is short"]
    assert [one.name for one in asked] == ["multi"]


def test_each_containers_image_is_known_by_its_digest() -> None:
    status = {
        "name": "matching-engine",
        "image": "registry:5000/engine:1",
        "imageID": "registry:5000/engine@sha256:abc",
    }
    pod = {
        "metadata": {"namespace": "matching-engine", "name": "me-shard-a-1"},
        "status": {"containerStatuses": [status]},
    }
    pending = {"metadata": {"namespace": "monitoring", "name": "grafana-1"}, "status": {}}

    assert images([pod, pending]) == (
        Image(
            namespace="matching-engine",
            pod="me-shard-a-1",
            container="matching-engine",
            image="registry:5000/engine:1",
            digest="registry:5000/engine@sha256:abc",
        ),
    )


def test_one_engine_is_one_engine_whatever_digest_a_node_tells_of_it() -> None:
    image = "registry:5000/matching-engine:experiment-v1-6bb520cd29ec"
    pods = [
        {
            "spec": {"containers": [{"image": image}]},
            "status": {"containerStatuses": [{"image": image, "imageID": digest}]},
        }
        for digest in ("registry:5000/matching-engine@sha256:4605", "sha256:6bb5")
    ]

    assert engines(pods) == [image]


def test_versions_are_those_of_every_tool_and_of_the_charts(lab: Lab) -> None:
    found = versions(lab)

    assert found["tools"] == dict.fromkeys(TOOLS, "1.2.3")
    assert set(TOOLS) == set(type(SETTINGS.tools).model_fields)
    assert set(found["charts"]) == {"prometheus", "grafana"}
    assert all(isinstance(chart, Chart) for chart in found["charts"].values())


@pytest.mark.parametrize("found", [made(image="i:2"), None, ToolError("Docker can't say")])
def test_the_cluster_s_image_is_that_of_what_stands_and_never_the_settings(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, found: Standing | ToolError | None
) -> None:
    def look(_name: str) -> Standing | None:
        if isinstance(found, ToolError):
            raise found
        return found

    monkeypatch.setattr(standing, "standing", look)

    assert versions(lab)["cluster_image"] == ("i:2" if isinstance(found, Standing) else "")


def test_the_machine_is_the_cluster_s_nodes_and_docker_s_cores(lab: Lab) -> None:
    """Docker may have a virtual machine of its own."""
    machine = K3dRuntime(lab=lab).machine()

    assert (machine.nodes, machine.cores) == (SETTINGS.cluster.nodes, 2.0)
