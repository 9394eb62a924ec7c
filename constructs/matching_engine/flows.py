"""Which traffic the lab knows: who may talk to whom, on which ports. Anything else is refused at both ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from lab.core.access import Namespaces
from lab.settings.layout import Layout
from lab.settings.topology import CONTROL as CONTROL_APP
from matching_engine import gateway, ports, redpanda, shard

KUBE_API = 6443
"""What the Service `kubernetes` leads to on a k3s node."""
KUBELET = 10250
PROMETHEUS_HTTP = 9090
GRAFANA_HTTP = 3000
HTTPS = 443
DNS_PORT = 53
SYSTEM = "kube-system"


@dataclass(frozen=True, kw_only=True)
class Role:
    """The pods that have these labels, in the workloads' namespace, the monitoring's or the cluster's own."""

    name: str
    part: Literal["workloads", "monitoring", "system"]
    labels: Mapping[str, str]

    def namespace(self, namespaces: Namespaces) -> str:
        """Where they are."""
        return SYSTEM if self.part == "system" else str(getattr(namespaces, self.part))


@dataclass(frozen=True, kw_only=True)
class Nodes:
    """The cluster's nodes, whose addresses are a NodePort's traffic and the kubelets."""

    name = "nodes"
    count: int


@dataclass(frozen=True, kw_only=True)
class Anywhere:
    """Any address: what has one that only the cluster's admin knows."""

    name = "anywhere"


@dataclass(frozen=True, kw_only=True)
class Flow:
    """Connections from a source to ports of a target."""

    source: Role | Nodes | Anywhere
    target: Role | Nodes | Anywhere
    ports: tuple[int, ...]
    protocols: tuple[str, ...] = ("TCP",)


ENGINE = Role(name="matching-engine", part="workloads", labels={"app": shard.APP})
GATEWAY = Role(name="edge-gateway", part="workloads", labels={"app": gateway.APP})
CONTROL = Role(name="control", part="workloads", labels={"app": CONTROL_APP})
BROKER = Role(name="redpanda", part="workloads", labels={"app": redpanda.APP})
PROMETHEUS = Role(
    name="prometheus",
    part="monitoring",
    labels={"app.kubernetes.io/name": "prometheus", "app.kubernetes.io/component": "server"},
)
GRAFANA = Role(name="grafana", part="monitoring", labels={"app.kubernetes.io/name": "grafana"})
DNS = Role(name="dns", part="system", labels={"k8s-app": "kube-dns"})


def topology_roles(*, has_gateway: bool, layout: Layout) -> tuple[Role, ...]:
    """The roles in a topology whose traffic is ruled.

    Args:
        has_gateway: A single shard has no gateway before it.
        layout: In one namespace of a cluster nobody opens Grafana, and Prometheus may be others'.
    """
    gateway, grafana = ((GATEWAY,) if has_gateway else ()), (() if layout.nodes is None else (GRAFANA,))
    return (ENGINE, *gateway, CONTROL, BROKER, *(() if layout.scraped_by else (PROMETHEUS,)), *grafana)


def known_flows(*, roles: tuple[Role, ...], nodes: int | None) -> tuple[Flow, ...]:
    """All traffic between these roles, the cluster's nodes and its DNS.

    Args:
        roles: Of `topology_roles`.
        nodes: How many there are; None where their addresses, and the API server's, aren't known.
    """
    outside = Nodes(count=nodes or 0)
    entry = GATEWAY if GATEWAY in roles else ENGINE
    scraper = PROMETHEUS if PROMETHEUS in roles else Anywhere()
    flows = (
        Flow(source=outside, target=entry, ports=(ports.HTTP,)),
        Flow(source=outside, target=CONTROL, ports=(ports.HTTP,)),
        Flow(source=GATEWAY, target=ENGINE, ports=(ports.HTTP,)),
        Flow(source=ENGINE, target=BROKER, ports=(ports.KAFKA,)),
        Flow(source=scraper, target=ENGINE, ports=(ports.METRICS,)),
        Flow(source=scraper, target=GATEWAY, ports=(ports.METRICS,)),
        Flow(source=PROMETHEUS, target=BROKER, ports=(ports.ADMIN,)),
        Flow(source=PROMETHEUS, target=outside, ports=(KUBE_API, KUBELET)),
        Flow(source=PROMETHEUS, target=Anywhere(), ports=(HTTPS, KUBE_API)),
        Flow(source=GRAFANA, target=PROMETHEUS, ports=(PROMETHEUS_HTTP,)),
        Flow(source=outside, target=PROMETHEUS, ports=(PROMETHEUS_HTTP,)),
        Flow(source=outside, target=GRAFANA, ports=(GRAFANA_HTTP,)),
        *(
            Flow(source=role, target=DNS, ports=(DNS_PORT,), protocols=("UDP", "TCP"))
            for role in roles
            if role is not CONTROL  # it answers and calls nobody
        ),
    )
    ends = (*roles, DNS, Anywhere() if nodes is None else outside)
    return tuple(flow for flow in flows if flow.source in ends and flow.target in ends)


def lasting_flows(layout: Layout) -> tuple[Flow, ...]:
    """The traffic that is known in every topology, with a gateway and without."""
    single, sharded = (
        known_flows(roles=topology_roles(has_gateway=has_gateway, layout=layout), nodes=layout.nodes)
        for has_gateway in (False, True)
    )
    return tuple(flow for flow in single if flow in sharded)
