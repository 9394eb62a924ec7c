"""Which nodes a pod prefers, by the labels that the lab gives them."""

from functools import cache

from cdk8s_plus_28 import k8s


@cache
def prefers(label: str, value: str) -> k8s.Affinity:
    """A preference, no demand: a node that is full or gone keeps no pod from running elsewhere.

    See https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#node-affinity
    """
    offers = k8s.NodeSelectorRequirement(key=label, operator="In", values=[value])
    term = k8s.PreferredSchedulingTerm(weight=100, preference=k8s.NodeSelectorTerm(match_expressions=[offers]))
    return k8s.Affinity(node_affinity=k8s.NodeAffinity(preferred_during_scheduling_ignored_during_execution=[term]))
