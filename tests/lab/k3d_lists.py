"""What `k3d cluster list` and `k3d registry list` print of a lab."""

import json
from typing import Any

NAME = "matching-engine-exp"
PORTS = ("8080", "8081", "9090", "3000")
NONE = "[]"


def clusters(*, servers: int = 1, agents: int = 3, running: int = 4, ports: tuple[str, ...] = PORTS) -> str:
    """The lab's cluster; the server is the last to run."""
    mappings = {f"{number}/tcp": [{"HostPort": port}] for number, port in enumerate(ports)}
    nodes: list[dict[str, Any]] = [{"role": "agent", "image": "i"} for _ in range(agents)]
    nodes += [{"role": "server", "image": "i", "portMappings": mappings} for _ in range(servers)]
    for number, node in enumerate(nodes):
        node["State"] = {"Running": number < running}
    return json.dumps([{"name": NAME, "nodes": nodes}])


def registries(*, running: bool = True, port: str = "5111") -> str:
    """The lab's registry."""
    ports = {"5000/tcp": [{"HostPort": port}]}
    return json.dumps([{"name": f"k3d-{NAME}-registry", "State": {"Running": running}, "portMappings": ports}])
