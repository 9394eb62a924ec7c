"""The addresses of a cluster's nodes, as blocks of a network policy: those that Docker and k3s give by default."""

from collections.abc import Iterable
from ipaddress import ip_network

DOCKER = ("172.16.0.0/12", "192.168.0.0/16")
"""The default address pools of Docker's networks, one of which a k3d cluster's nodes are on."""
POD_NETWORK = "10.42.{part}.0/24"
"""The part of k3s's pod network that one node has."""
PARTS_PER_NODE = 2
"""More parts than nodes, since numbers are left out when a node registers twice (seen: part 4 in a cluster of four)."""


def by_default(count: int) -> tuple[str, ...]:
    """Where this many nodes' own traffic comes from, and where theirs is received; no pod's address is among them."""
    return (*DOCKER, *in_pod_networks(POD_NETWORK.format(part=part) for part in range(count * PARTS_PER_NODE)))


def in_pod_networks(parts: Iterable[str]) -> tuple[str, ...]:
    """The two addresses that a node has itself in its part of the pod network: flannel.1 and cni0.

    Traffic that a node passes on to a pod of another comes from there; its pods have the addresses above.
    """
    networks = map(ip_network, parts)
    return tuple(f"{part.network_address}/{part.max_prefixlen - 1}" for part in networks)
