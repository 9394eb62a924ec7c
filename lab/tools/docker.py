"""Docker: the commands that the lab gives it, and what their answers say."""

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from lab.core.causes import BUILD_FAILED, DOCKER_AWAY
from lab.core.errors import PreflightError, ToolError
from lab.core.http import is_loopback
from lab.core.ownership import network_name
from lab.process.shell import Command, Result, run
from lab.tools.printed import parsed, read_of, shown

SOURCE_LABEL = "matching-engine-lab.source"
"""The label in which a built image carries the hash of the folder it was built from."""
NOT_RUNNING = re.compile(
    r"cannot connect to the docker daemon|no such file or directory|connection refused|is Podman", re.IGNORECASE
)
"""How the docker command says that nothing listens for it; any other of its words means an engine that is broken."""
PODMAN = "host"
"""What `podman info` has at its top, and Docker's has not."""
IS_PODMAN = "docker here is Podman"
LEFTOVERS = {
    "container": ("ps", "--all", "--format", "{{.Names}}"),
    "volume": ("volume", "ls", "--format", "{{.Name}}"),
    "network": ("network", "ls", "--format", "{{.Name}}"),
}
"""Kind of thing to the words that list all of it."""


@dataclass(frozen=True, kw_only=True)
class Engine:
    """What `docker info` says of the engine; memory in bytes."""

    version: str
    cpus: int
    memory: int
    cgroup: str
    storage: str


def command(*words: str, deadline: float) -> Command:
    """A call of Docker, with the seconds that it may take."""
    return Command(argv=("docker", *words), deadline=deadline)


def info_command() -> Command:
    """Asks the engine what it is; short deadline, since a stopped engine answers at once and a hung one never."""
    return command("info", "--format", "{{json .}}", deadline=10)


def absence(environment: Mapping[str, str] = os.environ) -> str | None:
    """Why there is no Docker engine on this machine; None where one answers.

    Raises:
        PreflightError: There is one, or one was chosen by DOCKER_HOST or DOCKER_CONTEXT, and it doesn't answer well.
    """
    if shutil.which("docker") is None:
        return "there is no docker command on PATH"
    try:
        engine(environment)
    except PreflightError as error:
        if _chosen_by(environment) or not NOT_RUNNING.search(error.summary):
            raise
        return IS_PODMAN if IS_PODMAN in error.summary else "no Docker engine runs"
    return None


def _chosen_by(environment: Mapping[str, str]) -> str:
    """The variable that chooses an engine; empty where none does."""
    return next((name for name in ("DOCKER_HOST", "DOCKER_CONTEXT") if environment.get(name)), "")


def engine(environment: Mapping[str, str] = os.environ) -> Engine:
    """The engine that answers.

    Raises:
        PreflightError: There is no docker command, or no engine answers.
    """
    try:
        result = run(info_command(), check=False)
    except ToolError as error:
        raise PreflightError(
            f"docker does not answer: {error.summary}; install or start Docker, then try again", cause=DOCKER_AWAY
        ) from error
    info = _info(result)
    if PODMAN in info:
        raise PreflightError(f"{IS_PODMAN}, and k3d needs Docker; install Docker, then try again", cause=DOCKER_AWAY)
    version = info.get("ServerVersion")
    if not version or not isinstance(version, str):
        told = info.get("ServerErrors")
        errors = told if isinstance(told, list) else []
        words = [*errors, *result.stderr.strip().splitlines()[-1:], "no answer"][0]
        variable = _chosen_by(environment)
        which = f" of {variable}={shown(environment[variable])}" if variable else ""
        remedy = f"correct {variable} or leave it out" if variable else "start Docker"
        raise PreflightError(
            f"the Docker engine{which} does not answer: {words}; {remedy}, then try again", cause=DOCKER_AWAY
        )
    if not all(type(info.get(key)) is int and info[key] > 0 for key in ("NCPU", "MemTotal")):
        raise PreflightError(
            "the Docker engine does not say how many cores and how much memory it has; update Docker, then try again",
            cause=DOCKER_AWAY,
        )
    return Engine(
        version=version,
        cpus=info["NCPU"],
        memory=info["MemTotal"],
        cgroup=str(info.get("CgroupVersion") or "?"),
        storage=str(info.get("Driver") or "?"),
    )


def _info(result: Result) -> Mapping[str, Any]:
    """What `docker info` printed; nothing where it failed and gives its reason, if any, on stderr.

    Raises:
        PreflightError: It printed something else than an object.
    """
    try:
        info = parsed(result.stdout)
    except ValueError:
        info = None
    if isinstance(info, dict):
        return info
    if not result.ok and (result.stderr.strip() or not result.stdout.strip()):
        return {}
    got = shown(result.stdout)
    hint = f"put Docker's own first on PATH (this one is {shutil.which('docker')}), then try again"
    raise PreflightError(f"'docker info' printed something else than Docker's: {got}; {hint}", cause=DOCKER_AWAY)


def elsewhere(environment: Mapping[str, str] = os.environ) -> str | None:
    """The address of the engine where it is on another machine, whose 127.0.0.1 the lab's ports would be at.

    What DOCKER_HOST says, else the context in use; None where it is this machine's.
    """
    host = environment.get("DOCKER_HOST", "")
    if not host:
        asked = command("context", "inspect", "--format", "{{.Endpoints.docker.Host}}", deadline=10)
        result = run(asked, check=False)
        host = result.stdout.strip() if result.ok else ""
    is_remote = host.startswith("ssh://") or (host.startswith(("tcp://", "http")) and not is_loopback(host))
    return host if is_remote else None


def image_id_command(name: str) -> Command:
    """Asks for an image's id and labels."""
    return command("image", "inspect", "--format", "{{.Id}} {{json .Config.Labels}}", name, deadline=20)


def image(name: str) -> tuple[str, str] | None:
    """The id and source hash (empty if it has none) of an image in the host's store, or None."""
    result = run(image_id_command(name), check=False)
    if not result.ok:
        return None
    id_, _, labels = result.stdout.strip().partition(" ")
    with read_of("docker image inspect", result.stdout):
        return id_, (parsed(labels) or {}).get(SOURCE_LABEL, "")


def digests(name: str) -> tuple[str, tuple[str, ...]] | None:
    """The id of an image in the host's store, and its digests in registries (`REPOSITORY@sha256:…`); None: no image."""
    asked = command("image", "inspect", "--format", "{{.Id}} {{json .RepoDigests}}", name, deadline=20)
    result = run(asked, check=False)
    if not result.ok:
        return None
    id_, _, told = result.stdout.strip().partition(" ")
    with read_of("docker image inspect", result.stdout):
        return id_, tuple(parsed(told) or ())


def build_command(name: str, folder: Path, source: str, target: str | None = None) -> Command:
    """Builds a folder's Dockerfile, or a target of it, under a name, labelled with what it was built from."""
    chosen = ("--target", target) if target else ()
    words = ("build", "--label", f"{SOURCE_LABEL}={source}", *chosen, "--tag", name, str(folder))
    return replace(command(*words, deadline=1200), cause=BUILD_FAILED)


def pull_command(name: str) -> Command:
    """Pulls an image to the host's store."""
    return command("pull", "--quiet", name, deadline=1800)


def tag_command(name: str, other: str) -> Command:
    """Gives an image a further name."""
    return command("tag", name, other, deadline=20)


def push_command(name: str) -> Command:
    """Pushes a name to the registry in it."""
    return command("push", "--quiet", name, deadline=900)


def save_command(archive: Path, *names: str) -> Command:
    """Writes images to an archive."""
    return command("save", "--output", str(archive), *names, deadline=300 * len(names))


def load_command(archive: Path) -> Command:
    """Takes the images of an archive into the host's store."""
    return command("load", "--quiet", "--input", str(archive), deadline=1800)


def untag_command(name: str) -> Command:
    """Takes one name from an image; the image stays while it has another."""
    return command("rmi", "--no-prune", name, deadline=60)


def cluster_containers_command(cluster: str) -> Command:
    """Lists a cluster's containers with their roles, stopped ones too."""
    shown = '{{.Names}} {{.Label "k3d.role"}}'
    return command("ps", "--all", "--filter", f"label=k3d.cluster={cluster}", "--format", shown, deadline=20)


def cluster_nodes(cluster: str) -> list[str]:
    """The containers that are a cluster's nodes."""
    lines = run(cluster_containers_command(cluster)).stdout.splitlines()
    pairs = [line.partition(" ") for line in lines]
    return sorted(name for name, _, role in pairs if role in {"server", "agent"})


@dataclass(frozen=True, kw_only=True)
class NodeContainer:
    """A node's container: its address on the cluster's network, empty while it is stopped, and when it was started."""

    name: str
    address: str
    started: datetime


def node_containers(cluster: str) -> list[NodeContainer]:
    """The containers of a cluster's nodes.

    Raises:
        ToolError: Docker doesn't tell.
    """
    names = cluster_nodes(cluster)
    said = run(command("container", "inspect", *names, deadline=20)).stdout if names else "[]"
    with read_of("docker container inspect", said):
        return [
            NodeContainer(
                name=one["Name"].removeprefix("/"),
                address=one["NetworkSettings"]["Networks"][network_name(cluster)]["IPAddress"],
                started=datetime.fromisoformat(one["State"]["StartedAt"]),
            )
            for one in parsed(said)
        ]


def network_subnets_command(cluster: str) -> Command:
    """Prints the ranges of the network that a cluster's nodes are on, one a line."""
    shown = "{{range .IPAM.Config}}{{println .Subnet}}{{end}}"
    return command("network", "inspect", "--format", shown, network_name(cluster), deadline=20)


def node_images_command(node: str) -> Command:
    """Lists the images that a node's own containerd has."""
    return command("exec", node, "ctr", "images", "list", "--quiet", deadline=60)


def node_pull_command(node: str, reference: str) -> Command:
    """Pulls an image into a node's own containerd, from the lab's registry, which speaks plain HTTP."""
    return command("exec", node, "ctr", "images", "pull", "--plain-http", reference, deadline=300)
