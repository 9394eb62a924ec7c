"""A small CPU limit for all engines while a search lasts: put on the running pods in place, and taken off again.

It is put on after the start, as an engine that starts under it takes many times as long. The Deployments stay as they
are, so a pod that is made anew has its own limits; what a pod had is in an annotation of its own, so that the next
command can give it back where a search was killed.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from lab.cluster.kube import ApiError, Kube, Object
from lab.cluster.rollout import is_leaving
from lab.core.errors import ToolError, UsageError
from lab.core.part_labels import SHARDS
from lab.core.quantity import exactly
from lab.process.polling import until_none
from lab.process.shell import resume

BEFORE = "matching-engine-lab/cpu-before"
"""The annotation of a limited pod: the CPU that it had."""
IN_FORCE = 30.0
"""Seconds for a kubelet to put a limit on."""
PAUSE = 0.5
NO_RESIZE = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED)
"""What an API server says that can't resize pods in place."""

Answers = Callable[[], str]
"""Which engine does not answer; empty when all do."""


class EngineCpu:
    """One limit for all engines.

    Args:
        kube: The cluster.
        limit: CPU of one engine, as Kubernetes writes it.
    """

    def __init__(self, kube: Kube, limit: str) -> None:
        self._kube = kube
        self.limit = limit

    def apply(self) -> None:
        """Limit the engines that run now.

        Raises:
            ToolError: The cluster can't, or the limit doesn't come into force.
        """
        for pod in _pods(self._kube):
            if BEFORE not in _annotations(pod):
                _annotate(self._kube, pod, json.dumps(_resources(pod)))
            before = json.loads(_annotations(pod).get(BEFORE) or json.dumps(_resources(pod)))
            _resize(self._kube, pod, limited(before, self.limit))
        if late := until_none(self._late, deadline=IN_FORCE, pause=PAUSE):
            raise ToolError(f"{late} {IN_FORCE:g} s after it was to have {self.limit} CPU; run './invokew status'")

    def _late(self) -> str:
        for pod in _pods(self._kube):
            used = [one.get("resources") or {} for one in pod.get("status", {}).get("containerStatuses") or ()]
            limits = [(one.get("limits") or {}).get("cpu", "0") for one in used]
            if not limits or any(exactly(one) != exactly(self.limit) for one in limits):
                return f"{pod['metadata']['name']} has a CPU limit of {', '.join(limits) or 'nothing'}"
        return ""


@contextmanager
def limiting(kube: Kube, limit: str, answers: Answers) -> Iterator[EngineCpu]:
    """A context in which the engines have a limit, and can work under it; on exit they have their own again.

    Args:
        kube: The cluster.
        limit: CPU of one engine, as Kubernetes writes it.
        answers: Whether the engines answer, given some time.

    Raises:
        UsageError: They don't answer under it; the message has the least that would do.
        ToolError: The cluster can't resize pods in place.
    """
    try:
        wanted = EngineCpu(kube, limit)
        wanted.apply()
        if silent := answers():
            raise UsageError(_too_little(kube, limit, silent, answers))
        yield wanted
    finally:
        resume()
        lift(kube)


def lift(kube: Kube) -> str | None:
    """Give all limited engines their own CPU again; what was done in a line, None where none was limited.

    Raises:
        ToolError: The cluster refused.
    """
    pods = [pod for pod in _pods(kube) if BEFORE in _annotations(pod)]
    for pod in pods:
        try:
            _resize(kube, pod, json.loads(_annotations(pod)[BEFORE]))
            _annotate(kube, pod, None)
        except ApiError as error:
            if error.status != HTTPStatus.NOT_FOUND:  # the pod is gone, and its limit with it
                raise
    names = ", ".join(pod["metadata"]["name"] for pod in pods)
    return f"the CPU limit of a search was taken off {names}" if pods else None


def limited(before: Object, limit: str) -> Object:
    """The CPU of a container with another limit, in the same class of service: Kubernetes refuses to change that.

    Args:
        before: Its requests and limits.
        limit: CPU, as Kubernetes writes it.
    """
    is_guaranteed = before.get("requests", {}).get("cpu") == before.get("limits", {}).get("cpu")
    most = exactly(limit)
    asked = most if is_guaranteed else min(exactly(before.get("requests", {}).get("cpu", limit)), most / 2)
    return {"requests": {"cpu": _milli(asked)}, "limits": {"cpu": limit}}


def _too_little(kube: Kube, limit: str, silent: str, answers: Answers) -> str:
    """That engines don't answer under a limit, and the least of twice, four times, … as much that would do."""
    own = max((exactly(_had(pod)) for pod in _pods(kube)), default=Decimal(0))
    more = 2 * exactly(limit)
    while more < own:
        EngineCpu(kube, _milli(more)).apply()
        if not answers():
            return f"{silent} with {limit} CPU an engine; {_milli(more)} is the least of what was tried that would do"
        more *= 2
    return f"{silent} with {limit} CPU an engine, nor with less than its own limit; leave engine-cpu out"


def _had(pod: Object) -> str:
    before = json.loads(_annotations(pod).get(BEFORE) or "{}")
    return str(before.get("limits", {}).get("cpu", "0"))


def _pods(kube: Kube) -> list[Object]:
    pods = kube.items("Pod", namespace=kube.namespaces.workloads, labels=SHARDS)
    return [pod for pod in pods if not is_leaving(pod)]


def _annotations(pod: Object) -> dict[str, str]:
    return pod["metadata"].get("annotations") or {}


def _resources(pod: Object) -> Object:
    """The CPU of a pod's only container, as it was asked for."""
    resources = pod["spec"]["containers"][0].get("resources") or {}
    return {
        kind: {"cpu": resources[kind]["cpu"]} for kind in ("requests", "limits") if "cpu" in resources.get(kind, {})
    }


def _annotate(kube: Kube, pod: Object, value: str | None) -> None:
    way = f"/metadata/annotations/{BEFORE.replace('/', '~1')}"
    operations: list[Object] = [{"op": "remove", "path": way}]
    if value is not None:
        missing = [] if _annotations(pod) else [{"op": "add", "path": "/metadata/annotations", "value": {}}]
        operations = [*missing, {"op": "add", "path": way, "value": value}]
    kube.patch("Pod", pod["metadata"]["name"], operations, namespace=kube.namespaces.workloads)


def _resize(kube: Kube, pod: Object, cpu: Object) -> None:
    operations: Sequence[Any] = [
        {"op": "add", "path": f"/spec/containers/0/resources/{kind}/cpu", "value": cpu[kind]["cpu"]}
        for kind in ("requests", "limits")
        if "cpu" in cpu.get(kind, {})
    ]
    name = pod["metadata"]["name"]
    try:
        kube.resize(name, list(operations), namespace=kube.namespaces.workloads)
    except ApiError as error:
        if error.status in NO_RESIZE and kube.find("Pod", name, namespace=kube.namespaces.workloads) is not None:
            raise ToolError(
                "this cluster can't resize pods in place, which a CPU limit for a search needs: "
                "it takes Kubernetes 1.33 or later; set cluster.image, or leave --engine-cpu out"
            ) from error
        raise


def _milli(cores: Decimal) -> str:
    return f"{max(1, int(cores * 1000))}m"


def require_below(limit: str, own: str) -> str:
    """A limit that is a quantity of CPU below the engines' own.

    Raises:
        UsageError: It is none.
    """
    try:
        is_below = Decimal(0) < exactly(limit) < exactly(own)
    except ValueError as error:
        raise UsageError(f"engine-cpu {error}; got {limit!r}") from error
    if not is_below:
        raise UsageError(f"engine-cpu must be above 0 and below resources.engine.limits.cpu ({own}); got {limit!r}")
    return limit
