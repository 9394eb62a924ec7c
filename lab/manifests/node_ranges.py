"""Lays the addresses of the nodes that stand over the defaults in a manifest's network policies.

A user may give Docker other address pools, and k3s another pod network: by the defaults alone, the cluster's own nodes
would be strangers to the pods.
"""

from typing import Any

from lab.cluster.lab import Lab
from lab.core import node_blocks
from lab.process.shell import run
from lab.tools import docker


def of_cluster(lab: Lab) -> tuple[str, ...]:
    """The blocks of addresses that the nodes have; none where Docker doesn't know their network.

    What Kubernetes has given to nodes that are in is held against k3s's default; until the first is, that counts.
    """
    found = run(docker.network_subnets_command(lab.settings.name), check=False)
    subnets = tuple(found.stdout.split()) if found.ok else ()
    if not subnets:
        return ()
    given = (node.get("spec", {}).get("podCIDRs") or [] for node in lab.kube.items("Node"))
    own = node_blocks.in_pod_networks(sorted({part for parts in given for part in parts}))
    usual = node_blocks.by_default(lab.settings.cluster.nodes)[len(node_blocks.DOCKER) :]
    return (*subnets, *(usual if set(own) <= set(usual) else own))


def lay_over(documents: list[dict[str, Any]], blocks: tuple[str, ...]) -> bool:
    """Let these blocks stand wherever a policy has blocks; whether that changed anything."""
    changed = False
    peers = [{"ipBlock": {"cidr": block}} for block in blocks]
    for document in documents if blocks else ():
        spec = document["spec"] if document["kind"] == "NetworkPolicy" else {}
        for way, side in (("ingress", "from"), ("egress", "to")):
            for rule in spec.get(way) or ():
                if any("ipBlock" in peer for peer in rule.get(side) or ()) and rule[side] != peers:
                    rule[side] = peers
                    changed = True
    return changed
