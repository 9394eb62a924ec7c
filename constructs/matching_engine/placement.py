"""Which nodes a pod is bound to, prefers or keeps away from."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from cdk8s_plus_28 import k8s

from lab.core.ownership import BROKER_SEAT, SEAT, is_bound, seat_of
from lab.settings.layout import Seats, Spread

HOST = "kubernetes.io/hostname"
"""The label that tells nodes apart."""
SHARDS = {"app": "matching-engine"}
BROKER = {"app": "redpanda"}

PodFields = Mapping[str, Any]
"""The fields of a pod's spec that place it."""


class Placement(Protocol):
    """Where the pods of each kind run."""

    def broker(self) -> PodFields:
        """Away from the shards, which it would take CPU from."""

    def shard(self, number: int) -> PodFields:
        """The n-th shard (from 0): on nodes of their own while there are enough."""

    def gateway(self) -> PodFields:
        """Where it takes no shard's CPU, if there is such a node."""

    def beside(self, selector: Mapping[str, str], fields: PodFields) -> PodFields:
        """On the node of the pod with these labels and fields."""


@dataclass(frozen=True, kw_only=True)
class SeatPlacement:
    """By labels that the lab gives to its nodes: the first shard of a seat is bound to it, a further one prefers it.

    Args:
        agents: How many nodes have seats.
    """

    agents: int

    def broker(self) -> PodFields:
        """Bound to the server."""
        return {"affinity": bound(BROKER_SEAT, "true")}

    def shard(self, number: int) -> PodFields:
        """The agents in turn."""
        ties = bound if is_bound(number, self.agents) else prefers
        return {"affinity": ties(SEAT, str(seat_of(number, self.agents)))}

    def gateway(self) -> PodFields:
        """The server, where orders come in: from another node each would take one hop more."""
        return {"affinity": prefers(BROKER_SEAT, "true")}

    def beside(self, selector: Mapping[str, str], fields: PodFields) -> PodFields:
        """As that one is placed."""
        del selector
        return fields


class SpreadPlacement:
    """By what pods say of each other.

    Args:
        spread: The nodes that will do.
    """

    def __init__(self, spread: Spread) -> None:
        self._nodes: PodFields = {
            "node_selector": spread.node_selector or None,
            "tolerations": [
                k8s.Toleration(key=one.key, operator=one.operator, value=one.value or None, effect=one.effect)
                for one in spread.tolerations
            ]
            or None,
        }

    def broker(self) -> PodFields:
        """Off the shards' nodes, if it can be."""
        return {**self._nodes, "affinity": _avoids(SHARDS)}

    def shard(self, number: int) -> PodFields:
        """No node has two shards more than another."""
        del number
        even = k8s.TopologySpreadConstraint(
            max_skew=1,
            topology_key=HOST,
            when_unsatisfiable="DoNotSchedule",
            label_selector=k8s.LabelSelector(match_labels=SHARDS),
            node_taints_policy="Honor",  # a node that no shard may run on is none that lacks one
        )
        return {**self._nodes, "affinity": _avoids(BROKER), "topology_spread_constraints": [even]}

    def gateway(self) -> PodFields:
        """Off the shards' nodes, if it can be."""
        return {**self._nodes, "affinity": _avoids(SHARDS)}

    def beside(self, selector: Mapping[str, str], fields: PodFields) -> PodFields:
        """On that pod's node, whichever it is."""
        del fields
        there = k8s.PodAffinity(required_during_scheduling_ignored_during_execution=[_on_the_node_of(selector)])
        return {**self._nodes, "affinity": k8s.Affinity(pod_affinity=there)}


def placement_of(placement: Seats | Spread) -> Placement:
    """What places pods so."""
    return SeatPlacement(agents=placement.agents) if isinstance(placement, Seats) else SpreadPlacement(placement)


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


def _avoids(labels: Mapping[str, str]) -> k8s.Affinity:
    """A preference for nodes without pods of these labels."""
    term = k8s.WeightedPodAffinityTerm(weight=100, pod_affinity_term=_on_the_node_of(labels))
    away = k8s.PodAntiAffinity(preferred_during_scheduling_ignored_during_execution=[term])
    return k8s.Affinity(pod_anti_affinity=away)


def _on_the_node_of(labels: Mapping[str, str]) -> k8s.PodAffinityTerm:
    return k8s.PodAffinityTerm(topology_key=HOST, label_selector=k8s.LabelSelector(match_labels=dict(labels)))
