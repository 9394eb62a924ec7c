"""The lab's traffic rules."""

from collections.abc import Mapping

from cdk8s_plus_28 import k8s
from constructs import Construct

from lab.core import node_blocks
from lab.settings.layout import Layout
from matching_engine.flows import Anywhere, Flow, Nodes, Role, known_flows, lasting_flows, topology_roles
from matching_engine.labels import chart_labels
from matching_engine.ports import number

BOTH_WAYS = ["Ingress", "Egress"]
NAMESPACE_NAME = "kubernetes.io/metadata.name"


class NetworkPoliciesConstruct(Construct):
    """Everything is refused to the lab's pods, both ways, but the known flows; to any pod in namespaces of its own.

    A role has one policy of what is allowed in every topology, and one more for each flow that only some have: so
    switching adds policies and takes others away, changes none, and allows both topologies' traffic in between.
    The policies are about roles, not shards: a thousand shards need no more of them than two.
    See https://kubernetes.io/docs/concepts/services-networking/network-policies/
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the constructs' own word
        *,
        has_gateway: bool,
        layout: Layout,
    ) -> None:
        super().__init__(scope, id)
        roles = topology_roles(has_gateway=has_gateway, layout=layout)
        always = topology_roles(has_gateway=False, layout=layout)
        flows, lasting = known_flows(roles=roles, nodes=layout.nodes), lasting_flows(layout)
        self._namespaces = layout.namespaces
        for namespace in layout.namespaces.all:
            self._policy("default-deny", namespace, chart_labels(scope) if layout.nodes is None else {})
        for role in roles:
            own = [flow for flow in flows if role in (flow.source, flow.target)]
            extra = [flow for flow in own if flow not in lasting] if role in always else []
            self._allow(role.name, role, [flow for flow in own if flow not in extra])
            for flow in extra:
                self._allow(_name(role, flow), role, [flow])

    def _allow(self, name: str, role: Role, flows: list[Flow]) -> None:
        self._policy(
            name,
            role.namespace(self._namespaces),
            role.labels,
            ingress=[self._ingress(flow) for flow in flows if flow.target == role],
            egress=[self._egress(flow) for flow in flows if flow.source == role],
        )

    def _policy(
        self,
        name: str,
        namespace: str,
        labels: Mapping[str, str],
        *,
        ingress: list[k8s.NetworkPolicyIngressRule] | None = None,
        egress: list[k8s.NetworkPolicyEgressRule] | None = None,
    ) -> None:
        k8s.KubeNetworkPolicy(
            self,
            f"{namespace}-{name}",
            metadata=k8s.ObjectMeta(name=name, namespace=namespace),
            spec=k8s.NetworkPolicySpec(
                pod_selector=_selector(labels),
                policy_types=BOTH_WAYS,
                # None when empty, since the API server keeps no empty lists.
                ingress=ingress or None,
                egress=egress or None,
            ),
        )

    def _ingress(self, flow: Flow) -> k8s.NetworkPolicyIngressRule:
        return k8s.NetworkPolicyIngressRule(from_=self._peers(flow.source), ports=_ports(flow))

    def _egress(self, flow: Flow) -> k8s.NetworkPolicyEgressRule:
        return k8s.NetworkPolicyEgressRule(to=self._peers(flow.target), ports=_ports(flow))

    def _peers(self, end: Role | Nodes | Anywhere) -> list[k8s.NetworkPolicyPeer] | None:
        if isinstance(end, Anywhere):
            return None
        if isinstance(end, Nodes):
            blocks = node_blocks.by_default(end.count)
            return [k8s.NetworkPolicyPeer(ip_block=k8s.IpBlock(cidr=block)) for block in blocks]
        namespace = _selector({NAMESPACE_NAME: end.namespace(self._namespaces)})
        return [k8s.NetworkPolicyPeer(namespace_selector=namespace, pod_selector=_selector(end.labels))]


def _name(role: Role, flow: Flow) -> str:
    """What the policy of one flow is called, at this end of it."""
    way, other = ("from", flow.source) if flow.target == role else ("to", flow.target)
    return f"{role.name}-{way}-{other.name}"


def _ports(flow: Flow) -> list[k8s.NetworkPolicyPort]:
    return [
        k8s.NetworkPolicyPort(port=number(port), protocol=protocol)
        for port in flow.ports
        for protocol in flow.protocols
    ]


def _selector(labels: Mapping[str, str]) -> k8s.LabelSelector:
    return k8s.LabelSelector(match_labels=dict(labels)) if labels else k8s.LabelSelector()
