from collections.abc import Generator, Iterator
from contextlib import nullcontext
from typing import Any

import pytest

from lab.cluster import readiness
from lab.cluster.follow import Stream, World
from lab.cluster.kube import Object
from lab.cluster.readiness import (
    are_ready,
    await_default_storage,
    facts_of,
    streams,
    unready,
    wait_nodes_ready,
    wait_ready,
)
from lab.cluster.rollout import Ready, State, Target
from lab.core import causes
from lab.core.errors import ToolError
from tests.lab.caused import by
from tests.lab.cluster_objects import (
    BROKER,
    IMAGE,
    SHARD,
    container,
    deployment,
    ended,
    pod,
    replica_set,
    stateful_set,
    warning,
)
from tests.lab.doubles import FakeKube

RUNNING = container(state={"running": {}}, ready=True)
STARTING = container(waiting="ContainerCreating")
NO_IMAGE = container(waiting="ErrImageNeverPull")


def world(*, of: Target = SHARD, trouble: str = "", **objects: tuple[Object, ...]) -> World:
    """What is known, by kind: a workload, its replica set, pods and events."""
    made = World(trouble=trouble)
    known = {"ReplicaSet": (replica_set("2", "new"), replica_set("1", "old")), **objects}
    for kind, found in known.items():
        made.known[Stream(kind=kind, namespace=of.namespace)] = {item["metadata"]["uid"]: item for item in found}
    return made


class Cluster:
    """Notes what is deleted; has a log for the container before."""

    def __init__(self) -> None:
        self.deleted: list[str] = []

    def delete(self, _kind: str, name: str, **_where: Any) -> None:
        self.deleted.append(name)

    def logs(self, pod: str, *, previous: bool, **_where: Any) -> list[str]:
        return [f"{pod} {'before' if previous else 'now'}: no broker"]

    def find(self, _kind: str, name: str, **_where: Any) -> Object | None:
        return {"ready": deployment(availableReplicas=1), "late": deployment()}.get(name)


def waits(
    monkeypatch: pytest.MonkeyPatch, *worlds: World, targets: tuple[Target, ...] = (SHARD,)
) -> tuple[Cluster, list[tuple[str, State]]]:
    """Wait on a cluster that shows these worlds, one after the other, until the deadline."""

    def follow(*_watched: Any, **_deadline: Any) -> Generator[World]:
        yield from worlds

    cluster: Cluster = Cluster()
    told: list[tuple[str, State]] = []
    monkeypatch.setattr(readiness, "follow", follow)
    wait_ready(cluster, targets, deadline=120, on_progress=lambda target, state: told.append((str(target), state)))  # type: ignore[arg-type]
    return cluster, told


def test_it_ends_when_all_targets_are_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    up = (deployment(availableReplicas=1),)
    broker = (stateful_set(availableReplicas=1),)
    late, ready = world(Deployment=up, StatefulSet=()), world(Deployment=up, StatefulSet=broker)

    _, told = waits(monkeypatch, late, ready, targets=(SHARD, BROKER))

    assert [(name, state.reason) for name, state in told] == [
        ("me-shard-a", "ready"),
        ("redpanda", "it does not exist yet"),
        ("redpanda", "ready"),
    ]


def test_a_failure_ends_it_with_the_cause_the_remedy_and_the_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = pod(NO_IMAGE)
    warned = warning("Failed", "Error: ErrImageNeverPull", on=failed)
    worlds = (world(Deployment=(deployment(),)), world(Deployment=(deployment(),), Pod=(failed,), Event=(warned,)))

    with pytest.raises(ToolError) as caught:
        waits(monkeypatch, *worlds, targets=(SHARD, BROKER))

    assert (
        caught.value.summary
        == f"me-shard-a is not ready after 0 s: ErrImageNeverPull for '{IMAGE}'; run './invokew images'"
    )
    assert caught.value.details == (
        "me-shard-a-new now: no broker",
        "me-shard-a-new: Failed: Error: ErrImageNeverPull",
        "redpanda: it does not exist yet",
    )


UP = (deployment(),)
CRAMPED = pod(conditions=[{"type": "PodScheduled", "status": "False", "message": "Insufficient cpu"}])
CRASHED = pod(container(waiting="CrashLoopBackOff", restarts=2, lastState=ended(3)))
UNREADY: dict[str, tuple[tuple[World, ...], str]] = {
    "a crash loop": ((world(Deployment=UP), world(Deployment=UP, Pod=(CRASHED,))), r"CrashLoopBackOff of container matching-engine \(exit code 3\)"),
    "trouble that outlasts its patience": ((world(Deployment=UP, Pod=(CRAMPED,)),), "finds no node: Insufficient cpu; free room on the nodes"),
    "the deadline": ((world(Deployment=UP, Pod=(pod(STARTING),)),), "me-shard-a is not ready after 0 s: ContainerCreating of container matching-engine"),
    "the cluster hangs": ((), "me-shard-a is not ready after 0 s: the cluster doesn't answer"),
    "the cluster refuses": ((world(trouble="connection refused"),), "me-shard-a is not ready after 0 s: the cluster doesn't answer"),
    "a fresh pod in trouble": ((world(Deployment=UP, Pod=(pod(NO_IMAGE, uid="old"),)), world(Deployment=UP, Pod=(pod(NO_IMAGE, uid="fresh"),))), "ErrImageNeverPull"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNREADY)
def test_what_can_not_become_ready_or_does_not_in_time_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    worlds, message = UNREADY[name]
    monkeypatch.setattr("lab.cluster.rollout.PATIENCE", -1.0)

    with pytest.raises(ToolError, match=message) as caught:
        waits(monkeypatch, *worlds)

    # The last lines of the container before tell why it crashes.
    assert "me-shard-a-new before: no broker" in caught.value.details or name != "a crash loop"


@pytest.mark.parametrize(("seconds", "ends"), [(0.0, True), (60.0, False)])
def test_each_target_has_the_time_that_the_settings_give_it(
    monkeypatch: pytest.MonkeyPatch, seconds: float, *, ends: bool
) -> None:
    """A broken gateway is told in its own time, however long an engine may take."""
    gateway = Target(
        kind="Deployment",
        namespace=SHARD.namespace,
        name="me-shard-a",
        deadline=seconds or 1e-9,
        setting="deadlines.gateway",
    )
    starting = world(Deployment=UP, Pod=(pod(STARTING),))
    ready = world(Deployment=(deployment(availableReplicas=1),))
    told = f"run './invokew status'; if it only needs longer than {gateway.deadline:g} s, raise deadlines.gateway"

    with pytest.raises(ToolError, match=told) if ends else nullcontext():
        waits(monkeypatch, starting, ready, targets=(gateway,))


def test_a_pod_in_trouble_from_before_gets_one_fresh_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mended in between, it would be tried again by the cluster in up to five minutes only."""
    broken = pod(NO_IMAGE, uid="old")
    still_there = world(Deployment=(deployment(),), Pod=(broken,))
    ready = world(Deployment=(deployment(availableReplicas=1),), Pod=(pod(RUNNING),))

    cluster, told = waits(monkeypatch, still_there, still_there, ready)

    assert cluster.deleted == ["me-shard-a-new"]
    assert isinstance(told[-1][1], Ready)


def test_only_pods_of_the_newest_revision_count_for_a_deployment() -> None:
    """The old one's crash loop is why it is being replaced."""
    new, old = pod(STARTING), pod(NO_IMAGE, digest="old")

    assert facts_of(SHARD, world(Deployment=(deployment(),), Pod=(new, old))).pods == (new,)


def test_no_pod_counts_before_the_newest_revision_has_its_replica_set() -> None:
    known = world(Deployment=(deployment(),), ReplicaSet=(replica_set("1", "old"),), Pod=(pod(NO_IMAGE, digest="old"),))

    assert facts_of(SHARD, known).pods == ()


def test_a_stateful_sets_old_pod_counts() -> None:
    """Stuck, it keeps the new one from being made."""
    old = pod(NO_IMAGE, of="redpanda", digest="0")

    assert facts_of(BROKER, world(StatefulSet=(stateful_set(),), Pod=(old,))).pods == (old,)


def test_a_pod_on_its_way_out_is_no_longer_judged_but_known_to_leave() -> None:
    leaving = pod(NO_IMAGE, deletionTimestamp="2026-11-22T17:47:12Z")

    facts = facts_of(SHARD, world(Deployment=(deployment(),), Pod=(leaving,)))

    assert (facts.pods, facts.leaving) == ((), True)


def test_warnings_are_those_on_these_very_pods_in_their_order() -> None:
    """A StatefulSet's pods bear the same name one after the other."""
    present, gone = pod(STARTING, uid="now"), pod(uid="gone")
    later = warning("FailedMount", "b", on=present, at="2026-11-22T17:47:12Z")
    earlier = warning("FailedMount", "a", on=present, at="2026-11-22T17:47:10Z")
    other = warning("FailedMount", "c", on=gone, at="2026-11-22T17:47:11Z")

    assert facts_of(
        SHARD, world(Deployment=(deployment(),), Pod=(present,), Event=(later, other, earlier))
    ).warnings == (earlier, later)


def test_each_kind_is_watched_once_a_namespace() -> None:
    second = Target(kind="Deployment", namespace=SHARD.namespace, name="me-shard-b")

    assert [stream.kind for stream in streams((SHARD, second, BROKER))] == [
        "Deployment",
        "Pod",
        "ReplicaSet",
        "Event",
        "StatefulSet",
    ]


@pytest.mark.parametrize(("names", "ready"), [(("ready",), True), (("ready", "late"), False), (("absent",), False)])
def test_readiness_can_be_asked_without_waiting(names: tuple[str, ...], ready: bool) -> None:
    targets = [Target(kind="Deployment", namespace="n", name=name) for name in names]

    assert are_ready(Cluster(), targets) is ready  # type: ignore[arg-type]


def node(name: str, ready: str, message: str = "") -> Object:
    return {
        "metadata": {"name": name, "uid": name},
        "status": {"conditions": [{"type": "Ready", "status": ready, "message": message}]},
    }


@pytest.mark.parametrize(
    ("nodes", "lacking"),
    [
        ((node("a", "True"), node("b", "True")), ""),
        ((node("a", "True"),), "1 of 2 nodes are there"),
        ((node("a", "True"), node("b", "False", "cni plugin not initialized")), "b: cni plugin not initialized"),
        ((node("a", "True"), node("b", "Unknown")), "b: not ready yet"),
    ],
)
def test_what_the_nodes_lack_is_named(nodes: tuple[Object, ...], lacking: str) -> None:
    assert unready(nodes, 2) == lacking


def test_the_wait_for_nodes_ends_or_names_what_they_lack(monkeypatch: pytest.MonkeyPatch) -> None:
    def follow(*_watched: Any, **_deadline: Any) -> Generator[World]:
        yield world(Node=(node("a", "True"),))

    monkeypatch.setattr(readiness, "follow", follow)
    wait_nodes_ready(Cluster(), 1, deadline=60)  # type: ignore[arg-type]

    with pytest.raises(
        ToolError,
        match=r"nodes are not ready after 60 s: 1 of 2 nodes are there; run '\./invokew doctor'",
        check=by(causes.NODE_NOT_READY),
    ):
        wait_nodes_ready(Cluster(), 2, deadline=60)  # type: ignore[arg-type]


def test_a_claim_waits_for_the_class_that_it_is_to_get(monkeypatch: pytest.MonkeyPatch) -> None:
    """k3s makes its own a moment after the API server answers."""
    monkeypatch.setattr(readiness, "PAUSE", 0.0)
    other = {"metadata": {"name": "slow", "annotations": None}}
    default = {"metadata": {"name": "local-path", "annotations": {readiness.DEFAULT_CLASS: "true"}}}
    answers: Iterator[list[dict[str, Any]]] = iter([[], [other], [other, default]])

    class Coming(FakeKube):
        def items(self, kind: str, **_: object) -> list[dict[str, Any]]:
            assert kind == "StorageClass"
            return next(answers)

    await_default_storage(Coming(), deadline=60)  # type: ignore[arg-type]
    assert next(answers, None) is None

    with pytest.raises(ToolError, match="no default storage class", check=by(causes.VOLUME_NOT_BOUND)):
        await_default_storage(FakeKube(), deadline=0)  # type: ignore[arg-type]
