"""Who reaches whom, judged from the policies as a cluster judges them: at the sender's end and at the receiver's."""

from ipaddress import ip_address, ip_network
from typing import Any, NamedTuple

import pytest

Objects = list[dict[str, Any]]


class Pod(NamedTuple):
    """A pod, or a node when it has no namespace."""

    namespace: str
    labels: dict[str, str]
    address: str = "10.42.1.23"


LAB, MONITORING = "matching-engine", "monitoring"
SHARD = Pod(LAB, {"app": "matching-engine", "shard": "a"})
GATEWAY = Pod(LAB, {"app": "edge-gateway"})
CONTROL = Pod(LAB, {"app": "control"})
BROKER = Pod(LAB, {"app": "redpanda"})
PROMETHEUS = Pod(MONITORING, {"app.kubernetes.io/name": "prometheus", "app.kubernetes.io/component": "server"})
GRAFANA = Pod(MONITORING, {"app.kubernetes.io/name": "grafana"})
DNS = Pod("kube-system", {"k8s-app": "kube-dns"})
STRAY = Pod("default", {"app": "matching-engine"})
STRAY_HERE = Pod(LAB, {"run": "shell"})
DOCKER = Pod("", {}, "172.18.0.1")
"""Where a NodePort's traffic comes from on the node that took it: Docker's gateway."""
OTHER_NODE = Pod("", {}, "10.42.2.0")
"""And on another: that node's flannel.1, or the first address of its pods' network."""
BRIDGE = Pod("", {}, "10.42.4.1")
"""Part 4 of the pod network can be one of four nodes': parts are left out when a node registers twice."""
NO_NODE = Pod("", {}, "10.42.8.0")
INTERNET = Pod("", {}, "93.184.215.14")

FROM_OUTSIDE = (DOCKER, OTHER_NODE, BRIDGE)
KNOWN = [
    (SHARD, BROKER, 9092), (SHARD, DNS, 53), (BROKER, DNS, 53),
    (PROMETHEUS, SHARD, 9091), (PROMETHEUS, BROKER, 9644), (PROMETHEUS, DOCKER, 6443), (PROMETHEUS, DOCKER, 10250), (PROMETHEUS, DNS, 53),
    (GRAFANA, PROMETHEUS, 9090), (GRAFANA, DNS, 53),
    *((node, pod, port) for node in FROM_OUTSIDE for pod, port in ((PROMETHEUS, 9090), (GRAFANA, 3000), (CONTROL, 8080))),
]  # fmt: skip
IN_SINGLE = [(node, SHARD, 8080) for node in FROM_OUTSIDE]
IN_MULTI = [
    (GATEWAY, SHARD, 8080), (GATEWAY, DNS, 53), (PROMETHEUS, GATEWAY, 9091), *((node, GATEWAY, 8080) for node in FROM_OUTSIDE),
]  # fmt: skip
REFUSED = [
    *((STRAY, pod, port) for pod, port in ((SHARD, 8080), (SHARD, 9091), (GATEWAY, 8080), (BROKER, 9092), (BROKER, 9644))),
    *((STRAY, pod, port) for pod, port in ((PROMETHEUS, 9090), (GRAFANA, 3000))),
    *((STRAY_HERE, pod, port) for pod, port in ((SHARD, 8080), (BROKER, 9092), (PROMETHEUS, 9090), (DNS, 53))),
    (SHARD, SHARD, 8080), (SHARD, GATEWAY, 8080), (SHARD, BROKER, 9644), (SHARD, INTERNET, 443), (SHARD, DOCKER, 6443),
    (GATEWAY, BROKER, 9092), (GATEWAY, INTERNET, 443), (BROKER, SHARD, 8080), (BROKER, INTERNET, 443),
    (PROMETHEUS, SHARD, 8080), (PROMETHEUS, BROKER, 9092), (PROMETHEUS, INTERNET, 443),
    (GRAFANA, SHARD, 9091), (GRAFANA, INTERNET, 443),
    *((CONTROL, pod, port) for pod, port in ((SHARD, 8080), (GATEWAY, 8080), (BROKER, 9092), (DNS, 53), (INTERNET, 443))),
    (STRAY, CONTROL, 8080), (SHARD, CONTROL, 8080), (PROMETHEUS, CONTROL, 9091), (DOCKER, CONTROL, 9091),
    (NO_NODE, SHARD, 8080), (NO_NODE, GRAFANA, 3000), (INTERNET, SHARD, 8080), (DOCKER, BROKER, 9092), (DOCKER, SHARD, 9091),
]  # fmt: skip
FLOWS = [
    *((flow, {"single", "multi", "switching"}) for flow in KNOWN),
    *((flow, {"single", "switching"}) for flow in IN_SINGLE),
    *((flow, {"multi", "switching"}) for flow in IN_MULTI),
    *((flow, set[str]()) for flow in REFUSED),
]
"""Each with the topologies in which it passes. A switch adds the policies of the new one first, and takes those of the
old one away last: between the two the traffic of both passes, and no other."""


def _matches(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    return bool(selector.get("matchLabels", {}).items() <= labels.items())


def _is_peer(peer: dict[str, Any], other: Pod) -> bool:
    if "ipBlock" in peer:
        return ip_address(other.address) in ip_network(peer["ipBlock"]["cidr"])
    return (
        bool(other.namespace)
        and _matches(peer["namespaceSelector"], {"kubernetes.io/metadata.name": other.namespace})
        and _matches(peer["podSelector"], other.labels)
    )


def _passes(objects: Objects, pod: Pod, other: Pod, port: int, way: str) -> bool:
    policies = [
        item["spec"]
        for item in objects
        if item["kind"] == "NetworkPolicy"
        and item["metadata"]["namespace"] == pod.namespace
        and way in item["spec"]["policyTypes"]
        and _matches(item["spec"]["podSelector"], pod.labels)
    ]
    rules = [rule for spec in policies for rule in spec.get(way.lower(), ())]
    side = "from" if way == "Ingress" else "to"
    return not policies or any(
        any(_is_peer(peer, other) for peer in rule[side]) and port in {p["port"] for p in rule["ports"]}
        for rule in rules
    )


def _reaches(objects: Objects, source: Pod, target: Pod, port: int) -> bool:
    return _passes(objects, source, target, port, "Egress") and _passes(objects, target, source, port, "Ingress")


def _id(value: Any) -> str:
    if not isinstance(value, tuple):
        return "-".join(sorted(value)) or "refused"
    source, target, port = value
    return f"{_name(source)}-{_name(target)}-{port}"


def _name(pod: Pod) -> str:
    return f"{pod.namespace}{pod.labels or pod.address}"


@pytest.mark.parametrize(("flow", "passes"), FLOWS, ids=_id)
def test_what_is_known_passes_at_both_ends_and_any_other_flow_is_refused(
    single: Objects, multi: Objects, flow: tuple[Pod, Pod, int], passes: set[str]
) -> None:
    topologies = {"single": single, "multi": multi, "switching": [*single, *multi]}

    assert {name for name, objects in topologies.items() if _reaches(objects, *flow)} == passes


def test_every_pod_is_the_subject_of_a_policy_of_its_own_beside_the_default(manifests: Objects) -> None:
    policies = [item for item in manifests if item["kind"] == "NetworkPolicy" and item["spec"]["podSelector"]]

    for item in manifests:
        if "template" in item.get("spec", {}):
            labels = item["spec"]["template"]["metadata"]["labels"]
            assert any(_matches(policy["spec"]["podSelector"], labels) for policy in policies), item["metadata"]["name"]


def test_everything_is_denied_both_ways_by_default_in_both_namespaces(manifests: Objects) -> None:
    denied = {
        item["metadata"]["namespace"]: item["spec"] for item in manifests if item["metadata"]["name"] == "default-deny"
    }

    nothing = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert denied == {LAB: nothing, MONITORING: nothing}


def test_no_block_holds_a_pods_address(manifests: Objects) -> None:
    blocks = {
        peer["ipBlock"]["cidr"]
        for item in manifests
        if item["kind"] == "NetworkPolicy"
        for way, side in (("ingress", "from"), ("egress", "to"))
        for rule in item["spec"].get(way, ())
        for peer in rule[side]
        if "ipBlock" in peer
    }

    pods = [ip_address(f"10.42.{node}.{last}") for node in range(12) for last in range(2, 255)]
    assert not any(pod in ip_network(block) for pod in pods for block in blocks)


def test_the_rules_need_no_exceptions(manifests: Objects) -> None:
    """Rig and cluster judge them alike: `ipBlock.except` isn't used."""
    assert "except" not in str([item for item in manifests if item["kind"] == "NetworkPolicy"])
