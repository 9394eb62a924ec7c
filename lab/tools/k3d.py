"""k3d: the cluster and its registry as commands, and what k3d says of them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lab.core.ownership import BROKER_SEAT, CHECKOUT, PART_OF, PART_OF_VALUE, SEAT, registry_name
from lab.core.paths import ROOT
from lab.process.shell import Command, run
from lab.settings.settings import Settings
from lab.tools.printed import parsed, read_of

CREATE_MARGIN = 60
"""Seconds that k3d gets beyond its own timeout, to take back what it had begun."""
API_PORT = "6443"
"""The API server's port in its container; k3d picks a free one of the host for it."""
REGISTRY_IMAGE = "docker.io/library/registry:2"
"""What k3d makes registries of, unless told otherwise."""
REGISTRY_PORT = 5000
"""Where the registry listens in its container."""


@dataclass(frozen=True, kw_only=True)
class ClusterState:
    """The state of a cluster: counts of its nodes, of those running, and the ports on 127.0.0.1."""

    servers: int
    agents: int
    running: int
    ports: frozenset[int] = frozenset()

    @property
    def nodes(self) -> int:
        """Servers and agents."""
        return self.servers + self.agents


def tools_image(version: str) -> str:
    """The image that a k3d of this version starts beside each cluster that it makes."""
    return f"ghcr.io/k3d-io/k3d-tools:{version}"


def config(settings: Settings, node_images: Path | None = None) -> dict[str, Any]:
    """The cluster as k3d's configuration file (v1alpha5) has it.

    Ports go to the server node itself (`:direct`), past k3d's load balancer, which isn't made at all; everything
    listens on 127.0.0.1; the user's kubeconfig is left alone.

    Args:
        settings: What it is to be like.
        node_images: An archive of images that each node takes in as it starts; None: it fetches its own.
    """
    ports = [
        {"port": f"127.0.0.1:{host}:{node}", "nodeFilters": ["server:0:direct"]} for host, node in _port_pairs(settings)
    ]
    return {
        "apiVersion": "k3d.io/v1alpha5",
        "kind": "Simple",
        "metadata": {"name": settings.name},
        "servers": settings.cluster.servers,
        "agents": settings.cluster.agents,
        "image": settings.cluster.image,
        "kubeAPI": {"hostIP": "127.0.0.1"},
        "ports": ports,
        **_registries(settings),
        **({"volumes": [_taken_in(node_images)]} if node_images else {}),
        "options": {
            "k3d": {"wait": True, "timeout": f"{settings.cluster.timeout}s", "disableLoadbalancer": True},
            "k3s": {
                "nodeLabels": _seats(settings),
                "extraArgs": [
                    {"arg": f"--disable={addon}", "nodeFilters": ["server:*"]} for addon in settings.cluster.disable
                ],
            },
            "kubeconfig": {"updateDefaultKubeconfig": False, "switchCurrentContext": False},
            "runtime": {
                "labels": [
                    {"label": f"{key}={value}", "nodeFilters": ["server:*", "agent:*"]}
                    for key, value in ((PART_OF, PART_OF_VALUE), (CHECKOUT, ROOT))
                ]
            },
        },
    }


def _taken_in(archive: Path) -> dict[str, Any]:
    """k3s imports what lies in this folder when it starts."""
    return {
        "volume": f"{archive}:/var/lib/rancher/k3s/agent/images/{archive.name}:ro",
        "nodeFilters": ["server:*", "agent:*"],
    }


def _seats(settings: Settings) -> list[dict[str, Any]]:
    """One shard's seat an agent, or one on the server when there are none; the broker's on the server."""
    agents = settings.cluster.agents
    filters = [f"agent:{number}" for number in range(agents)] or ["server:0"]
    seats = [{"label": f"{SEAT}={number}", "nodeFilters": [name]} for number, name in enumerate(filters)]
    return [{"label": f"{BROKER_SEAT}=true", "nodeFilters": ["server:0"]}, *seats]


def _registries(settings: Settings) -> dict[str, Any]:
    """The lab's registry, where the images come from it; with an import there is none."""
    if settings.images.delivery == "import":
        return {}
    return {"registries": {"use": [f"{registry_name(settings.name)}:{REGISTRY_PORT}"]}}


def _port_pairs(settings: Settings) -> list[tuple[int, int]]:
    node = settings.node_ports.model_dump()
    return [(host, node[name]) for name, host in settings.ports.model_dump().items() if name in node]


def published(settings: Settings) -> frozenset[int]:
    """The ports of this machine that lead into the cluster."""
    return frozenset(host for host, _ in _port_pairs(settings))


def config_text(settings: Settings, node_images: Path | None = None) -> str:
    """The configuration as YAML; k3d checks it against its own schema before it makes anything."""
    return yaml.safe_dump(config(settings, node_images), sort_keys=False)


def create_command(k3d: str, settings: Settings, path: str) -> Command:
    """Makes the cluster from the configuration file at this path."""
    argv = (k3d, "cluster", "create", "--config", path)
    return Command(argv=argv, deadline=settings.cluster.timeout + CREATE_MARGIN, lasting=True)


def delete_command(k3d: str, name: str) -> Command:
    """Deletes the cluster with its volume and network."""
    return Command(argv=(k3d, "cluster", "delete", name), deadline=180, lasting=True)


def kubeconfig_command(k3d: str, name: str) -> Command:
    """Prints the cluster's kubeconfig."""
    return Command(argv=(k3d, "kubeconfig", "get", name), deadline=30)


def list_command(k3d: str) -> Command:
    """Lists the clusters."""
    return Command(argv=(k3d, "cluster", "list", "--output", "json"), deadline=30)


def cluster_state(k3d: str, name: str) -> ClusterState | None:
    """The state of the cluster, or None.

    Raises:
        ToolError: k3d failed, for instance because Docker is stopped.
    """
    return parse_clusters(run(list_command(k3d)).stdout, name)


def parse_clusters(text: str, name: str) -> ClusterState | None:
    """The state of one cluster in k3d's list; None when it isn't there or has no node left."""
    with read_of("k3d cluster list", text):
        found = next((c for c in parsed(text or "[]") or () if c["name"] == name), None)
        nodes = [n for n in (found or {}).get("nodes") or [] if n["role"] in {"server", "agent"}]
        if not nodes:
            return None
        return ClusterState(
            servers=sum(n["role"] == "server" for n in nodes),
            agents=sum(n["role"] == "agent" for n in nodes),
            running=sum(bool(n["State"]["Running"]) for n in nodes),
            ports=frozenset(
                int(binding["HostPort"])
                for node in nodes
                for port, bindings in (node.get("portMappings") or {}).items()
                for binding in bindings
                if port.partition("/")[0] != API_PORT
            ),
        )


def registry_create_command(k3d: str, settings: Settings) -> Command:
    """Makes the lab's registry, on 127.0.0.1 only; k3d adds `k3d-` to the name."""
    name = registry_name(settings.name).removeprefix("k3d-")
    port = f"127.0.0.1:{settings.ports.registry}"
    argv = (k3d, "registry", "create", name, "--image", REGISTRY_IMAGE, "--port", port, "--no-help")
    return Command(argv=argv, deadline=300, lasting=True)


def registry_delete_command(k3d: str, name: str) -> Command:
    """Deletes the lab's registry and what was pushed to it."""
    return Command(argv=(k3d, "registry", "delete", registry_name(name)), deadline=60, lasting=True)


def registry_list_command(k3d: str) -> Command:
    """Lists the registries."""
    return Command(argv=(k3d, "registry", "list", "--output", "json"), deadline=30)


def registry_state(k3d: str, name: str) -> tuple[bool, int] | None:
    """Whether the lab's registry runs, and its port on 127.0.0.1, or None; raises as `cluster_state`."""
    return parse_registries(run(registry_list_command(k3d)).stdout, name)


def held_ports(k3d: str, settings: Settings) -> set[str]:
    """The ports that the lab itself holds, by name: its registry one, its cluster all others; raises likewise."""
    registry, cluster = registry_state(k3d, settings.name), cluster_state(k3d, settings.name)
    return {port for port in settings.ports.model_dump() if (registry if port == "registry" else cluster) is not None}


def parse_registries(text: str, name: str) -> tuple[bool, int] | None:
    """Whether the lab's registry runs, and its port on 127.0.0.1; None when there is none."""
    with read_of("k3d registry list", text):
        found = next((r for r in parsed(text or "[]") or () if r["name"] == registry_name(name)), None)
        if found is None:
            return None
        mapped = (found.get("portMappings") or {}).get(f"{REGISTRY_PORT}/tcp") or [{}]
        return bool(found["State"]["Running"]), int(mapped[0].get("HostPort") or 0)


def import_command(k3d: str, archive: Path, cluster: str) -> Command:
    """Copies an archived image to each node; `direct`, since the default mode hides failures."""
    return Command(argv=(k3d, "image", "import", str(archive), "--cluster", cluster, "--mode", "direct"), deadline=600)
