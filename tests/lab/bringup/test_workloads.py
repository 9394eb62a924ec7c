"""What is applied, pruned and waited for, and when there is nothing to do."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from lab.bringup import images, switch, workloads
from lab.bringup.workloads import Workloads
from lab.cluster import topics
from lab.cluster.lab import Lab
from lab.core.errors import ToolError
from lab.core.ownership import TOPOLOGY
from lab.core.paths import DIST
from lab.manifests import manifest, node_ranges, phases, synthesis
from lab.process.steps import Graph
from lab.settings.settings import Settings
from lab.settings.topology import Topology
from lab.tools import docker
from tests.lab.doubles import ONE, TWO, FakeKube, Recorder, is_done, lab_of, silent


class World:
    """What is ready in the cluster, and what was waited for."""

    def __init__(self) -> None:
        self.ready: set[str] = set()
        self.waited: list[list[str]] = []

    def are_ready(self, _kube: object, targets: Sequence[Any]) -> bool:
        return {target.name for target in targets} <= self.ready

    def wait_ready(self, _kube: object, targets: Sequence[Any], **_: object) -> None:
        self.waited.append([target.name for target in targets])


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()
    monkeypatch.setattr(workloads, "await_default_storage", lambda _kube, **_: made.waited.append(["storage"]))
    monkeypatch.setattr(workloads, "are_ready", made.are_ready)
    monkeypatch.setattr(workloads, "wait_ready", made.wait_ready)
    return made


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recorder = Recorder().on("inspect", stdout="sha256:0123456789abcdef null").on("diff", code=1)
    return recorder.instead_of_run(monkeypatch, manifest, node_ranges, switch, images, docker)


@pytest.fixture
def made(lab: Lab, kube: FakeKube, tmp_path: Path) -> Workloads:
    return workloads_of(lab, kube, tmp_path, ONE)


def workloads_of(lab: Lab, kube: FakeKube, folder: Path, topology: Topology) -> Workloads:
    """Workloads of a committed manifest, in a cluster that has a Deployment and no entry yet."""
    there = {"metadata": {"name": "me-shard-a", "namespace": "matching-engine"}}
    stands = {"metadata": {"name": "matching-engine", "annotations": {TOPOLOGY: "single"}}}
    kube.objects = {"Namespace": [stands], "Deployment": [there]}
    found = Workloads(lab, topology)
    found.manifest.path = folder / f"{topology.name}.k8s.yaml"
    found.manifest.path.write_text((DIST / f"{topology.name}.k8s.yaml").read_text("utf-8"), "utf-8")
    return found


def test_the_broker_s_part_comes_first_and_the_engines_second(made: Workloads, run: Recorder, world: World) -> None:
    """An engine gives Kafka up for good when the broker's name does not resolve at its start."""
    del world
    made.broker(()).run(silent)
    made.shards(()).run(silent)

    selectors = [c.argv[c.argv.index("--selector") + 1] for c in run.asked("apply")]
    assert selectors == [phases.NOT_WORKLOADS, phases.WORKLOADS]


def test_nothing_is_compared_with_a_namespace_that_is_not_there(made: Workloads, kube: FakeKube, run: Recorder) -> None:
    kube.objects.clear()

    assert is_done(made.broker(())) is None
    assert not run.asked("diff")


@pytest.mark.parametrize(("code", "reason"), [(0, "no difference"), (1, None), (2, None)])
def test_only_what_does_not_differ_is_not_applied_again(
    made: Workloads, run: Recorder, code: int, reason: str | None
) -> None:
    """A comparison that fails is no proof."""
    run.on("diff", code=code, stderr="the server is currently unable to handle the request")

    assert is_done(made.broker(())) == reason


def test_every_shard_the_gateway_and_the_control_are_waited_for(
    lab: Lab, kube: FakeKube, run: Recorder, world: World, tmp_path: Path
) -> None:
    del run
    workloads_of(lab, kube, tmp_path, TWO).shards(()).run(silent)

    assert world.waited == [["me-shard-a", "me-shard-b", "edge-gateway", "control"]]


ADDED = "diff -N L/x M/x\n--- L/x\n+++ M/x\n@@ -0,0 +1,2 @@\n+kind: Deployment\n+metadata: {name: me-shard-a}\n"
"""What kubectl prints of an object that isn't there."""


def test_a_step_says_what_it_changed(made: Workloads, run: Recorder, world: World) -> None:
    del world
    run.on("diff", code=1, stdout=ADDED)
    for step in (made.broker(()), made.shards(())):
        assert is_done(step) is None
        assert step.run(silent) == "1 added"


def test_a_step_that_could_not_compare_says_how_much_it_applied(
    made: Workloads, kube: FakeKube, run: Recorder, world: World
) -> None:
    """A fresh lab has nothing to compare with, and the comparison would take a second."""
    del world
    kube.objects.clear()
    run.on("apply", stdout="service/a serverside-applied\n")
    for step in (made.broker(()), made.shards(())):
        assert is_done(step) is None
        assert step.run(silent) == "1 applied"

    assert not run.asked("diff")


SHARDS = [
    ("all as it is to be", {"me-shard-a", "control"}, 0, "no difference"),
    ("not ready", {"control"}, 0, None),
    ("the control is not ready", {"me-shard-a"}, 0, None),
    ("something differs", {"me-shard-a", "control"}, 1, None),
    ("the cluster can't tell", {"me-shard-a", "control"}, 2, None),
]


@pytest.mark.parametrize("row", [row[1:] for row in SHARDS], ids=[row[0] for row in SHARDS])
def test_shards_are_done_when_they_are_ready_and_the_same(
    made: Workloads, run: Recorder, world: World, row: tuple[set[str], int, str | None]
) -> None:
    world.ready, code, reason = row
    run.on("diff", code=code, stdout=ADDED if code else "")

    assert is_done(made.shards(())) == reason


def test_a_gateway_that_lacks_a_symbol_never_reaches_the_cluster(
    lab: Lab, kube: FakeKube, run: Recorder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = workloads_of(lab, kube, tmp_path, TWO)
    sound = found.manifest.path.read_text("utf-8")
    tampered = sound.replace(":TEST-ASSET-F", "")
    assert tampered != sound
    monkeypatch.setattr(synthesis, "is_current", lambda *_: False)
    monkeypatch.setattr(synthesis, "render", lambda *_: found.manifest.path.write_text(tampered, "utf-8"))

    with pytest.raises(ToolError, match=r"symbols of shard b must be .*; lacking TEST-ASSET-F"):
        Graph([found.synth(()), found.broker(("synth",)), found.shards(("apply",))]).run()

    assert not run.asked("apply")


def test_a_manifest_that_someone_has_spoilt_is_synthesized_again(
    made: Workloads, run: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    del run
    monkeypatch.setattr(synthesis, "is_current", lambda *_: True)
    made.manifest.path.write_text(
        made.manifest.path.read_text("utf-8").replace("containerPort: 9092", "containerPort: 9093"), "utf-8"
    )

    assert is_done(made.synth(())) is None


TOPICS = [
    ({"redpanda"}, {"orders": 12, "matches": 12}, "orders, matches with 12 partitions"),
    ({"redpanda"}, {"orders": 12, "matches": 11}, None),
    ({"redpanda"}, {"orders": 12}, None),
    (set(), {"orders": 12, "matches": 12}, None),
]


@pytest.mark.parametrize("row", TOPICS)
def test_topics_are_done_when_the_broker_has_them_in_full(
    made: Workloads, world: World, monkeypatch: pytest.MonkeyPatch, row: tuple[set[str], dict[str, int], str | None]
) -> None:
    """Creating topics that exist fails."""
    world.ready, found, reason = row
    monkeypatch.setattr(topics, "read", lambda _: found)

    assert is_done(made.topics(())) == reason


def test_topics_are_made_when_the_broker_is_ready(
    made: Workloads, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr(topics, "ensure", lambda _kube, *what: asked.append((list(world.waited), *what)))

    made.topics(()).run(silent)

    assert asked == [([["redpanda"]], ("orders", "matches"), 12)]


def test_images_are_looked_up_once_however_often_they_are_asked_for(made: Workloads, run: Recorder) -> None:
    first = made.resolved()

    assert made.resolved() is first
    assert len(run.asked("inspect")) == 5
    assert first.images.engine.name.endswith(":experiment-v1-0123456789ab")


def test_a_manifest_is_synthesized_when_it_is_not_current(
    made: Workloads, run: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    del run
    asked: list[tuple[Any, ...]] = []
    monkeypatch.setattr(synthesis, "render", lambda *what: asked.append(what))
    for current, reason in ((True, "single.k8s.yaml is current"), (False, None)):
        monkeypatch.setattr(synthesis, "is_current", lambda *_, current=current: current)
        assert is_done(made.synth(())) == reason

    made.synth(()).run(silent)

    assert asked == [(made.resolved(), made.lab.layout, "single")]


def test_the_lab_keeps_what_it_applies_apart_from_dist(settings: Settings, kube: FakeKube) -> None:
    assert lab_of(settings, kube).manifest(ONE).parts[-3:] == (".lab", "manifests", "single.k8s.yaml")
