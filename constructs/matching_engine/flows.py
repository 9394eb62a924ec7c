"""Which traffic the lab knows: who may talk to whom, on which ports. Anything else is refused at both ends."""

from collections.abc import Mapping
from dataclasses import dataclass

from lab.core.access import SPEC
from lab.settings.topology import CONTROL as CONTROL_APP
from matching_engine import gateway, ports, redpanda, shard

KUBE_API = 6443
"""What the Service `kubernetes` leads to on a k3s node."""
KUBELET = 10250
PROMETHEUS_HTTP = 9090
GRAFANA_HTTP = 3000
DNS_PORT = 53


@dataclass(frozen=True, kw_only=True)
class Role:
    """The pods of a namespace that have these labels."""

    name: str
    namespace: str
    labels: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Nodes:
    """The cluster's nodes, whose addresses are a NodePort's traffic and the kubelets."""

    name = "nodes"
    count: int


@dataclass(frozen=True, kw_only=True)
class Flow:
    """Connections from a source to ports of a target."""

    source: Role | Nodes
    target: Role | Nodes
    ports: tuple[int, ...]
    protocols: tuple[str, ...] = ("TCP",)


ENGINE = Role(name="matching-engine", namespace=SPEC.workloads, labels={"app": shard.APP})
GATEWAY = Role(name="edge-gateway", namespace=SPEC.workloads, labels={"app": gateway.APP})
CONTROL = Role(name="control", namespace=SPEC.workloads, labels={"app": CONTROL_APP})
BROKER = Role(name="redpanda", namespace=SPEC.workloads, labels={"app": redpanda.APP})
PROMETHEUS = Role(
    name="prometheus",
    namespace=SPEC.monitoring,
    labels={"app.kubernetes.io/name": "prometheus", "app.kubernetes.io/component": "server"},
)
GRAFANA = Role(name="grafana", namespace=SPEC.monitoring, labels={"app.kubernetes.io/name": "grafana"})
DNS = Role(name="dns", namespace="kube-system", labels={"k8s-app": "kube-dns"})


def topology_roles(*, has_gateway: bool) -> tuple[Role, ...]:
    """The roles in a topology whose traffic is ruled; a single shard has no gateway before it."""
    return (ENGINE, *([GATEWAY] if has_gateway else []), CONTROL, BROKER, PROMETHEUS, GRAFANA)


def known_flows(*, roles: tuple[Role, ...], nodes: int) -> tuple[Flow, ...]:
    """All traffic between these roles, the cluster's nodes (so many) and its DNS."""
    outside = Nodes(count=nodes)
    entry = GATEWAY if GATEWAY in roles else ENGINE
    flows = (
        Flow(source=outside, target=entry, ports=(ports.HTTP,)),
        Flow(source=outside, target=CONTROL, ports=(ports.HTTP,)),
        Flow(source=GATEWAY, target=ENGINE, ports=(ports.HTTP,)),
        Flow(source=ENGINE, target=BROKER, ports=(ports.KAFKA,)),
        Flow(source=PROMETHEUS, target=ENGINE, ports=(ports.METRICS,)),
        Flow(source=PROMETHEUS, target=GATEWAY, ports=(ports.METRICS,)),
        Flow(source=PROMETHEUS, target=BROKER, ports=(ports.ADMIN,)),
        Flow(source=PROMETHEUS, target=outside, ports=(KUBE_API, KUBELET)),
        Flow(source=GRAFANA, target=PROMETHEUS, ports=(PROMETHEUS_HTTP,)),
        Flow(source=outside, target=PROMETHEUS, ports=(PROMETHEUS_HTTP,)),
        Flow(source=outside, target=GRAFANA, ports=(GRAFANA_HTTP,)),
        *(
            Flow(source=role, target=DNS, ports=(DNS_PORT,), protocols=("UDP", "TCP"))
            for role in roles
            if role is not CONTROL  # it answers and calls nobody
        ),
    )
    ends = (*roles, outside, DNS)
    return tuple(flow for flow in flows if flow.source in ends and flow.target in ends)


def lasting_flows(*, nodes: int) -> tuple[Flow, ...]:
    """The traffic that is known in every topology, with a gateway and without."""
    single, sharded = (
        known_flows(roles=topology_roles(has_gateway=has_gateway), nodes=nodes) for has_gateway in (False, True)
    )
    return tuple(flow for flow in single if flow in sharded)
