"""What is applied, pruned and waited for, and when there is nothing to do."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from lab import docker, images, readiness, synthesis, topics, workloads
from lab.errors import ToolError
from lab.kubectl import IMMUTABLE, NOT_WORKLOADS, WORKLOADS
from lab.lab import Lab
from lab.settings import Settings
from lab.steps import Step
from lab.topology import Shard, Topology
from lab.workloads import Workloads
from tests.lab.doubles import FakeKube, Recorder, lab_of

ONE = Topology(name="single", shards=(Shard(id="a", symbols=("X",)),))
TWO = Topology(name="multi", shards=(Shard(id="a", symbols=("X",)), Shard(id="b", symbols=("Y",))))


def silent(_words: str) -> None:
    """Told what a step is at, and keeps it to itself."""


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
    monkeypatch.setattr(readiness, "are_ready", made.are_ready)
    monkeypatch.setattr(readiness, "wait_ready", made.wait_ready)
    return made


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recorder = Recorder().on("inspect", stdout="sha256:0123456789abcdef null").on("diff", code=1)
    for module in (workloads, images, docker):
        monkeypatch.setattr(module, "run", recorder)
    return recorder


@pytest.fixture
def made(lab: Lab, tmp_path: Path) -> Workloads:
    return workloads_of(lab, tmp_path, ONE)


def workloads_of(lab: Lab, folder: Path, topology: Topology) -> Workloads:
    """Workloads whose manifest has one Deployment."""
    lab.__dict__["kube"] = FakeKube({"Namespace": [{"metadata": {"name": "matching-engine"}}]})
    found = Workloads(lab, topology)
    found.manifest = folder / f"{topology.name}.k8s.yaml"
    found.manifest.write_text("kind: Deployment\nmetadata: {name: me-shard-a, namespace: matching-engine}\n")
    return found


def is_done(step: Step) -> str | None:
    assert step.is_done is not None
    return step.is_done()


def deployment(name: str) -> dict[str, Any]:
    return {"kind": "Deployment", "metadata": {"name": name, "namespace": "matching-engine"}}


def owned(*names: str) -> str:
    return json.dumps({"items": [deployment(name) for name in names]})


def test_the_broker_s_part_comes_first_and_the_engines_second(made: Workloads, run: Recorder, world: World) -> None:
    """Errata 26."""
    del world
    made.broker(()).run(silent)
    made.shards(()).run(silent)

    selectors = [c.argv[c.argv.index("--selector") + 1] for c in run.asked("apply")]
    assert selectors == [NOT_WORKLOADS, WORKLOADS]


def test_nothing_is_compared_with_a_namespace_that_is_not_there(made: Workloads, lab: Lab, run: Recorder) -> None:
    lab.__dict__["kube"] = FakeKube()

    assert is_done(made.broker(())) is None
    assert not run.asked("diff")


def test_what_does_not_differ_is_not_applied_again(made: Workloads, run: Recorder) -> None:
    assert is_done(made.broker(())) is None

    run.on("diff", code=0)

    assert is_done(made.broker(())) == "no difference"


def test_a_diff_that_fails_is_no_proof_that_nothing_differs(made: Workloads, run: Recorder) -> None:
    run.on("diff", code=2, stderr="the server is currently unable to handle the request")

    assert is_done(made.broker(())) is None


def test_a_broker_that_can_not_be_changed_is_made_anew_and_keeps_its_pods(made: Workloads, run: Recorder) -> None:
    run.on("apply", code=1, stderr=f"Forbidden: {IMMUTABLE} 'replicas' are forbidden")

    with pytest.raises(ToolError):
        made.broker(()).run(silent)

    assert [c.argv[5] for c in run.commands] == ["apply", "delete", "apply"]
    assert "--cascade=orphan" in run.asked("delete")[0].argv


def test_what_the_cluster_refuses_is_said_in_its_words(made: Workloads, run: Recorder) -> None:
    run.on("apply", code=1, stderr="warning\nError from server: quota exceeded\n")

    with pytest.raises(ToolError) as caught:
        made.broker(()).run(silent)

    assert caught.value.summary == (
        "the cluster refuses single.k8s.yaml: Error from server: quota exceeded; "
        "correct the settings, or run './invokew down' and try again"
    )
    assert caught.value.details == ("warning", "Error from server: quota exceeded")


def test_what_another_topology_left_is_deleted_after_the_apply(made: Workloads, run: Recorder, world: World) -> None:
    """Errata 19: single → multi → single."""
    run.on("get", stdout=owned("me-shard-a", "me-shard-b", "edge-gateway"))
    said: list[str] = []

    made.shards(()).run(said.append)

    assert [c.argv[5] for c in run.commands] == ["apply", "get", "delete"]
    assert run.asked("delete")[0].argv[-2:] == ("deployment/edge-gateway", "deployment/me-shard-b")
    assert said == ["pruning deployment/edge-gateway, deployment/me-shard-b"]
    assert world.waited == [["me-shard-a"]]


def test_every_shard_and_the_gateway_are_waited_for(lab: Lab, run: Recorder, world: World, tmp_path: Path) -> None:
    del run
    workloads_of(lab, tmp_path, TWO).shards(()).run(silent)

    assert world.waited == [["me-shard-a", "me-shard-b", "edge-gateway"]]


SHARDS = [
    ("all as it is to be", {"me-shard-a"}, 0, ("me-shard-a",), "no difference"),
    ("not ready", set(), 0, ("me-shard-a",), None),
    ("something differs", {"me-shard-a"}, 1, ("me-shard-a",), None),
    ("something is left over", {"me-shard-a"}, 0, ("me-shard-a", "me-shard-b"), None),
]


@pytest.mark.parametrize("row", [row[1:] for row in SHARDS], ids=[row[0] for row in SHARDS])
def test_shards_are_done_when_they_are_ready_the_same_and_alone(
    made: Workloads, run: Recorder, world: World, row: tuple[set[str], int, tuple[str, ...], str | None]
) -> None:
    world.ready, code, there, reason = row
    run.on("diff", code=code).on("get", stdout=owned(*there))

    assert is_done(made.shards(())) == reason


TOPICS = [
    ({"redpanda"}, {"orders": 12, "matches": 12}, "orders, matches with 12 partitions"),
    ({"redpanda"}, {"orders": 12, "matches": 11}, None),
    ({"redpanda"}, {"orders": 12}, None),
    (set(), {"orders": 12, "matches": 12}, None),
]


@pytest.mark.parametrize("row", TOPICS)
def test_topics_are_done_when_the_broker_has_them_in_full(
    made: Workloads,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    row: tuple[set[str], dict[str, int], str | None],
) -> None:
    """Errata 10."""
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
    assert len(run.asked("inspect")) == 4
    assert first.images.engine.name.endswith(":experiment-v1-0123456789ab")


def test_a_manifest_is_synthesized_when_it_is_not_current(
    made: Workloads, run: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    del run
    asked: list[tuple[Settings, str]] = []
    monkeypatch.setattr(synthesis, "render", lambda *what: asked.append(what))
    for current, reason in ((True, "single.k8s.yaml is current"), (False, None)):
        monkeypatch.setattr(synthesis, "is_current", lambda *_, current=current: current)
        assert is_done(made.synth(())) == reason

    made.synth(()).run(silent)

    assert asked == [(made.resolved(), "single")]


@pytest.mark.parametrize("content", [None, ""])
def test_a_synthesis_that_wrote_nothing_is_an_error(made: Workloads, content: str | None) -> None:
    made.manifest.unlink()
    if content is not None:
        made.manifest.write_text(content)

    with pytest.raises(ToolError, match=r"wrote no single.k8s.yaml; run './invokew synth'"):
        made.synth(()).check()


def test_the_lab_keeps_what_it_applies_apart_from_dist(settings: Settings, kube: FakeKube) -> None:
    assert lab_of(settings, kube).manifest(ONE).parts[-3:] == (".lab", "manifests", "single.k8s.yaml")
