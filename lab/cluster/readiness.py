"""Waits until workloads are rolled out or nodes ready, or says early and in the cluster's words why they won't be."""

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field

from lab.cluster.follow import Stream, World, follow, named
from lab.cluster.kube import Kube, Object
from lab.cluster.rollout import (
    Facts,
    Failed,
    Ready,
    State,
    Target,
    Waiting,
    about,
    conditions,
    has_labels,
    is_leaving,
    is_ready,
    judge,
    stuck,
)
from lab.core import figures
from lab.core.causes import NODE_NOT_READY, VOLUME_NOT_BOUND
from lab.core.errors import NotReadyError, ToolError
from lab.process.polling import until_none

LOG_LINES = 10
"""Lines of a container's log that are shown with its failure."""
WARNINGS = "type=Warning"
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
"""The annotation of the class that a claim gets which names none."""
PAUSE = 0.25
"""Seconds between two looks at it."""

Progress = Callable[[Target, State], None]
"""Told each time a target's state has changed."""


def wait_ready(kube: Kube, targets: Sequence[Target], *, deadline: float, on_progress: Progress | None = None) -> None:
    """Wait until all targets are rolled out; all are watched side by side.

    A pod that was in trouble before this wait began is deleted once, so that its controller makes a new one at once
    and what was mended in between counts (the cluster itself tries a stuck pod again after up to 5 minutes).

    Args:
        kube: The cluster.
        targets: What to wait for.
        deadline: Seconds for all of them together; each may have one of its own.
        on_progress: Told of each change of a target's state.

    Raises:
        NotReadyError: A target can't become ready, or the deadline has passed; the details show what the cluster says.
    """
    wait = _Wait(targets=tuple(targets), tell=on_progress or (lambda _target, _state: None))
    old: frozenset[str] | None = None
    with closing(follow(kube, streams(targets), deadline=deadline)) as worlds:
        for world in worlds:
            if world.trouble:
                continue
            if old is None:
                old = _restart_stuck(kube, [facts_of(target, world) for target in targets])
            failed = wait.judge({target: facts_of(target, world, without=old) for target in targets})
            if failed:
                raise _error(kube, failed, wait)
            if not wait.late:
                return
    raise _error(kube, wait.late[0], wait)


def are_ready(kube: Kube, targets: Iterable[Target]) -> bool:
    """Whether all targets are rolled out now; asks once and waits for nothing.

    Raises:
        ApiError: The cluster doesn't answer.
    """
    found = (kube.find(target.kind, target.name, namespace=target.namespace) for target in targets)
    return all(isinstance(judge(Facts(workload=workload)), Ready) for workload in found)


def wait_nodes_ready(kube: Kube, count: int, *, deadline: float) -> None:
    """Wait until this many nodes are there and ready.

    Raises:
        ToolError: They are not within the deadline (seconds); it names those that are not.
    """
    lacking = "the cluster doesn't answer"
    with closing(follow(kube, (Stream(kind="Node"),), deadline=deadline)) as worlds:
        for world in worlds:
            lacking = world.trouble or unready(world.objects("Node"), count)
            if not lacking:
                return
    raise ToolError(
        f"nodes are not ready after {deadline:g} s: {lacking}; run './invokew doctor'", cause=NODE_NOT_READY
    )


def await_default_storage(kube: Kube, *, deadline: float) -> None:
    """Wait until a claim that names no class gets one.

    A new cluster's is made a moment after its API server answers. A claim that comes before it gets it later, but
    Kubernetes 1.33 may not look at its pod again for minutes.

    Raises:
        ToolError: There is none within the deadline (seconds).
    """

    def lacking() -> str:
        found = kube.items("StorageClass")
        is_there = any((one["metadata"].get("annotations") or {}).get(DEFAULT_CLASS) == "true" for one in found)
        return "" if is_there else "the cluster has no default storage class, which the broker's volume needs"

    if said := until_none(lacking, deadline=deadline, pause=PAUSE):
        raise ToolError(f"{said}, after {deadline:g} s; run './invokew doctor'", cause=VOLUME_NOT_BOUND)


def unready(nodes: Sequence[Object], count: int) -> str:
    """What the nodes lack to be `count` ready ones; empty when they are."""
    late = [f"{node['metadata']['name']}: {_not_ready(node)}" for node in nodes if not is_ready(node)]
    if len(nodes) < count:
        late.append(f"{len(nodes)} of {count} nodes are there")
    return "; ".join(late)


def _not_ready(node: Object) -> str:
    return next((c.get("message", "") for c in conditions(node) if c["type"] == "Ready"), "") or "not ready yet"


def streams(targets: Iterable[Target]) -> tuple[Stream, ...]:
    """What has to be watched to judge these targets."""
    wanted: dict[Stream, None] = {}
    for target in targets:
        kinds = (target.kind, "Pod", *(("ReplicaSet",) if target.kind == "Deployment" else ()))
        wanted |= {Stream(kind=kind, namespace=target.namespace): None for kind in kinds}
        wanted[Stream(kind="Event", namespace=target.namespace, fields=WARNINGS)] = None
    return tuple(wanted)


def facts_of(target: Target, world: World, *, without: frozenset[str] = frozenset()) -> Facts:
    """What is known of one target, its pods of these uids left out."""
    workload = named(world.objects(target.kind, target.namespace), target.name)
    if workload is None:
        return Facts(workload=None)
    everything = world.objects("Pod", target.namespace)
    labels = {**workload["spec"]["selector"]["matchLabels"], **_revision(workload, world, target)}
    pods = tuple(
        pod for pod in everything if has_labels(pod, labels) and not is_leaving(pod) and _uid(pod) not in without
    )
    subjects = {_uid(workload), *map(_uid, pods)}
    warnings = [
        event for event in world.objects("Event", target.namespace) if event["involvedObject"].get("uid") in subjects
    ]
    warnings.sort(key=lambda event: event.get("lastTimestamp") or event.get("eventTime") or "")
    leaving = any(map(is_leaving, everything))
    return Facts(workload=workload, pods=pods, warnings=tuple(warnings), leaving=leaving)


def _uid(found: Object) -> str:
    return str(found["metadata"]["uid"])


def _revision(workload: Object, world: World, target: Target) -> dict[str, str]:
    """The label that tells a Deployment's newest pods from those on their way out.

    A StatefulSet's old pods stay in: one that is stuck keeps the new one from being made.
    """
    if target.kind == "StatefulSet":
        return {}
    key = "deployment.kubernetes.io/revision"
    newest = (workload["metadata"].get("annotations") or {}).get(key)
    for replica_set in world.objects("ReplicaSet", target.namespace):
        owners = [owner["uid"] for owner in replica_set["metadata"].get("ownerReferences") or ()]
        if workload["metadata"]["uid"] in owners and replica_set["metadata"].get("annotations", {}).get(key) == newest:
            return {"pod-template-hash": replica_set["metadata"]["labels"]["pod-template-hash"]}
    return {"pod-template-hash": "none is made yet"}


def _restart_stuck(kube: Kube, facts: Iterable[Facts]) -> frozenset[str]:
    """Delete the pods that are in trouble; their uids."""
    pods = [pod for known in facts for pod in stuck(known)]
    for pod in pods:
        kube.delete("Pod", pod["metadata"]["name"], namespace=pod["metadata"]["namespace"])
    return frozenset(map(_uid, pods))


@dataclass
class _Wait:
    """What is known of each target, its state, and since when it has been in trouble, if it is."""

    targets: tuple[Target, ...]
    tell: Progress
    began: float = field(default_factory=time.monotonic)
    facts: dict[Target, Facts] = field(default_factory=dict)
    states: dict[Target, State] = field(default_factory=dict)
    troubled: dict[Target, float] = field(default_factory=dict)

    @property
    def late(self) -> list[Target]:
        """The targets that are not ready."""
        return [target for target in self.targets if not isinstance(self.states.get(target), Ready)]

    def judge(self, facts: dict[Target, Facts]) -> Target | None:
        """Take in what is known now; the first target that has failed, or None."""
        self.facts = facts
        for target, known in facts.items():
            state = judge(known)
            if state != self.states.get(target):
                self.states[target] = state
                self.tell(target, state)
            if getattr(state, "patience", None) is None:
                self.troubled.pop(target, None)
            else:
                self.troubled.setdefault(target, time.monotonic())
        return next((target for target in facts if self._failed(target)), None)

    def _failed(self, target: Target) -> bool:
        state = self.states[target]
        if isinstance(state, Waiting) and target.deadline and time.monotonic() - self.began > target.deadline:
            return True
        if isinstance(state, Waiting) and state.patience is not None:
            return time.monotonic() - self.troubled[target] > state.patience
        return isinstance(state, Failed)


def _error(kube: Kube, target: Target, wait: _Wait) -> NotReadyError:
    state = wait.states.get(target, Waiting(reason="the cluster doesn't answer"))
    seconds = time.monotonic() - wait.began
    remedy = getattr(state, "remedy", "") or "run './invokew status'"
    if target.deadline and seconds >= target.deadline:
        remedy += f"; if it only needs longer than {target.deadline:g} s, raise {target.setting}"
    others = [f"{other}: {wait.states[other].reason}" for other in wait.late if other != target]
    return NotReadyError(
        f"{target} is not ready after {figures.count(seconds, 's')}: {state.reason}; {remedy}",
        details=(*_log(kube, target, state), *_warnings(wait.facts.get(target)), *others),
        cause=getattr(state, "cause", None),
    )


def _log(kube: Kube, target: Target, state: State) -> list[str]:
    """The last lines of the container that tells why; nothing when it has none."""
    if isinstance(state, Ready) or not state.container:
        return []
    previous = isinstance(state, Failed) and state.previous
    with suppress(ToolError):
        return kube.logs(
            state.pod, namespace=target.namespace, container=state.container, lines=LOG_LINES, previous=previous
        )
    return []


def _warnings(facts: Facts | None) -> list[str]:
    warnings = facts.warnings if facts else ()
    return [f"{about(event)}: {event['reason']}: {event['message']}" for event in warnings[-5:]]
