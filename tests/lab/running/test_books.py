from collections.abc import Generator
from typing import Any

import pytest

from lab.api.follow import Stream, World
from lab.api.kube import Object
from lab.errors import ToolError
from lab.experiment.topology import Shard, Topology
from lab.measure.counters import Series
from lab.measure.prometheus import Prometheus
from lab.running import books
from lab.running.books import Books, still_there, unscraped
from tests.lab.served import served

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


class Scrapes(Prometheus):
    """What was scraped: `up` and the depth of each pod."""

    def __init__(self, depths: dict[str, float], *, ups: dict[str, float] | None = None) -> None:
        super().__init__("http://127.0.0.1:1")
        self._depths = depths
        self._ups = (
            ups if ups is not None else {f"me-shard-{shard}-{number}": 1.0 for shard in "ab" for number in range(2, 5)}
        )

    def query(self, promql: str, *, instant: float | None = None) -> tuple[Series, ...]:  # noqa: ARG002 - its signature
        found = self._ups if promql.startswith("up{") else self._depths
        return tuple(
            Series(labels={"pod": name, "side": "ask"}, points=((0.0, value),)) for name, value in found.items()
        )


def emptied(
    monkeypatch: pytest.MonkeyPatch,
    *,
    cluster: Cluster | None = None,
    scrapes: Scrapes | None = None,
    answers: dict[str, tuple[int, Any]] | None = None,
) -> tuple[books.Emptied, list[str]]:
    """Empty the books of two shards behind a gateway; what was asked of it."""
    found = cluster or Cluster()

    def follow(_kube: object, streams: tuple[Stream, ...], *, deadline: float) -> Generator[World]:
        world = World()
        world.known[streams[0]] = {one["metadata"]["uid"]: one for one in found.pods}
        yield world

    monkeypatch.setattr(books, "follow", follow)
    monkeypatch.setattr(books, "wait_ready", lambda *_, **__: None)
    monkeypatch.setattr(books, "SEEN", 0.0)
    with served(answers or {"/seed/a": (200, {"seeded": 0}), "/seed/b": (200, {"seeded": 0})}) as gateway:
        kube: Any = found
        came_to = Books(kube, scrapes or Scrapes({}), MULTI, entry=gateway.url).empty()
    return came_to, [path for path, *_ in gateway.asked]


def test_every_shard_gets_a_new_pod_which_is_reached_where_its_orders_are(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster()

    came_to, asked = emptied(monkeypatch, cluster=cluster)

    assert cluster.deleted == ["me-shard-a-1", "me-shard-b-1"]
    assert came_to.pods == {"me-shard-a-2": "agent-a", "me-shard-b-2": "agent-b"}
    assert asked == ["/seed/a", "/seed/b"]


def test_it_says_how_long_it_took() -> None:
    said = str(books.Emptied(restart=3.14, seconds=9.06, pods={}))

    assert said == "the shards restarted in 3.1 s, their books are empty (9.1 s in all)"


def test_fails_when_each_new_engine_has_orders_already(monkeypatch: pytest.MonkeyPatch) -> None:
    """It replays its write-ahead log, say."""
    resting = {f"me-shard-b-{number}": 4213.0 for number in range(2, 5)}

    with pytest.raises(ToolError, match=r"the book of me-shard-b-4 holds 4213 orders \(ask\) after 3 restarts"):
        emptied(monkeypatch, scrapes=Scrapes(resting))


def test_orders_that_an_overloaded_entry_delivers_late_are_restarted_away(monkeypatch: pytest.MonkeyPatch) -> None:
    came_to, _ = emptied(monkeypatch, scrapes=Scrapes({"me-shard-a-2": 43.0}))

    assert came_to.pods == {"me-shard-a-3": "agent-a", "me-shard-b-3": "agent-b"}


def test_what_rested_in_the_old_pods_book_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prometheus may know its last value for a while."""
    came_to, _ = emptied(monkeypatch, scrapes=Scrapes({"me-shard-a-1": 900.0}))

    assert len(came_to.pods) == 2


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"/seed/a": (200, {}), "/seed/b": (502, {"error": "Shard unavailable: b"})}, r"/seed/b answers 502 0 s after"),
        ({"/seed/a": (504, {})}, r"/seed/a answers 504"),
    ],
)
def test_fails_when_the_gateway_does_not_reach_a_new_engine(
    monkeypatch: pytest.MonkeyPatch, answers: dict[str, tuple[int, Any]], message: str
) -> None:
    with pytest.raises(ToolError, match=message):
        emptied(monkeypatch, answers=answers)


def test_fails_when_a_new_engine_is_not_scraped(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ToolError, match="me-shard-b-2 is not scraped"):
        emptied(monkeypatch, scrapes=Scrapes({}, ups={"me-shard-a-2": 1.0, "me-shard-b-2": 0.0}))


class Stubborn(Cluster):
    """A cluster in which a pod does not end."""

    def delete(self, _kind: str, name: str, **_where: Any) -> None:
        self.deleted.append(name)


def test_fails_when_an_old_engine_does_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ToolError, match=r"pod me-shard-a-1 has not ended 60 s after .*; run './invokew status'"):
        emptied(monkeypatch, cluster=Stubborn())


class Late(Cluster):
    """A cluster in which the new pods never become ready."""

    def delete(self, _kind: str, name: str, **_where: Any) -> None:
        super().delete(_kind, name)
        self.pods[-1] = pod(name.split("-")[2], 2, ready=False)


def test_a_deployment_that_calls_itself_ready_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its status is of before the restart for a moment."""
    with pytest.raises(ToolError, match="me-shard-a has no ready pod"):
        emptied(monkeypatch, cluster=Late())


def test_a_pod_that_leaves_is_no_ready_one() -> None:
    assert books.not_ready([pod("a", 1, leaves=True), pod("b", 1)], SHARDS) == "me-shard-a has no ready pod"
    assert books.not_ready([pod("a", 1, leaves=True), pod("a", 2), pod("b", 1)], SHARDS) == ""


def test_nothing_lacks_when_all_is_so() -> None:
    assert still_there([pod("a", 2)], {"uid-me-shard-a-1"}) == ""
    assert unscraped({"x": 1.0}, ["x"]) == ""
