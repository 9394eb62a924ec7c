"""Where everything runs: the node of each pod, and whether the nodes share the cores of this machine."""

from collections.abc import Iterable

from lab.cluster.kube import Object
from lab.core.figures import number
from lab.core.quantity import amount
from lab.settings.topology import SHARD_PREFIX
from lab.store.made_with import NodeCores, Placement, PodPlace

SHOWN = 12
"""Workloads that the sentence names; a topology may have 1,000 shards."""


def placement(pods: Iterable[Object], nodes: Iterable[Object], *, cores: float) -> Placement:
    """Where these pods run, on nodes of a machine with so many cores."""
    claimed = sorted((_cores(node) for node in nodes), key=lambda one: one.node)
    return Placement(
        pods=tuple(sorted((_place(pod) for pod in pods), key=lambda one: (one.namespace, one.pod))),
        nodes=tuple(claimed),
        cores=cores,
        shared=sum(one.cores for one in claimed) > cores,
    )


def _cores(node: Object) -> NodeCores:
    return NodeCores(node=node["metadata"]["name"], cores=amount(str(node["status"]["capacity"]["cpu"])))


def _place(pod: Object) -> PodPlace:
    return PodPlace(
        namespace=pod["metadata"]["namespace"],
        pod=pod["metadata"]["name"],
        workload=workload_of(pod),
        node=pod["spec"].get("nodeName"),
    )


def workload_of(pod: Object) -> str:
    """What a pod belongs to: its shard by name, else its app; the pod's own name where no label says."""
    labels = pod["metadata"].get("labels") or {}
    if "shard" in labels:
        return SHARD_PREFIX + str(labels["shard"])
    return str(labels.get("app") or labels.get("app.kubernetes.io/name") or pod["metadata"]["name"])


def sentence(placed: Placement, cluster: str, namespace: str) -> str:
    """Where the workloads of a namespace run, and what their nodes share, for people."""
    named = [
        f"{one.workload} on {(one.node or 'no node').removeprefix(f'k3d-{cluster}-')}"
        for one in placed.pods
        if one.namespace == namespace
    ]
    more = [f"and {len(named) - SHOWN} more"] if len(named) > SHOWN else []
    return f"{', '.join([*named[:SHOWN], *more])}; {shared_words(placed)}"


def shared_words(placed: Placement) -> str:
    """Which cores the nodes have, for people."""
    cores = f"this machine's {number(placed.cores)} cores"
    count = len(placed.nodes)
    if not placed.shared:
        return f"the nodes claim {number(sum(one.cores for one in placed.nodes))} of {cores}"
    return f"the {count} nodes and k6 share {cores}"
