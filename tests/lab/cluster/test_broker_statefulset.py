import threading
from collections.abc import Generator, Iterator
from typing import Any

import pytest

from lab.cluster import broker_statefulset as brokers
from lab.cluster import journal
from lab.cluster.broker_statefulset import MARK, marked, restore, restoring, taking, wait_gone, wait_written
from lab.cluster.follow import Stream, World
from lab.cluster.kube import ApiError, Object
from lab.core import causes
from lab.core.errors import FaultError
from tests.lab.caused import by
from tests.lab.doubles import FakeKube
from tests.lab.outages import Cluster, broker, outage

OF_BROKER = {
    "metadata": {"name": "redpanda-0", "uid": "1", "ownerReferences": [{"kind": "StatefulSet", "name": "redpanda"}]}
}
OF_SHARD = {"metadata": {"name": "me-shard-a-x", "uid": "2", "ownerReferences": [{"kind": "ReplicaSet", "name": "me"}]}}


def test_taking_away_marks_and_scales_in_one_step() -> None:
    cluster, planned = Cluster(broker(replicas=3)), outage(replicas=3)

    cluster.patch("StatefulSet", "redpanda", taking(broker(replicas=3), planned))

    assert cluster.replicas == 0
    assert cluster.annotations == {"kept": "yes", MARK: journal.dump(planned)}


def test_taking_away_is_refused_when_the_broker_changed_meanwhile() -> None:
    cluster = Cluster(broker())
    cluster.patch("StatefulSet", "redpanda", taking(broker(), outage(id="first")))

    with pytest.raises(ApiError, match="the test did not hold"):
        cluster.patch("StatefulSet", "redpanda", taking(broker(), outage(id="second")))


def test_bringing_back_gives_the_replicas_that_were_and_takes_the_mark_off() -> None:
    planned = outage(replicas=3)
    cluster = Cluster(broker(replicas=0, mark=planned))

    assert restore(cluster, planned)  # type: ignore[arg-type]

    assert cluster.replicas == 3
    assert cluster.annotations == {"kept": "yes"}


@pytest.mark.parametrize(
    "found",
    [None, broker(), broker(replicas=0, mark=outage(id="another"))],
    ids=["no broker", "brought back already", "another outage"],
)
def test_bringing_back_is_harmless_when_there_is_nothing_of_this_outage(found: Object | None) -> None:
    cluster = Cluster(found)

    assert not restore(cluster, outage(id="this"))  # type: ignore[arg-type]

    assert cluster.found == found


def test_of_two_who_bring_back_at_once_one_does() -> None:
    """The other has read the mark, but its patch's test no longer holds."""
    planned = outage()
    cluster = Cluster(broker(replicas=0, mark=planned))
    stale = cluster.find()
    cluster.patch("StatefulSet", "redpanda", restoring(planned))
    cluster.find = lambda *_kind, **_where: stale  # type: ignore[method-assign]

    assert not restore(cluster, planned)  # type: ignore[arg-type]

    assert cluster.replicas == 1


def test_bringing_back_fails_when_the_cluster_does(monkeypatch: pytest.MonkeyPatch) -> None:
    planned = outage()
    cluster = Cluster(broker(replicas=0, mark=planned))

    def refuse(*_what: Any, **_where: Any) -> Object:
        raise ApiError("can't change it", code=0)

    monkeypatch.setattr(cluster, "patch", refuse)
    with pytest.raises(ApiError):
        restore(cluster, planned)  # type: ignore[arg-type]


def test_a_mark_that_is_no_outage_is_named_with_its_remedy() -> None:
    with pytest.raises(FaultError, match="is not an outage: nonsense; remove it by 'kubectl annotate"):
        marked(broker(mark="nonsense"))


def shown(monkeypatch: pytest.MonkeyPatch, *pods: tuple[Object, ...]) -> None:
    """Let the cluster show these pods, one set after the other."""

    def follow(*_watched: Any, **_deadline: Any) -> Generator[World]:
        for found in pods:
            stream = Stream(kind="Pod", namespace="matching-engine")
            yield World(known={stream: {pod["metadata"]["uid"]: pod for pod in found}})

    monkeypatch.setattr(brokers, "follow", follow)


def waits_for_the_end(*, over: bool = False) -> None:
    ended = threading.Event()
    if over:
        ended.set()
    wait_gone(Cluster(), deadline=9, over=ended)  # type: ignore[arg-type]


def test_the_broker_is_gone_when_its_last_pod_is(monkeypatch: pytest.MonkeyPatch) -> None:
    shown(monkeypatch, (OF_BROKER, OF_SHARD), (OF_SHARD,))

    waits_for_the_end()


@pytest.mark.parametrize(
    ("over", "message"),
    [(False, "redpanda still has a pod 9 s after it was scaled to 0"), (True, "the outage was ended while it began")],
)
def test_fails_when_a_pod_of_the_broker_stays_or_the_outage_is_over(
    monkeypatch: pytest.MonkeyPatch, over: bool, message: str
) -> None:
    shown(monkeypatch, (OF_BROKER,))

    with pytest.raises(FaultError, match=message):
        waits_for_the_end(over=over)


def readings(*values: dict[str, int]) -> Iterator[dict[str, int]]:
    yield from values
    while True:
        yield values[-1]


def test_the_engine_publishes_again_when_every_topic_has_risen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brokers, "PAUSE", 0.001)
    read = readings({"orders": 5, "matches": 5}, {"orders": 6, "matches": 5}, {"orders": 7, "matches": 6})

    wait_written(lambda: next(read), ["orders", "matches"], deadline=60)


def test_fails_with_the_topics_to_which_nothing_is_published(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brokers, "PAUSE", 0.001)
    read = readings({"orders": 5, "matches": 5}, {"orders": 6, "matches": 5})

    with pytest.raises(
        FaultError, match=r"nothing was published to matches for 0\.01 s", check=by(causes.BROKER_FAILING)
    ):
        wait_written(lambda: next(read), ["orders", "matches"], deadline=0.01)


def test_a_pod_that_ends_is_none_that_the_service_leads_to() -> None:
    there = {"metadata": {"name": "redpanda-0", "namespace": "matching-engine"}}
    leaving = {"metadata": {**there["metadata"], "name": "redpanda-1", "deletionTimestamp": "2026-11-22T18:07:02Z"}}
    kube = FakeKube(objects={"Pod": [there, leaving]})

    assert brokers.pods(kube) == ("redpanda-0",)  # type: ignore[arg-type]
