"""Container images: from the host's Docker store to where the pods run, under tags bound to their content."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Literal, get_args

from lab.bringup import sources
from lab.cluster.lab import Lab
from lab.core import http, image_name
from lab.core.causes import IMAGE_MISSING
from lab.core.errors import ToolError
from lab.core.image_name import DOCKER_HUB
from lab.core.ownership import registry_name, seat_container, seat_of, server_container
from lab.core.paths import STATE
from lab.process.shell import Command, run
from lab.process.steps import Say
from lab.settings.settings import ImageSettings, Settings
from lab.settings.topology import Topology
from lab.tools import docker, gradle, k3d

MANIFEST_TYPES = (
    "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json"
)
ANSWER = 10.0
"""Seconds that a registry may take."""
ID_LENGTH = 12
"""Hex digits of an image's id that go into its tag: 48 bits, as `docker images` shows them."""

BUILDING: dict[Path, Lock] = {}
"""One image of a folder at a time: two builds at once make layers of their own where they could share them."""
Role = Literal["engine", "gateway", "control", "redpanda", "prometheus", "grafana", "runner"]
ALL: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """An image in the host's store and the reference under which the pods get it.

    `id` is the image's id (`sha256:…`); `pushed` is where this machine reaches the registry, None when imported.
    """

    role: Role
    source: str
    id: str
    reference: str
    pushed: str | None


def used(settings: Settings) -> tuple[Role, ...]:
    """Whose images are used at all: a runner's only where load comes from the cluster."""
    return tuple(role for role in ALL if role != "runner" or settings.load.origin == "cluster")


def roles(settings: Settings, topology: Topology) -> tuple[Role, ...]:
    """Whose images a topology needs."""
    return tuple(role for role in used(settings) if role != "gateway" or topology.has_gateway)


def settings_of(settings: Settings, role: Role) -> ImageSettings:
    """The image of a role."""
    found: ImageSettings = getattr(settings.images, role)
    return found


def is_foreign(settings: Settings, role: Role) -> bool:
    """Whether the image of a role is not built here."""
    return sources.written_for(settings, role) is None


def why_in_store(settings: Settings, role: Role) -> str | None:
    """Why nothing is to be built or pulled: the image is in the host's store and is not older than its source."""
    name, source = settings_of(settings, role).name, sources.of(settings, role)
    found = docker.image(name)
    if found is None or (source is not None and gradle.why_stale(source.folder) is not None):
        return None
    id_, digest = found
    if source is None:
        return f"{name} is in Docker's store"
    return f"built from this {source} ({_short(id_)})" if digest == source.digest() else None


def obtain(settings: Settings, role: Role, say: Say) -> str:
    """Build the image, or pull it.

    Returns:
        What is worth saying of it.

    Raises:
        ToolError: Gradle or Docker failed; the message has the next command.
    """
    image, source = settings_of(settings, role), sources.of(settings, role)
    if source is None:
        say(f"pulling {image.name}")
        _pull(image)
        return ""
    turn = BUILDING.setdefault(source.folder, Lock())
    if turn.locked():
        say("waiting for its turn")
    with turn:
        note = gradle.bring_up_to_date(source.folder, say)
        digest = source.digest()
        if (docker.image(image.name) or ("", ""))[1] != digest:
            say(f"building {source}")
            run(docker.build_command(image.name, source.folder, digest, source.target))
    return note


def obtain_commands(settings: Settings, role: Role) -> list[Command]:
    """What `obtain` would run."""
    name, source = settings_of(settings, role).name, sources.of(settings, role)
    if source is None:
        return [docker.pull_command(name)]
    stale = gradle.why_stale(source.folder) is not None
    compiled = [gradle.build_command(source.folder)] if stale else []
    return [*compiled, docker.build_command(name, source.folder, source.digest(), source.target)]


def _pull(image: ImageSettings) -> None:
    try:
        run(docker.pull_command(image.name))
    except ToolError as error:
        raise ToolError(
            f"image {image.name} is not in Docker's store and can't be pulled; "
            "correct `images` or `sources` in the settings, or `docker load` it, then try again",
            details=(error.summary, *error.details),
            cause=IMAGE_MISSING,
        ) from error


def delivery(settings: Settings, role: Role) -> Delivery:
    """How the image in the host's store reaches the pods.

    The tag carries the image's id, so that a rebuilt image is another reference and rolls out.

    Raises:
        ToolError: The image isn't in the store.
    """
    image = settings_of(settings, role)
    found = docker.image(image.name)
    if found is None:
        raise ToolError(f"image {image.name} is not in Docker's store; run './invokew images'", cause=IMAGE_MISSING)
    return delivery_of(settings, role, found[0])


def delivery_of(settings: Settings, role: Role, id_: str) -> Delivery:
    """How the image of this id reaches the pods."""
    source = settings_of(settings, role).name
    name = image_name.parse(source)
    tag = bound_tag(name, id_)
    if settings.images.delivery == "import":
        return Delivery(role=role, source=source, id=id_, reference=f"{name.path}:{tag}", pushed=None)
    path = f"{name.repository}:{tag}"
    return Delivery(
        role=role,
        source=source,
        id=id_,
        reference=f"{registry_name(settings.name)}:{k3d.REGISTRY_PORT}/{path}",
        pushed=f"127.0.0.1:{settings.ports.registry}/{path}",
    )


def deliveries(settings: Settings, topology: Topology) -> list[Delivery]:
    """How a topology's images, which are in the host's store, reach the pods.

    Raises:
        ToolError: One isn't in the store.
    """
    return [delivery(settings, role) for role in roles(settings, topology)]


def resolved(settings: Settings, deliveries: list[Delivery]) -> Settings:
    """The settings with each image named as the pods are to name it."""
    policy = "Never" if settings.images.delivery == "import" else "IfNotPresent"
    renamed: dict[str, ImageSettings] = {
        item.role: settings_of(settings, item.role).model_copy(update={"name": item.reference, "policy": policy})
        for item in deliveries
    }
    return settings.model_copy(update={"images": settings.images.model_copy(update=renamed)})


def push(item: Delivery) -> None:
    """Push an image to the lab's registry; the name used for that is taken off the host's store again.

    Raises:
        ToolError: Docker failed.
    """
    if item.pushed is None:
        raise ValueError(f"{item.reference} is imported, not pushed")
    run(docker.tag_command(item.source, item.pushed))
    try:
        run(docker.push_command(item.pushed))
    finally:
        run(docker.untag_command(item.pushed), check=False)


def in_registry(item: Delivery) -> bool:
    """Whether the registry has this very content under the reference."""
    host, _, path = (item.pushed or "").partition("/")
    repository, _, tag = path.rpartition(":")
    found = manifest_of(f"http://{host}/v2/{repository}/manifests/{tag}")
    # Docker's own store names an image by its configuration, containerd's by its manifest.
    return found is not None and item.id in {found[0], found[1].get("config", {}).get("digest")}


def manifest_of(address: str) -> tuple[str, Mapping[str, Any]] | None:
    """The digest and the content of a manifest in a registry; None if it has none there, or doesn't answer."""
    import requests  # noqa: PLC0415 - 60 ms that `invoke --list` need not pay

    try:
        answer = http.get(address, headers={"Accept": MANIFEST_TYPES}, timeout=ANSWER)
        return (answer.headers.get("Docker-Content-Digest", ""), answer.json()) if answer.ok else None
    except requests.RequestException:  # also when it isn't JSON: something else listens there
        return None


def import_to_nodes(lab: Lab, item: Delivery) -> None:
    """Copy an image to every node of the cluster, by way of a file: a stream to several nodes has been seen to stall.

    Raises:
        ToolError: k3d or Docker failed.
    """
    try:
        for command in import_commands(lab.tools.path("k3d"), lab.settings.name, item):
            run(command)
    finally:
        _archive(item).unlink(missing_ok=True)
        run(docker.untag_command(item.reference), check=False)


def import_commands(k3d_path: str, cluster: str, item: Delivery) -> tuple[Command, ...]:
    """What copies an image to every node of a cluster."""
    return (
        docker.tag_command(item.source, item.reference),
        docker.save_command(_archive(item), item.reference),
        k3d.import_command(k3d_path, _archive(item), cluster),
    )


def _archive(item: Delivery) -> Path:
    return STATE / f"{item.role}.tar"


def nodes_without(settings: Settings, item: Delivery) -> list[str]:
    """The nodes whose own store lacks the image; k3d's exit status is not trusted for that.

    Raises:
        ToolError: A node can't be asked.
    """
    return [node for node in docker.cluster_nodes(settings.name) if not on_node(node, item)]


def seats(settings: Settings, topology: Topology, role: Role) -> list[str]:
    """The nodes that the pods of a role prefer, as containers; none where they have no preference."""
    agents, shards = settings.cluster.agents, len(topology.shards)
    if role == "control":  # beside what takes the orders
        role, shards = ("gateway" if topology.has_gateway else "engine"), 1
    if role in {"redpanda", "gateway"}:  # the gateway's is where orders come in
        return [server_container(settings.name)]
    if role != "engine":
        return []
    numbers = dict.fromkeys(seat_of(shard, agents) for shard in range(shards))
    return [seat_container(settings.name, number, agents) for number in numbers]


def on_node(node: str, item: Delivery) -> bool:
    """Whether a node's own store has the image; a node that is not up yet has nothing."""
    result = run(docker.node_images_command(node), check=False)
    return result.ok and _in_containerd(item.reference) in result.stdout.split()


def _in_containerd(reference: str) -> str:
    """The name in full, as containerd keeps it."""
    name = image_name.parse(reference)
    library = "library/" if name.host == DOCKER_HUB and "/" not in name.repository else ""
    return f"{name.host}/{library}{name.repository}:{name.tag}"


def bound_tag(name: image_name.ImageName, id_: str) -> str:
    """A tag that only this content has."""
    return f"{name.tag or 'latest'}-{_short(id_)}"


def _short(id_: str) -> str:
    return id_.removeprefix("sha256:")[:ID_LENGTH]
