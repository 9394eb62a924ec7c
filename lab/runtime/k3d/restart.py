"""Restarts the shards of a cluster.

A pod is deleted and its controller makes a new one: nothing in the manifest changes, the write-ahead log goes with
the pod, and whoever interrupts this finds the shards on their way back.
"""

from collections.abc import Callable, Collection, Sequence
from contextlib import closing

from lab.cluster.follow import Stream, follow
from lab.cluster.kube import Kube, Object
from lab.cluster.readiness import wait_ready
from lab.cluster.rollout import Target, is_leaving, is_ready
from lab.core.causes import BOOKS_NOT_CLEAN
from lab.core.errors import ToolError
from lab.core.part_labels import SHARDS
from lab.settings.topology import Shard, Topology

GONE = 60.0
"""Seconds for the old pods to end: twice what Kubernetes gives a pod that does not end by itself."""


def restart(kube: Kube, topology: Topology, *, deadline: float) -> dict[str, str]:
    """Replace the pods of all shards, side by side.

    Args:
        kube: The cluster.
        topology: Whose shards.
        deadline: Seconds for the new ones to be ready.

    Returns:
        The new pods, which are ready, and the node of each.

    Raises:
        ToolError: One does not go, or does not come back.
    """
    old = _pods(kube)
    for pod in old:
        kube.delete("Pod", pod["metadata"]["name"], namespace=kube.namespaces.workloads)
    gone = {pod["metadata"]["uid"] for pod in old}
    _follow(kube, lambda pods: still_there(pods, gone), deadline=GONE)
    wait_ready(kube, [_target(kube, shard) for shard in topology.shards], deadline=deadline)
    # A Deployment may say for a moment more that its old pod is available.
    _follow(kube, lambda pods: not_ready(pods, topology.shards), deadline=deadline)
    return {pod["metadata"]["name"]: pod["spec"]["nodeName"] for pod in _pods(kube) if _is_ready(pod)}


def _pods(kube: Kube) -> list[Object]:
    return kube.items("Pod", namespace=kube.namespaces.workloads, labels=SHARDS)


def _follow(kube: Kube, lacking: Callable[[Sequence[Object]], str], *, deadline: float) -> None:
    missing = ""
    with closing(follow(kube, (Stream(kind="Pod", namespace=kube.namespaces.workloads),), deadline=deadline)) as worlds:
        for world in worlds:
            missing = world.trouble or lacking(world.objects("Pod"))
            if not missing:
                return
    raise ToolError(
        f"{missing} {deadline:g} s after the shards were restarted; run './invokew status'", cause=BOOKS_NOT_CLEAN
    )


def still_there(pods: Sequence[Object], old: Collection[str]) -> str:
    """The first of the old pods (by uid) that has not ended; empty when all have."""
    left = next((pod for pod in pods if pod["metadata"]["uid"] in old), None)
    return f"pod {left['metadata']['name']} has not ended" if left else ""


def not_ready(pods: Sequence[Object], shards: Sequence[Shard]) -> str:
    """The first shard without a ready pod; empty when each has one."""
    ready = {(pod["metadata"].get("labels") or {}).get("shard") for pod in pods if _is_ready(pod)}
    late = next((shard for shard in shards if shard.id not in ready), None)
    return f"{late.name} has no ready pod" if late else ""


def _target(kube: Kube, shard: Shard) -> Target:
    return Target(kind="Deployment", namespace=kube.namespaces.workloads, name=shard.name)


def _is_ready(pod: Object) -> bool:
    return is_ready(pod) and not is_leaving(pod)
