"""The watches side by side, against a cluster that breaks off, refuses, or hangs."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from lab.cluster import follow as following
from lab.cluster.follow import Stream, World, follow, named
from lab.cluster.kube import ApiError, Change, Object
from lab.core.errors import ToolError
from lab.process import shell
from lab.process.shell import InterruptedLabError
from tests.lab.cluster_objects import pod

PODS = Stream(kind="Pod", namespace="matching-engine")
HANGS = threading.Event()


class Scripted:
    """A cluster whose watches are told what to say: one item of the script a watch; having said all, it hangs."""

    def __init__(self, *script: Callable[[], Iterator[Change]]) -> None:
        self.script = list(script)

    def watch(self, *_kind: Any, **_where: Any) -> Iterator[Change]:
        yield from self.script.pop(0)() if self.script else hang()


def hang() -> Iterator[Change]:
    HANGS.wait()
    yield from ()


def said(*changes: Change | ToolError) -> Callable[[], Iterator[Change]]:
    def watch() -> Iterator[Change]:
        for change in changes:
            if isinstance(change, ToolError):
                raise change
            yield change

    return watch


def listed(*objects: Object) -> Change:
    return Change(type="LISTED", objects=objects)


def changed(kind: str, found: Object) -> Change:
    return Change(type=kind, objects=(found,))


@pytest.fixture(autouse=True)
def _brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "PAUSE", 0.001)
    monkeypatch.setattr(following, "TICK", 0.01)


def uids(world: World) -> set[str]:
    return {found["metadata"]["uid"] for found in world.objects("Pod", "matching-engine")}


def test_changes_are_laid_over_what_was_listed() -> None:
    world, a, b = World(), pod(uid="a"), pod(uid="b")
    for change in (listed(a), changed("ADDED", b), changed("MODIFIED", {**b, "new": True}), changed("DELETED", a)):
        world.learn(PODS, change)

    assert world.objects("Pod") == ({**b, "new": True},)


def test_a_new_list_takes_the_place_of_all_before() -> None:
    """What was deleted while nobody watched is not in it."""
    world = World()
    world.learn(PODS, listed(pod(uid="a"), pod(uid="b")))
    world.learn(PODS, listed(pod(uid="b")))

    assert uids(world) == {"b"}


def test_objects_of_other_namespaces_are_left_out() -> None:
    world = World()
    world.learn(Stream(kind="Pod"), listed(pod(), pod(uid="x", namespace="elsewhere")))

    assert len(world.objects("Pod", "elsewhere")) == 1
    assert len(world.objects("Pod")) == 2


def test_an_object_is_found_by_its_name() -> None:
    assert named((pod(),), "me-shard-a-new") == pod()
    assert named((), "me-shard-a-new") is None


@pytest.mark.parametrize(
    "ending",
    [
        said(listed(pod(uid="a"))),
        said(listed(pod(uid="a")), ApiError("gone", code=410)),
        said(listed(pod(uid="a")), ApiError("the connection broke", code=0)),
        said(ApiError("connection refused", code=0)),
    ],
    ids=["the server ends the watch", "410", "the connection breaks", "nobody listens yet"],
)
def test_a_watch_that_ends_begins_anew(ending: Callable[[], Iterator[Change]]) -> None:
    kube = Scripted(ending, said(listed(pod(uid="b"))))

    with closing(follow(kube, (PODS,), deadline=30)) as worlds:  # type: ignore[arg-type]
        assert next(uids(world) for world in worlds if uids(world) == {"b"})


def test_the_deadline_holds_though_the_server_hangs() -> None:
    assert list(follow(Scripted(), (PODS,), deadline=0.05)) == []  # type: ignore[arg-type]


def test_trouble_is_told_while_it_lasts() -> None:
    kube = Scripted(said(ApiError("connection refused", code=0)))

    with closing(follow(kube, (PODS,), deadline=30)) as worlds:  # type: ignore[arg-type]
        assert next(worlds).trouble == "connection refused"


@pytest.mark.parametrize("error", [ApiError("not allowed", code=403), ToolError("no kubeconfig")])
def test_what_no_waiting_heals_ends_it(error: ToolError) -> None:
    with pytest.raises(ToolError, match=error.summary):
        next(follow(Scripted(said(error)), (PODS,), deadline=30))  # type: ignore[arg-type]


def test_it_ends_when_the_lab_is_stopped(request: pytest.FixtureRequest) -> None:
    request.addfinalizer(shell.resume)
    shell.stop_all()

    with pytest.raises(InterruptedLabError):
        next(follow(Scripted(), (PODS,), deadline=30))  # type: ignore[arg-type]
