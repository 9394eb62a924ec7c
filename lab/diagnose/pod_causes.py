"""What ails one pod, read from its status as the API gives it; None when nothing does that waiting won't heal."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lab.cluster.kube import Object
from lab.cluster.rollout import UNBOUND, about, conditions, statuses
from lab.core import causes
from lab.core.causes import Cause
from lab.core.figures import counted

NO_IMAGE = {"ErrImageNeverPull", "InvalidImageName", "ErrImagePull", "ImagePullBackOff"}
NO_START = {"CreateContainerConfigError", "CreateContainerError", "RunContainerError", "StartError"}
NO_VOLUME = ("FailedAttachVolume", "ProvisioningFailed")


@dataclass(frozen=True, kw_only=True)
class Ailment:
    """What ails a pod, with what shows it; `container` is empty when it is the pod itself."""

    cause: Cause
    why: str
    container: str = ""


def ailment(pod: Object, events: Sequence[Object], *, began: str = "") -> Ailment | None:
    """What ails a pod.

    Args:
        pod: The pod.
        events: Warnings, oldest first; those on other objects are left out.
        began: From when on a container that has ended and runs again counts (UTC, as Kubernetes writes it).
    """
    own = [event for event in events if about(event) == pod["metadata"]["name"]]
    found = [*_unscheduled(pod), *(one for status in statuses(pod) for one in _container(status, own, began))]
    return min(found, key=gravity, default=None)


_ORDER = (
    causes.VOLUME_NOT_BOUND,
    causes.UNSCHEDULABLE,
    causes.OUT_OF_MEMORY,
    causes.CRASH_LOOP,
    causes.IMAGE_MISSING,
    causes.CONTAINER_NOT_STARTED,
    causes.VOLUME_NOT_MOUNTED,
    causes.CONTAINER_ENDED,
    causes.PROBE_FAILING,
)
"""The gravest first."""


def gravity(found: Ailment) -> int:
    """The lower the graver."""
    return _ORDER.index(found.cause)


def _unscheduled(pod: Object) -> Iterator[Ailment]:
    for condition in conditions(pod):
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            message = condition.get("message", "")
            unbound = any(words in message for words in UNBOUND)
            cause = causes.VOLUME_NOT_BOUND if unbound else causes.UNSCHEDULABLE
            yield Ailment(cause=cause, why=f"{condition.get('reason', 'PodScheduled is False')}: {message}")


def _container(status: Object, own: Sequence[Object], began: str) -> Iterator[Ailment]:
    name, state = status["name"], status.get("state", {})
    before = status.get("lastState", {}).get("terminated") or {}
    ended = state.get("terminated") or before
    restarts = status.get("restartCount", 0)
    waiting = state.get("waiting", {})
    loops = waiting.get("reason") == "CrashLoopBackOff" or (
        "terminated" in state and ended.get("exitCode", 0) != 0 and restarts > 0
    )
    how = f"{end(ended)}, {counted(restarts, 'restart')}"
    if loops and ended.get("reason") == "OOMKilled":
        yield Ailment(cause=causes.OUT_OF_MEMORY, why=how, container=name)
    elif loops:
        yield Ailment(cause=causes.CRASH_LOOP, why=how, container=name)
    elif before and began and before.get("finishedAt", "") >= began:
        cause = causes.OUT_OF_MEMORY if before.get("reason") == "OOMKilled" else causes.CONTAINER_ENDED
        how = f"{end(before)} at {before['finishedAt']}, {counted(restarts, 'restart')}"
        yield Ailment(cause=cause, why=how, container=name)
    elif waiting:
        yield from _not_started(status, waiting, own)
    elif "running" in state and not status.get("ready"):
        told = _newest(own, ("Unhealthy",))
        if told:
            yield Ailment(cause=causes.PROBE_FAILING, why=told, container=name)


def _not_started(status: Object, waiting: Object, own: Sequence[Object]) -> Iterator[Ailment]:
    name, reason = status["name"], waiting.get("reason", "")
    said = f"{reason}: {waiting.get('message', '')}".rstrip(": ")
    if reason in NO_IMAGE:
        yield Ailment(cause=causes.IMAGE_MISSING, why=f"{status.get('image', 'image')}: {said}", container=name)
    elif reason in NO_START:
        yield Ailment(cause=causes.CONTAINER_NOT_STARTED, why=said, container=name)
    elif told := _newest(own, NO_VOLUME):
        yield Ailment(cause=causes.VOLUME_NOT_BOUND, why=told)
    elif told := _newest(own, ("FailedMount",)):
        yield Ailment(cause=causes.VOLUME_NOT_MOUNTED, why=told)


def end(terminated: Object) -> str:
    """How a container ended."""
    reason = terminated.get("reason", "")
    return f"ended with {terminated.get('exitCode', 'an unknown code')}" + (f" ({reason})" if reason else "")


def _newest(events: Sequence[Object], reasons: Sequence[str]) -> str:
    found = [event for event in events if event["reason"] in reasons]
    return f"{found[-1]['reason']}: {found[-1]['message']}" if found else ""
