"""The names and labels by which the lab knows what it made; it touches nothing else."""

from collections.abc import Mapping

PART_OF = "app.kubernetes.io/part-of"
"""The label on every object, always with the value `PART_OF_VALUE`."""
PART_OF_VALUE = "matching-engine-lab"
NAME = "matching-engine-lab/name"
"""The label on every object that names the lab it belongs to: the settings' `name`."""
CHECKOUT = "matching-engine-lab/checkout"
"""The label of a node's container that names the folder of the checkout that made its cluster."""
TOPOLOGY = "matching-engine-lab/topology"
"""The annotation that names the topology that is up: of the workloads' namespace, or of `STANDING` in one of others."""
STANDING = "matching-engine-lab"
"""The ConfigMap that says which topology stands in a namespace that others made."""

SEAT = "matching-engine-lab/seat"
"""The label of a node that names the seat it offers; a seat's first shard is bound to it, a further one prefers it."""

BROKER_SEAT = "matching-engine-lab/broker"
"""The label, `true`, of the server, where the broker is, away from the shards, and which the gateway prefers."""


def seat_of(shard: int, agents: int) -> int:
    """The seat of a topology's n-th shard (from 0): the agents in turn, so that shards share as few nodes as can be."""
    return shard % max(agents, 1)


def is_bound(shard: int, agents: int) -> bool:
    """Whether the n-th shard (from 0) is bound to its seat: the first of each is, in every topology alike."""
    return shard < max(agents, 1)


def seat_container(cluster: str, number: int, agents: int) -> str:
    """The container of the node that offers a seat; a cluster without agents has one, on its server."""
    return f"k3d-{cluster}-agent-{number}" if agents else server_container(cluster)


def labels(name: str) -> dict[str, str]:
    """What every object of the lab of this name carries: apply, prune and down select by it."""
    return {PART_OF: PART_OF_VALUE, NAME: name}


def selector(carried: Mapping[str, str]) -> str:
    """Selects the objects that carry all of some labels."""
    return ",".join(f"{key}={value}" for key, value in carried.items())


def registry_name(cluster: str) -> str:
    """The container of the lab's k3d registry; k3d puts `k3d-` before the name it is given."""
    return f"k3d-{cluster}-registry"


def server_container(cluster: str) -> str:
    """The container of the cluster's server node."""
    return f"k3d-{cluster}-server-0"


def network_name(cluster: str) -> str:
    """Docker's network of a cluster, its registry on it too."""
    return f"k3d-{cluster}"
