"""Makes the pods of a load, waits until they run, and takes them away; also those that a killed lab left behind."""

import json
import socket
import time
from collections.abc import Iterator
from dataclasses import asdict

from lab.cluster.kube import ApiError, Kube, Object
from lab.cluster.rollout import Facts, Failed, is_leaving, judge_pod
from lab.cluster.runner_job import LOAD, STARTS, RunnerJob
from lab.core.causes import LOAD_GENERATOR
from lab.core.errors import ToolError
from lab.core.figures import counted
from lab.core.ownership import PART_OF, PART_OF_VALUE
from lab.core.part_labels import RUNNERS
from lab.process.ledger import Identity, identity
from lab.process.polling import until_none

OWNER = "matching-engine-lab/owner"
"""The annotation of all that belongs to a load: who sends it from which machine, and until when it may last."""
INDEX = "batch.kubernetes.io/job-completion-index"
KINDS = ("Job", "Pod", "ConfigMap", "NetworkPolicy")
OURS = f"{PART_OF}={PART_OF_VALUE},{RUNNERS}"
PAUSE = 0.5
GONE = 60.0
"""Seconds for the pods to go: each has one for itself."""


def owner(*, lasts: float) -> dict[str, str]:
    """The annotation of a load that this process sends for so many seconds at most."""
    until = round((time.time() + lasts) * 1000)
    told = {"host": socket.gethostname(), "until": until, "process": asdict(identity())}
    return {OWNER: json.dumps(told, sort_keys=True)}


def start(kube: Kube, job: RunnerJob) -> list[str]:
    """Make the Job and all that belongs to it, and wait until its pods run.

    Returns:
        The pod of each index.

    Raises:
        ToolError: The cluster refuses one of them, or a pod doesn't run in time; what was made is still there.
    """
    await_gone(kube)
    made, *others = job.documents()
    root = kube.create("Job", made, namespace=job.namespace)
    reference = {"apiVersion": "batch/v1", "kind": "Job", "name": job.name, "uid": root["metadata"]["uid"]}
    for one in others:
        space = one["metadata"]["namespace"]
        if space == job.namespace:  # nothing is owned across namespaces
            one["metadata"]["ownerReferences"] = [reference]
        kube.create(one["kind"], one, namespace=space)
    begins: Object = {"op": "replace", "path": "/spec/suspend", "value": False}
    kube.patch("Job", job.name, [begins], namespace=job.namespace)
    if problem := until_none(lambda: _not_running(kube, job), deadline=STARTS, pause=PAUSE):
        raise ToolError(f"{problem} {STARTS} s after the load's Job was made", cause=LOAD_GENERATOR)
    return [pod["metadata"]["name"] for pod in _by_index(kube, job)]


def take_away(kube: Kube, name: str) -> None:
    """Delete a load's Job, its pods and all that belongs to it; the pods take a moment to end.

    Raises:
        ToolError: The cluster doesn't answer.
    """
    for kind, one in list(_found(kube)):
        if _load_of(one) == name:
            kube.delete(kind, one["metadata"]["name"], namespace=one["metadata"]["namespace"])


def await_gone(kube: Kube) -> None:
    """Wait until all pods that were deleted have ended: what they use of the nodes would be in the next measurement.

    Raises:
        ToolError: The cluster doesn't answer, or one does not go.
    """

    def leaving() -> list[Object]:
        pods = kube.items("Pod", namespace=kube.namespaces.workloads, labels=OURS)
        return [pod for pod in pods if is_leaving(pod)]

    if left := until_none(leaving, deadline=GONE, pause=PAUSE):
        raise ToolError(
            f"pod {left[0]['metadata']['name']} is left {GONE:g} s after it was deleted; run './invokew status'"
        )


def sweep(kube: Kube, *, gone: str = "") -> str | None:
    """Take away the loads whose sender is gone; what was done in a line, None where there was none.

    Args:
        kube: The cluster.
        gone: Another machine, of which it is known that nobody on it conducts a run any more.

    Raises:
        ToolError: The cluster doesn't answer, or a pod does not go.
    """
    names = sorted({_load_of(one) for kind, one in _found(kube) if kind != "Pod" and _is_orphaned(one, gone)})
    for name in names:
        take_away(kube, name)
    await_gone(kube)
    return f"{counted(len(names), 'load')} from pods, which a killed command had left behind, ended" if names else None


def _found(kube: Kube) -> Iterator[tuple[str, Object]]:
    for kind in KINDS:
        for space in kube.namespaces.all:
            yield from ((kind, one) for one in kube.items(kind, namespace=space, labels=OURS))


def _load_of(one: Object) -> str:
    return str(one["metadata"]["labels"].get(LOAD, ""))


def _is_orphaned(one: Object, gone: str) -> bool:
    """Whether nobody will take it away any more; what doesn't say whose it is, nobody will."""
    try:
        told = json.loads((one["metadata"].get("annotations") or {})[OWNER])
        if gone and told["host"] == gone:
            return True
        if told["host"] == socket.gethostname():
            return not Identity(**told["process"]).alive
        return time.time() * 1000 > float(told["until"])
    except (KeyError, ValueError, TypeError):
        return True


def _pods(kube: Kube, name: str) -> list[Object]:
    return kube.items("Pod", namespace=kube.namespaces.workloads, labels=f"{OURS},{LOAD}={name}")


def _by_index(kube: Kube, job: RunnerJob) -> list[Object]:
    return sorted(_pods(kube, job.name), key=lambda pod: int(pod["metadata"]["annotations"][INDEX]))


def _not_running(kube: Kube, job: RunnerJob) -> str:
    """What is still to be waited for; empty when all pods run.

    Raises:
        ToolError: One never will.
    """
    pods, wanted = _by_index(kube, job), len(job.commands)
    for pod in pods:
        state = judge_pod(pod, Facts(workload=None, pods=tuple(pods)))
        if isinstance(state, Failed):
            raise ToolError(f"a runner's pod does not start: {state.reason}; {state.remedy}", cause=state.cause)
        if pod.get("status", {}).get("phase") != "Running":
            return str(state.reason)
    if len(pods) < wanted:
        return f"{len(pods)} of {counted(wanted, 'pod')} of runners are there{_refused(kube, job)}"
    return ""


def _refused(kube: Kube, job: RunnerJob) -> str:
    """Why the cluster makes no more of them, in its own words."""
    about = f"involvedObject.name={job.name}"
    try:
        events = kube.items("Event", namespace=job.namespace, fields=about)
    except ApiError:
        return ""
    said = [one["message"] for one in events if one.get("reason") == "FailedCreate"]
    return f" ({said[-1]})" if said else ""
