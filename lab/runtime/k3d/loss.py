"""What a load on a cluster can't get over: an engine or a gateway that ends after each start, a node without room."""

from collections.abc import Iterator
from datetime import datetime

from lab.cluster.kube import Kube, Object
from lab.cluster.rollout import disk_pressure
from lab.core.figures import counted
from lab.core.part_labels import HANDLERS
from lab.run.outlook import Loss

SHORT = 30.0
"""Seconds: a container that lived longer is restarted and may live again."""
LEAST = 2
"""Restarts: a container that ended once may come back."""


def look(kube: Kube) -> Loss | None:
    """The first loss that the cluster shows.

    Raises:
        ToolError: It does not answer.
    """
    if full := disk_pressure(kube.items("Node")):
        return Loss(what=full, of_machine=True)
    return of_pods(kube)


def of_pods(kube: Kube) -> Loss | None:
    """The first that the workloads' namespace shows: what can be seen without a right to the nodes.

    Raises:
        ToolError: The cluster does not answer.
    """
    pods = kube.items("Pod", namespace=kube.namespaces.workloads, labels=HANDLERS)
    return next((loss for pod in pods for loss in _lost(pod)), None)


def _lost(pod: Object) -> Iterator[Loss]:
    for status in pod.get("status", {}).get("containerStatuses") or ():
        last = status.get("lastState", {}).get("terminated") or {}
        waits = status.get("state", {}).get("waiting", {}).get("reason") == "CrashLoopBackOff"
        restarts = status.get("restartCount", 0)
        if waits and last and restarts >= LEAST and _lived(last) < SHORT:
            how = f"{last.get('reason', 'ended')}, exit code {last.get('exitCode')}; {counted(restarts, 'restart')}"
            yield Loss(what=f"pod {pod['metadata']['name']} ends soon after each start ({how})")


def _lived(terminated: Object) -> float:
    """Seconds from a container's start to its end."""
    began, ended = (datetime.fromisoformat(terminated[key]) for key in ("startedAt", "finishedAt"))
    return (ended - began).total_seconds()
