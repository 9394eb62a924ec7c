"""What `plan` says `up` would change is what it then changes, and saying so changes nothing."""

import json

import pytest

from lab.bringup import images, preview, releases
from lab.bringup.sources import Source
from lab.cluster.lab import Lab
from lab.core.errors import ToolError
from lab.core.paths import DIST, from_root
from lab.manifests import manifest, node_ranges, synthesis
from lab.process.shell import Command, Result
from lab.settings.settings import Settings
from lab.tools import docker, helm
from lab.tools.kubectl import IMMUTABLE
from tests.lab.bringup.test_switch import objects_of
from tests.lab.doubles import Recorder, lab_of
from tests.lab.fake_cluster import FakeCluster, read

NODE = "spec.template.spec.affinity.nodeAffinity"
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
NODES = ["k3d-matching-engine-exp-server-0"]


class World:
    """A machine: its cluster, the releases in it, and which images are in Docker's store."""

    def __init__(self, settings: Settings) -> None:
        self.cluster = FakeCluster()
        self.lab = lab_of(settings, self.cluster.kube)
        self.nodes = NODES
        self.stale: set[str] = set()
        self.releases = {name: release(settings) for name, release in releases.RELEASES.items()}
        self.status = "deployed"
        self.commands: list[Command] = []

    def run(self, command: Command, *, check: bool = True) -> Result:
        self.commands.append(command)
        if command.argv[0] != "helm":
            return self.cluster.run(command, check=check)
        release = self.releases.get(command.argv[2])
        said = {"status": self.status, "description": helm.DESCRIPTION + release.fingerprint} if release else {}
        told = json.dumps({"info": said, "manifest": '{"items": []}'})
        stderr = "" if release else "Error: release: not found"
        return Result(command=command, code=0 if release else 1, stdout=told, stderr=stderr, seconds=0)

    def compared(self) -> list[Command]:
        """What compared objects of the manifest; those of a release name its namespace."""
        return [one for one in self.commands if "diff" in one.argv and "--namespace" not in one.argv]

    def told(self, topology: str, *, full: bool = False) -> list[str]:
        return list(preview.lines(self.lab, self.lab.settings.topology(topology), full=full))


@pytest.fixture
def world(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> World:
    """The committed single topology stands, with its releases; all images are there."""
    made = World(settings)
    made.cluster.objects = objects_of("single")
    for module in (preview, manifest, node_ranges, releases):
        monkeypatch.setattr(module, "run", made.run)
    monkeypatch.setattr(docker, "cluster_nodes", lambda _: made.nodes)
    monkeypatch.setattr(preview, "resolved", lambda settings, _: settings)
    monkeypatch.setattr(images, "why_in_store", lambda _, role: None if role in made.stale else "there")
    monkeypatch.setattr(synthesis, "is_current", lambda *_: False)
    monkeypatch.setattr(synthesis, "render_to", lambda _folder, _settings, _layout, name: DIST / f"{name}.k8s.yaml")
    return made


def test_a_lab_that_is_as_it_is_to_be_is_said_so(world: World) -> None:
    assert world.told("single") == ["nothing would change: topology single is up and matches the settings"]


def test_another_topology_is_told_object_by_object(world: World) -> None:
    assert world.told("multi") == [
        "+ deployment/edge-gateway",
        "+ deployment/me-shard-b",
        "+ deployment/me-shard-c",
        "+ networkpolicy/edge-gateway",
        "+ networkpolicy/matching-engine-from-edge-gateway",
        "+ networkpolicy/prometheus-to-edge-gateway",
        "+ service/edge-gateway",
        "+ service/me-shard-b",
        "+ service/me-shard-c",
        "~ namespace/matching-engine: metadata.annotations.matching-engine-lab/topology",
        "~ service/entry: spec.selector",
        f"~ deployment/control: {NODE}.{REQUIRED}, {NODE}.{PREFERRED}",
        "- networkpolicy/matching-engine-from-nodes (pruned)",
        "9 added, 3 changed, 1 pruned; './invokew up --topology=multi' does it",
    ]


def test_the_differences_are_shown_when_asked_for(world: World) -> None:
    lines = world.told("multi", full=True)

    below = lines[lines.index("~ service/entry: spec.selector") :]
    assert "    -    app: matching-engine" in below
    assert "    +    app: edge-gateway" in below


def test_saying_so_changes_nothing(world: World) -> None:
    before = dict(world.cluster.objects)
    world.stale = {"engine"}

    world.told("multi", full=True)

    assert world.cluster.objects == before
    asked = {command.argv[5] if command.argv[0] == "kubectl" else command.argv[1] for command in world.commands}
    assert asked == {"get", "diff", "status", "network"}


def test_what_is_new_is_not_asked_for_one_by_one(world: World) -> None:
    """A thousand new shards are told from one list."""
    world.told("multi")

    (compared,) = world.compared()
    names = {(item["kind"], item["metadata"]["name"]) for item in json.loads(compared.stdin or "")["items"]}
    assert ("Deployment", "me-shard-b") not in names
    assert ("Deployment", "me-shard-a") in names


def test_many_objects_are_compared_part_by_part(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview, "AT_A_TIME", 5)
    whole = len(read(DIST / "single.k8s.yaml"))

    assert world.told("single") == ["nothing would change: topology single is up and matches the settings"]

    parts = [json.loads(command.stdin or "")["items"] for command in world.compared()]
    assert [len(part) for part in parts] == [5] * (whole // 5) + ([whole % 5] if whole % 5 else [])


RELEASES: dict[str, tuple[dict[str, str | None], str, str]] = {
    "absent": ({"prometheus": None}, "deployed", "+ release/prometheus"),
    "left half-way": ({}, "pending-install", "~ release/prometheus: it is pending-install"),
    "of another fingerprint": ({"prometheus": "grafana"}, "deployed", "~ release/prometheus: other values or chart"),
}


@pytest.mark.parametrize("name", RELEASES)
def test_releases_that_would_be_upgraded_are_told(world: World, name: str) -> None:
    others, world.status, line = RELEASES[name]
    for release, other in others.items():
        if other is None:
            del world.releases[release]
        else:
            world.releases[release] = world.releases[other]

    assert line in world.told("single")


@pytest.mark.parametrize(
    ("role", "line"),
    [
        ("engine", "+ image matching-engine:experiment-v1 (built)"),
        ("grafana", "+ image docker.io/grafana/grafana:13.2.0 (pulled)"),
    ],
)
def test_images_that_would_be_built_or_pulled_are_told(world: World, role: str, line: str) -> None:
    world.stale = {role}

    assert world.told("single") == [line, "1 image; './invokew up --topology=single' does it"]


def test_without_a_cluster_everything_would_be_made(world: World) -> None:
    world.nodes = []

    lines = world.told("multi")

    assert "+ cluster matching-engine-exp (nodes: 4)" in lines
    assert "+ 5 deployments" in lines
    assert "+ 10 networkpolicies" in lines
    assert "+ release/grafana" in lines
    total = len(read(DIST / "multi.k8s.yaml"))
    assert lines[-1] == f"all would be created: {total} objects; './invokew up --topology=multi' does it"
    assert not world.commands


def test_a_cluster_without_our_namespace_gets_every_object(world: World) -> None:
    world.cluster.objects.clear()

    assert world.told("single")[-1].startswith(f"{len(objects_of('single'))} added; ")


def test_a_cluster_that_does_not_answer_is_said_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world.lab.kube, "error", ToolError("connection refused; run './invokew up'"))

    (line,) = world.told("single")

    assert line == (
        "cluster matching-engine-exp doesn't answer: connection refused; "
        "'./invokew up --topology=single' starts what is stopped of it"
    )


def test_a_broker_that_would_be_made_anew_is_told_as_that(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def run(command: Command, *, check: bool) -> Result:
        assert not check
        kinds = [item["kind"] for item in json.loads(command.stdin or "")["items"]]
        asked.append(kinds)
        code = 2 if "StatefulSet" in kinds else 0
        return Result(command=command, code=code, stdout="", stderr=f"Forbidden: {IMMUTABLE} 'replicas'", seconds=0)

    monkeypatch.setattr(preview, "run", run)

    changes = preview._compared(lab, read(DIST / "single.k8s.yaml"))

    assert list(map(str, changes)) == ["~ statefulset/redpanda: spec, so it is recreated; its pod and volume stay"]
    assert len(asked) == 2


def test_a_comparison_that_fails_is_an_error(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview, "run", Recorder().on("diff", code=2, stderr="the server is overloaded\n"))

    with pytest.raises(ToolError, match=r"kubectl can't compare; run './invokew status'") as caught:
        list(preview._compared(lab, read(DIST / "single.k8s.yaml")))

    assert caught.value.details == ("the server is overloaded",)


def test_images_in_the_store_are_named_as_the_pods_would_name_them_and_others_as_committed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gateway's is in the store too, but older than its source: its Deployment is to be told as changed."""
    ours = {settings.images.engine.name, settings.images.gateway.name}
    fresh = Source(folder=from_root("workloads"), target="engine").digest()
    monkeypatch.setattr(docker, "image", lambda name: ("sha256:0123456789abcdef", fresh) if name in ours else None)

    found = preview.resolved(settings, settings.topology("multi")).images

    assert found.engine.name.endswith("-0123456789ab")
    assert found.gateway.name == settings.images.gateway.name
    assert found.redpanda.name == settings.images.redpanda.name
