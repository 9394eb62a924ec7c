from collections.abc import Generator
from typing import Any

import pytest

from lab.cluster.follow import Stream, World
from lab.cluster.kube import Object
from lab.core import causes
from lab.core.access import SPEC
from lab.core.errors import ToolError
from lab.runtime.k3d import restart as restart_
from lab.runtime.k3d.restart import not_ready, restart, still_there
from lab.settings.topology import Shard, Topology
from tests.lab.caused import by

SHARDS = (Shard(id="a", symbols=("A",)), Shard(id="b", symbols=("B",)))
MULTI = Topology(name="multi", shards=SHARDS)


def pod(shard: str, generation: int, *, ready: bool = True, leaves: bool = False) -> Object:
    name = f"me-shard-{shard}-{generation}"
    metadata: dict[str, Any] = {"name": name, "uid": f"uid-{name}", "namespace": "matching-engine"}
    metadata["labels"] = {"app": "matching-engine", "shard": shard}
    if leaves:
        metadata["deletionTimestamp"] = "2026-11-22T20:00:00Z"
    status = {"conditions": [{"type": "Ready", "status": "True" if ready else "False"}]}
    return {"metadata": metadata, "spec": {"nodeName": f"agent-{shard}"}, "status": status}


class Cluster:
    """A cluster whose controllers make a new pod in place of each that is deleted."""

    namespaces = SPEC

    def __init__(self) -> None:
        self.pods = [pod("a", 1), pod("b", 1)]
        self.deleted: list[str] = []

    def items(self, kind: str, **_where: Any) -> list[Object]:
        assert kind == "Pod"
        return list(self.pods)

    def delete(self, _kind: str, name: str, **_where: Any) -> None:
        self.deleted.append(name)
        self.pods = [one for one in self.pods if one["metadata"]["name"] != name]
        _, _, shard, generation = name.split("-")
        self.pods.append(pod(shard, int(generation) + 1))


def restarted(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Restart two shards; their new pods with their nodes."""

    def follow(_kube: object, streams: tuple[Stream, ...], *, deadline: float) -> Generator[World]:
        world = World()
        world.known[streams[0]] = {one["metadata"]["uid"]: one for one in cluster.pods}
        yield world

    monkeypatch.setattr(restart_, "follow", follow)
    monkeypatch.setattr(restart_, "wait_ready", lambda *_, **__: None)
    kube: Any = cluster
    return restart(kube, MULTI, deadline=120)


def test_every_shard_gets_a_new_pod(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster()

    assert restarted(cluster, monkeypatch) == {"me-shard-a-2": "agent-a", "me-shard-b-2": "agent-b"}
    assert cluster.deleted == ["me-shard-a-1", "me-shard-b-1"]


class Stubborn(Cluster):
    """A cluster in which a pod does not end."""

    def delete(self, _kind: str, name: str, **_where: Any) -> None:
        self.deleted.append(name)


def test_fails_when_an_old_engine_does_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(
        ToolError,
        match=r"pod me-shard-a-1 has not ended 60 s after .*; run './invokew status'",
        check=by(causes.BOOKS_NOT_CLEAN),
    ):
        restarted(Stubborn(), monkeypatch)


class Late(Cluster):
    """A cluster in which the new pods never become ready."""

    def delete(self, _kind: str, name: str, **_where: Any) -> None:
        super().delete(_kind, name)
        self.pods[-1] = pod(name.split("-")[2], 2, ready=False)


def test_a_deployment_that_calls_itself_ready_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its status is of before the restart for a moment."""
    with pytest.raises(ToolError, match="me-shard-a has no ready pod"):
        restarted(Late(), monkeypatch)


def test_a_pod_that_leaves_is_no_ready_one() -> None:
    assert not_ready([pod("a", 1, leaves=True), pod("b", 1)], SHARDS) == "me-shard-a has no ready pod"
    assert not_ready([pod("a", 1, leaves=True), pod("a", 2), pod("b", 1)], SHARDS) == ""


def test_nothing_lacks_when_all_is_so() -> None:
    assert still_there([pod("a", 2)], {"uid-me-shard-a-1"}) == ""
    assert not_ready([pod("a", 2), pod("b", 2)], SHARDS) == ""
