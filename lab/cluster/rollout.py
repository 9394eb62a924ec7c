"""Judges from the cluster's own objects whether a workload is rolled out, may still be, or can't be any more."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from lab.cluster.kube import Object
from lab.core import causes
from lab.core.causes import Cause

PATIENCE = 10.0
"""Seconds that a state may last which heals at times: room freed by another pod, a ConfigMap applied a little later."""
UNBOUND = ("unbound immediate PersistentVolumeClaims", "persistentvolumeclaim")
"""What the scheduler says of a pod whose claim has no volume."""
REFUSED = 3.0
"""Seconds for which the last refusal to make a pod is believed: it is shown a moment longer than it is true."""


Kind = Literal["Deployment", "StatefulSet"]


@dataclass(frozen=True, kw_only=True)
class Target:
    """A workload to wait for.

    Args:
        kind: What it is.
        namespace: Where it is.
        name: What it is called.
        deadline: Seconds that it has until it is ready, if it has some of its own.
        setting: Where these are set.
    """

    kind: Kind
    namespace: str
    name: str
    deadline: float | None = None
    setting: str = ""

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Ready:
    """Rolled out: every replica is of the newest revision and available."""

    reason = "ready"


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Not yet; `patience` is how many seconds this reason may last before it counts as a failure."""

    reason: str
    patience: float | None = None
    remedy: str = ""
    pod: str = ""
    container: str = ""
    cause: Cause = causes.UNKNOWN


@dataclass(frozen=True, kw_only=True)
class Failed:
    """It can't become ready by waiting; `previous` says that the container before the present one tells why."""

    reason: str
    remedy: str
    cause: Cause
    pod: str = ""
    container: str = ""
    previous: bool = False


State = Ready | Waiting | Failed


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the cluster says about one workload.

    Args:
        workload: Its object, None when it does not exist.
        pods: The pods of its newest revision.
        warnings: The warning events on these.
        leaving: Whether some pod is terminating and will free its resources.
    """

    workload: Object | None
    pods: tuple[Object, ...] = ()
    warnings: tuple[Object, ...] = ()
    leaving: bool = False

    def said(self, name: str, reason: str) -> str:
        """The newest warning of this reason on an object of this name."""
        return next((w["message"] for w in reversed(self.warnings) if about(w) == name and w["reason"] == reason), "")


def about(warning: Object) -> str:
    """The name of the object that an event is about."""
    return str(warning["involvedObject"]["name"])


def judge(facts: Facts) -> State:
    """The state of a workload: ready, waiting for something, or failed; the gravest of its pods' states counts."""
    workload = facts.workload
    if workload is None:
        return Waiting(reason="it does not exist yet")
    if workload.get("status", {}).get("observedGeneration", 0) < workload["metadata"].get("generation", 0):
        return Waiting(reason="the cluster has not processed its newest version yet")
    if _rolled_out(workload):
        return Ready()
    states = [*_refusals(workload, facts), *(judge_pod(pod, facts) for pod in facts.pods)]
    return min((*states, _progress(workload)), key=_gravity)


def stuck(facts: Facts) -> tuple[Object, ...]:
    """The pods that a new one in their place might help: those in trouble that have a node."""
    return tuple(pod for pod in facts.pods if "nodeName" in pod["spec"] and _gravity(judge_pod(pod, facts)) < PLAIN)


PLAIN = 2
"""The gravity of a wait that nothing speaks against."""


def _gravity(state: State) -> int:
    """0 for the gravest; a plain wait comes last."""
    if isinstance(state, Failed):
        return 0
    return 1 if isinstance(state, Waiting) and state.patience is not None else PLAIN


def _rolled_out(workload: Object) -> bool:
    wanted, status = workload["spec"].get("replicas", 1), workload.get("status", {})
    counts = ("replicas", "updatedReplicas", "availableReplicas")
    newest = status.get("currentRevision") == status.get("updateRevision")  # both are absent from Deployments
    return newest and all(status.get(count, 0) == wanted for count in counts)


def _progress(workload: Object) -> State:
    wanted, status = workload["spec"].get("replicas", 1), workload.get("status", {})
    updated, available = status.get("updatedReplicas", 0), status.get("availableReplicas", 0)
    return Waiting(reason=f"{updated} of {wanted} replicas are updated, {available} available")


def _refusals(workload: Object, facts: Facts) -> Iterator[State]:
    """Why the controller can't make a pod: a Deployment says it in a condition, a StatefulSet in an event."""
    refused = [c["message"] for c in conditions(workload) if c["type"] == "ReplicaFailure" and c["status"] == "True"]
    if not facts.pods and (told := facts.said(workload["metadata"]["name"], "FailedCreate")):
        refused.append(told)
    for message in refused:
        final = "violates PodSecurity" in message
        yield Waiting(
            reason=f"no pod can be made: {message}",
            patience=REFUSED if final else PATIENCE,
            remedy="change the pod template to one that the namespace admits" if final else "run './invokew status'",
            cause=causes.REFUSED,
        )


def conditions(found: Object) -> tuple[Object, ...]:
    """An object's conditions."""
    return tuple(found.get("status", {}).get("conditions") or ())


def is_ready(found: Object) -> bool:
    """Whether a pod or a node is ready."""
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions(found))


def is_leaving(pod: Object) -> bool:
    """Whether a pod is on its way out."""
    return "deletionTimestamp" in pod["metadata"]


def statuses(pod: Object) -> list[Object]:
    """The statuses of a pod's containers, in the order in which they start."""
    status = pod.get("status", {})
    return [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]


def disk_pressure(nodes: Iterable[Object]) -> str:
    """The first node that says its disk is full, and its words; empty where none does."""
    for node in nodes:
        for condition in conditions(node):
            if condition["type"] == "DiskPressure" and condition["status"] == "True":
                return f"node {node['metadata']['name']}: DiskPressure: {condition.get('message', '')}"
    return ""


def has_labels(found: Object, labels: Mapping[str, str]) -> bool:
    """Whether an object has all of these labels, with these values."""
    return labels.items() <= (found["metadata"].get("labels") or {}).items()


def judge_pod(pod: Object, facts: Facts) -> State:
    """The state of one pod."""
    name = pod["metadata"]["name"]
    for condition in conditions(pod):
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            return _unscheduled(name, condition.get("message", ""), leaving=facts.leaving)
    states = [state for container in statuses(pod) if (state := _judge_container(name, container, facts))]
    phase = pod.get("status", {}).get("phase", "Pending")
    return min(states, key=_gravity, default=Waiting(reason=f"pod {name} is {phase}", pod=name))


def _unscheduled(pod: str, message: str, *, leaving: bool) -> State:
    """Too little room is final unless a pod that ends will make some; taints and volumes settle by themselves."""
    final = "Insufficient" in message and not leaving
    return Waiting(
        reason=f"pod {pod} finds no node: {message}",
        patience=PATIENCE if final else None,
        remedy="free room on the nodes, or ask for less under 'resources' in experiment.local.yaml",
        cause=causes.VOLUME_NOT_BOUND if any(words in message for words in UNBOUND) else causes.UNSCHEDULABLE,
    )


def _judge_container(pod: str, status: Object, facts: Facts) -> State | None:
    name, state = status["name"], status.get("state", {})
    waiting = state.get("waiting", {})
    ended = state.get("terminated") or status.get("lastState", {}).get("terminated") or {}
    if waiting.get("reason") == "CrashLoopBackOff" or (
        state.get("terminated", {}).get("exitCode", 0) != 0 and status.get("restartCount", 0) > 0
    ):
        oom = "OOM" in ended.get("reason", "")
        how = f"exit code {ended.get('exitCode', 'unknown')}" + (", out of memory" if oom else "")
        return Failed(
            reason=f"CrashLoopBackOff of container {name} ({how})",
            remedy="run './invokew logs'",
            cause=causes.OUT_OF_MEMORY if oom else causes.CRASH_LOOP,
            pod=pod,
            container=name,
            previous="terminated" not in state,
        )
    if waiting:
        return _judge_start(pod, status, waiting, facts)
    if not status.get("ready") and "running" in state:
        told = facts.said(pod, "Unhealthy")
        return Waiting(
            reason=f"container {name} runs but is not ready" + (f": {told}" if told else ""),
            pod=pod,
            container=name,
            cause=causes.PROBE_FAILING if told else causes.UNKNOWN,
        )
    return None


def _judge_start(pod: str, status: Object, waiting: Object, facts: Facts) -> State:
    """A container that has not started: by the reason that its node gives."""
    reason, image, said = waiting.get("reason", "waiting"), status["image"], waiting.get("message", "")
    images, up, missing = "run './invokew images'", "run './invokew up'", causes.IMAGE_MISSING
    if reason in {"ErrImageNeverPull", "InvalidImageName"}:
        return Failed(reason=f"{reason} for '{image}'", remedy=images, cause=missing, pod=pod, container=status["name"])
    if reason in {"ErrImagePull", "ImagePullBackOff"}:
        return Failed(reason=f"{reason} for '{image}': {said}", remedy=images, cause=missing, pod=pod)
    if reason in {"CreateContainerConfigError", "CreateContainerError", "RunContainerError"}:
        words, cause = f"{reason} of container {status['name']}: {said}", causes.CONTAINER_NOT_STARTED
        return Waiting(reason=words, patience=REFUSED, remedy=up, pod=pod, cause=cause)
    if mount := facts.said(pod, "FailedMount"):
        patience = PATIENCE if "not found" in mount else None
        cause = causes.VOLUME_NOT_MOUNTED
        return Waiting(reason=f"FailedMount: {mount}", patience=patience, remedy=up, pod=pod, cause=cause)
    return Waiting(reason=f"{reason} of container {status['name']}", pod=pod)
