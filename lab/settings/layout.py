"""How the manifests fit the cluster that they are for: what differs between clusters and is not the experiment's."""

from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from lab.core.access import SPEC, Namespaces
from lab.settings.settings import KubernetesSettings, NodePortSettings, Settings, TolerationSettings


@dataclass(frozen=True, kw_only=True)
class Seats:
    """Pods are bound to nodes by labels that the lab gives them: of so many agents one for each shard, in turn."""

    agents: int


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Pods keep away from each other, on nodes that the lab neither names nor labels.

    Args:
        node_selector: The labels of the nodes that will do.
        tolerations: The taints of those nodes that keep others away.
    """

    node_selector: dict[str, str]
    tolerations: tuple[TolerationSettings, ...]


@dataclass(frozen=True, kw_only=True)
class NodePorts:
    """Orders and the control's requests come in at ports of every node."""

    entry: int
    control: int


@dataclass(frozen=True, kw_only=True)
class ScrapedByOthers:
    """A Prometheus of the cluster's scrapes the lab's pods.

    Args:
        pod_monitor: The labels of the PodMonitor that tells its operator of them; None where annotations do.
    """

    pod_monitor: dict[str, str] | None


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How the objects fit into a cluster.

    Args:
        namespaces: Where they are.
        placement: What decides on which nodes pods run.
        exposure: Where orders come in; None where they come from pods of the namespace alone.
        nodes: How many the cluster has, where the lab makes it, namespaces, releases and all; None where there is one
            namespace of it, into which Prometheus' objects belong too.
        pull_secret: What the nodes pull images with.
        storage_class: Of the broker's volume; the cluster's default where it is None.
        scraped_by: The cluster's Prometheus, where the lab brings none.
    """

    namespaces: Namespaces
    placement: Seats | Spread
    exposure: NodePorts | None
    nodes: int | None
    pull_secret: str | None = None
    storage_class: str | None = None
    scraped_by: ScrapedByOthers | None = None


def dump(layout: Layout) -> Any:
    """The layout as JSON has it."""
    return TypeAdapter(Layout).dump_python(layout, mode="json")


def load(value: Any) -> Layout:
    """The layout that `dump` gave."""
    return TypeAdapter(Layout).validate_python(value)


def of_own_cluster(settings: Settings) -> Layout:
    """In a cluster that the lab makes."""
    ports: NodePortSettings = settings.node_ports
    return Layout(
        namespaces=SPEC,
        placement=Seats(agents=settings.cluster.agents),
        exposure=NodePorts(entry=ports.entry, control=ports.control),
        nodes=settings.cluster.nodes,
    )


def of_namespace(kubernetes: KubernetesSettings) -> Layout:
    """In one namespace of a cluster that is there."""
    others = kubernetes.prometheus
    return Layout(
        namespaces=Namespaces(workloads=kubernetes.namespace, monitoring=kubernetes.namespace),
        placement=Spread(node_selector=kubernetes.node_selector, tolerations=kubernetes.tolerations),
        exposure=None,
        nodes=None,
        pull_secret=kubernetes.pull_secret,
        storage_class=kubernetes.storage_class,
        scraped_by=ScrapedByOthers(pod_monitor=others.pod_monitor) if others else None,
    )
