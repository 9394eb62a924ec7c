"""Which nodes a pod prefers or is bound to, by the labels that the lab gives them."""

from functools import cache

from cdk8s_plus_28 import k8s


@cache
def prefers(label: str, value: str) -> k8s.Affinity:
    """A preference, no demand: a node that is full or gone keeps no pod from running elsewhere.

    See https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#node-affinity
    """
    term = k8s.PreferredSchedulingTerm(weight=100, preference=_offers(label, value))
    return k8s.Affinity(node_affinity=k8s.NodeAffinity(preferred_during_scheduling_ignored_during_execution=[term]))


@cache
def bound(label: str, value: str) -> k8s.Affinity:
    """A demand: the pod waits for such a node, and so runs there whatever else the scheduler weighs."""
    terms = k8s.NodeSelector(node_selector_terms=[_offers(label, value)])
    return k8s.Affinity(node_affinity=k8s.NodeAffinity(required_during_scheduling_ignored_during_execution=terms))


def _offers(label: str, value: str) -> k8s.NodeSelectorTerm:
    offers = k8s.NodeSelectorRequirement(key=label, operator="In", values=[value])
    return k8s.NodeSelectorTerm(match_expressions=[offers])
