"""The broker's StatefulSet, taken away and brought back: the mark it bears meanwhile, and what to wait for."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from http import HTTPStatus

from lab.cluster import journal
from lab.cluster.follow import Stream, follow
from lab.cluster.journal import Outage
from lab.cluster.kube import ApiError, Kube, Object
from lab.cluster.rollout import Target, is_leaving
from lab.core.causes import BROKER_FAILING
from lab.core.errors import FaultError
from lab.core.part_labels import BROKER

MARK = "matching-engine-lab/outage"
"""The annotation that holds the outage in the cluster, so that it is undone even when `.lab/` is lost."""
PAUSE = 0.5
"""Seconds between two looks at how far the topics are written; the broker can't be watched for that."""

Written = Callable[[], Mapping[str, int]]
"""Reads how many records each topic has ever taken."""


def find(kube: Kube) -> Object | None:
    """The broker's StatefulSet, or None when there is none."""
    return kube.find("StatefulSet", BROKER, namespace=kube.namespaces.workloads)


def restore(kube: Kube, outage: Outage) -> bool:
    """Scale back to what was before, unless that is done already; whether this call did it.

    The mark and the replicas change in one step that holds only while the mark is this outage's, so any number of
    rescuers may try, and none undoes a later outage.

    Raises:
        ApiError: The cluster doesn't answer, or refuses.
    """
    broker = kube.find("StatefulSet", outage.name, namespace=outage.namespace)
    under_way = marked(broker) if broker else None
    if under_way is None or under_way.id != outage.id:
        return False
    try:
        kube.patch("StatefulSet", outage.name, restoring(outage), namespace=outage.namespace)
    except ApiError as error:
        if error.status != HTTPStatus.UNPROCESSABLE_ENTITY:  # a patch whose test did not hold
            raise
        return False
    return True


def taking(broker: Object, outage: Outage) -> list[Object]:
    """The patch that marks the StatefulSet and scales it to 0, if it is still as it was read."""
    annotations = {**(broker["metadata"].get("annotations") or {}), MARK: journal.dump(outage)}
    return [
        {"op": "test", "path": "/metadata/resourceVersion", "value": broker["metadata"]["resourceVersion"]},
        {"op": "add", "path": "/metadata/annotations", "value": annotations},
        {"op": "replace", "path": "/spec/replicas", "value": 0},
    ]


def restoring(outage: Outage) -> list[Object]:
    """The patch that takes the mark off and scales back, if the mark is this outage's."""
    way = "/metadata/annotations/" + MARK.replace("/", "~1")
    return [
        {"op": "test", "path": way, "value": journal.dump(outage)},
        {"op": "replace", "path": "/spec/replicas", "value": outage.replicas},
        {"op": "remove", "path": way},
    ]


def marked(broker: Object) -> Outage | None:
    """The outage that a StatefulSet is marked with.

    Raises:
        FaultError: The mark can't be read.
    """
    mark = (broker["metadata"].get("annotations") or {}).get(MARK)
    try:
        return journal.load(mark) if mark else None
    except ValueError as error:
        where = broker["metadata"]["namespace"]
        remedy = f"'kubectl annotate -n {where} statefulset {BROKER} {MARK}-' and run './invokew up'"
        raise FaultError(
            f"the annotation {MARK} of {BROKER} is not an outage: {mark}; remove it by {remedy}"
        ) from error


def target(outage: Outage) -> Target:
    """The workload that must be ready again."""
    return Target(kind="StatefulSet", namespace=outage.namespace, name=outage.name)


def wait_gone(kube: Kube, *, deadline: float, over: threading.Event) -> None:
    """Wait until the broker has no pod left.

    Raises:
        FaultError: It still has one at the deadline (seconds), or the outage was ended meanwhile.
    """
    with closing(follow(kube, (Stream(kind="Pod", namespace=kube.namespaces.workloads),), deadline=deadline)) as worlds:
        for world in worlds:
            if over.is_set():
                raise FaultError("the outage was ended while it began")
            if not world.trouble and not any(map(_is_brokers, world.objects("Pod"))):
                return
    raise FaultError(f"{BROKER} still has a pod {deadline:g} s after it was scaled to 0; run './invokew status'")


def wait_written(written: Written, names: Sequence[str], *, deadline: float) -> None:
    """Wait until each topic has taken more records than now.

    Raises:
        FaultError: One has not within the deadline (seconds).
    """
    ends, before = time.monotonic() + deadline, written()
    after = before
    while still := [name for name in names if after[name] <= before[name]]:
        if time.monotonic() > ends:
            raise FaultError(
                f"nothing was published to {', '.join(still)} for {deadline:g} s; run './invokew logs'",
                cause=BROKER_FAILING,
            )
        time.sleep(PAUSE)
        after = written()


def _is_brokers(pod: Object) -> bool:
    owners = pod["metadata"].get("ownerReferences") or ()
    return any(owner["kind"] == "StatefulSet" and owner["name"] == BROKER for owner in owners)


def pods(kube: Kube) -> tuple[str, ...]:
    """The pods that the broker's Service leads to, ready or not; those that end are on their way out.

    Raises:
        ToolError: The cluster doesn't answer.
    """
    found = kube.items("Pod", namespace=kube.namespaces.workloads, labels=f"app={BROKER}")
    return tuple(pod["metadata"]["name"] for pod in found if not is_leaving(pod))
