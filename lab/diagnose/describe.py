"""The essential lines of what `kubectl describe` and `kubectl get events` say, of one pod."""

from collections.abc import Iterable, Iterator

from lab.cluster.kube import Object
from lab.cluster.rollout import about, statuses
from lab.core.figures import counted
from lab.diagnose.pod_causes import end


def describe(pod: Object, container: str) -> Iterator[str]:
    """How a pod's container stands, what it runs, where, and with which resources."""
    status = next((one for one in statuses(pod) if one["name"] == container), None)
    specs = [*(pod["spec"].get("initContainers") or ()), *(pod["spec"].get("containers") or ())]
    spec: Object = next((one for one in specs if one["name"] == container), {})
    if status is not None:
        yield _state(status)
        yield f"image {status.get('image') or spec.get('image', 'unknown')}"
    else:
        yield f"phase {pod.get('status', {}).get('phase', 'unknown')}"
    node = pod["spec"].get("nodeName")
    yield f"node {node}" if node else "on no node"
    if amounts := "; ".join(_amounts(spec.get("resources") or {})):
        yield amounts


def _state(status: Object) -> str:
    words = []
    for name, state in status.get("state", {}).items():
        told = state.get("reason", "")
        words.append(end(state) if name == "terminated" else name + (f" ({told})" if told else ""))
    before = status.get("lastState", {}).get("terminated")
    if before:
        words.append(f"before that it {end(before)}")
    if status.get("ready"):
        words.append("ready")
    return "; ".join((*words, counted(status.get("restartCount", 0), "restart")))


def _amounts(resources: Object) -> Iterator[str]:
    for which in ("requests", "limits"):
        if resources.get(which):
            yield f"{which} " + ", ".join(f"{name} {amount}" for name, amount in sorted(resources[which].items()))


def events_of(pod: Object, events: Iterable[Object]) -> list[Object]:
    """The events on a pod and on what makes it: ordinary ones, then warnings, each the newest last."""
    name = pod["metadata"]["name"]
    owners = {owner["name"] for owner in pod["metadata"].get("ownerReferences") or ()}
    ours = [event for event in events if about(event) == name or about(event) in owners]
    return sorted(ours, key=lambda event: (_is_warning(event), time_of(event)))


def lines_of(events: Iterable[Object]) -> list[str]:
    """Events a line each: warnings first, then ordinary ones, each the newest last."""
    return [line_of(event) for event in sorted(events, key=lambda event: (not _is_warning(event), time_of(event)))]


def time_of(event: Object) -> str:
    """When an event was seen last (UTC, as Kubernetes writes it)."""
    return str(event.get("lastTimestamp") or event.get("eventTime") or event.get("firstTimestamp") or "")


def _is_warning(event: Object) -> bool:
    return bool(event.get("type") == "Warning")


def line_of(event: Object) -> str:
    """An event in one line."""
    often = event.get("count") or 1
    times = f" (x{often})" if often > 1 else ""
    clock = time_of(event)[11:19]
    return f"{clock} {event.get('type', '')} {event['reason']}{times}: {' '.join(event['message'].split())}"
