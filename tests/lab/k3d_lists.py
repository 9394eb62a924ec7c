"""What k3d and Docker print of a lab's cluster and registry."""

import io
import json
import tarfile
from dataclasses import asdict
from typing import Any

from lab.bringup.standing import MARK, Mark, Standing
from lab.core.ownership import CHECKOUT
from lab.core.paths import ROOT
from tests.lab.doubles import Recorder

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


NODES = (f"k3d-{NAME}-server-0", *(f"k3d-{NAME}-agent-{number}" for number in range(3)))
MINE = Mark(checkout=str(ROOT), addresses={node: f"172.18.0.{n}" for n, node in enumerate(NODES, 3)}, registry=True)


def made(
    *, image: str = "rancher/k3s:v1.35.5-k3s1", maker: str = str(ROOT), mark: Mark | None = MINE, nodes: int = 4
) -> Standing:
    """The lab's cluster, whole with so many nodes, unless something else is said."""
    if mark is not None:
        mark = Mark(checkout=maker, addresses=dict(list(MINE.addresses.items())[:nodes]), registry=mark.registry)
    disabled = frozenset({"traefik", "servicelb", "metrics-server"})
    return Standing(image=image, disabled=disabled, maker=maker, mark=mark)


def server(run: Recorder, found: Standing, *, name: str = NAME) -> None:
    """Let Docker tell this of the server's container."""
    words = ["server", *(f"--disable={addon}" for addon in found.disabled), "--tls-san", "127.0.0.1"]
    config = {"Image": found.image, "Cmd": words, "Labels": {CHECKOUT: found.maker} if found.maker else None}
    container = f"k3d-{name}-server-0"
    run.on("inspect", container, stdout=json.dumps([{"Config": config}]))
    if found.mark is None:
        run.on("cp", f"{container}:{MARK}", code=1, stderr=f"Could not find the file {MARK} in container {container}")
        return
    packed, content = io.BytesIO(), json.dumps(asdict(found.mark)).encode()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo(MARK.name)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    run.on("cp", f"{container}:{MARK}", stdout=packed.getvalue().decode())
