"""`up`: the graph of steps that brings the lab to a topology from whatever state it is in."""

from collections.abc import Iterable

from lab.bringup import delivery, images, offline, pins, releases, standing
from lab.bringup.entry import entry_step
from lab.bringup.k3d_cluster import Creation, registry
from lab.bringup.workloads import Workloads
from lab.cluster import left_behind
from lab.cluster.lab import Lab
from lab.process.steps import Graph, Say, Step
from lab.settings.topology import Topology
from lab.tools import docker, k3d, preflight

PLACED: tuple[images.Role, ...] = ("redpanda", "engine", "gateway", "control")
"""Whose images are unpacked where their pods will run before these are: what the longest way waits for."""


def steps(lab: Lab, topology: Topology) -> list[Step]:
    """The graph for a topology: what can go side by side does.

    With a registry, images are pushed while the cluster starts; an import has to wait for its nodes.
    """
    creation, workloads = Creation(lab), Workloads(lab, topology)
    roles = images.roles(lab.settings, topology)
    arrives = {role: f"deliver {role}" for role in roles}
    placed = tuple(role for role in PLACED if role in roles) if _pushes(lab) else ()
    handlers = [arrives[role] for role in roles if role in {"engine", "gateway", "control"}]
    return [
        *_images_first(lab, topology, creation),
        *(_cluster(lab, creation) if _pushes(lab) else []),
        workloads.synth(tuple(f"image {role}" for role in roles)),
        heal_step(lab, ("cluster",)),
        workloads.broker(("cluster", "synth", arrives["redpanda"])),
        workloads.topics(("apply",)),
        *_monitoring(lab, workloads, ("apply", *(f"place {role}" for role in placed if role != "control"))),
        # The server's containerd answers long before its API does, an agent's only after it.
        *(delivery.place(lab, topology, role, (arrives[role], *_before_placing(role, topology))) for role in placed),
        workloads.shards(("topics", *handlers, *(f"place {role}" for role in placed))),
        workloads.switching.step(("shards",)),
        entry_step(lab, ("switch", "prometheus", "grafana", "nodes", "heal")),
    ]


def _monitoring(lab: Lab, workloads: Workloads, needs: tuple[str, ...]) -> list[Step]:
    """The releases: after the images that the longest way waits for, since unpacking takes whole cores."""
    return [releases.step(lab, name, workloads.resolved, (*needs, f"deliver {name}")) for name in releases.RELEASES]


def image_steps(lab: Lab, topology: Topology) -> list[Step]:
    """The part of the graph that gets the images to where the pods run."""
    return _images_first(lab, topology, Creation(lab))


def _pushes(lab: Lab) -> bool:
    return lab.settings.images.delivery == "registry"


def _images_first(lab: Lab, topology: Topology, creation: Creation) -> list[Step]:
    """Preflight and images; with an import also the cluster, which has to be there for it."""
    pushes, roles = _pushes(lab), images.roles(lab.settings, topology)
    return [
        preflight_step(lab, topology),
        *([registry(lab, ("preflight",))] if pushes else _cluster(lab, creation)),
        *(delivery.have(lab, role, ("preflight",)) for role in roles),
        *(delivery.deliver(lab, role, _before(role, roles, place="registry" if pushes else "nodes")) for role in roles),
    ]


def _before(role: images.Role, roles: tuple[images.Role, ...], *, place: str) -> tuple[str, ...]:
    """What comes before a delivery: most of the lab waits for the broker's image, and nothing for the runners'."""
    others = roles if role == "runner" else () if role == "redpanda" else ("redpanda",)
    return (f"image {role}", place, *(f"deliver {other}" for other in others if other != role))


def _before_placing(role: images.Role, topology: Topology) -> tuple[str, ...]:
    """What comes before an image is unpacked: the control's has the layers of its neighbour's, where both are ours."""
    if role == "control":
        return ("place gateway" if topology.has_gateway else "place engine",)
    return ("remains",) if role == "redpanda" else ("cluster",)


def _cluster(lab: Lab, creation: Creation) -> list[Step]:
    return [
        creation.remains(("preflight",)),
        creation.cluster(("remains", *(("registry",) if _pushes(lab) else ()))),
        creation.nodes(("cluster",)),
    ]


def plan(chosen: list[Step]) -> Iterable[str]:
    """What would be done, as lines: each step with its commands, or why it has nothing to do."""
    for name, reason, commands in Graph(chosen).plan():
        yield f"{name}: {reason}; nothing to do" if reason else name
        yield from (f"  {command}" for command in commands)


def preflight_step(lab: Lab, topology: Topology) -> Step:
    """Docker answers, tools and what is pinned are there, the ports are free; what may spoil a run is said."""

    def check(say: Say) -> str:
        say("Docker")
        engine = docker.engine()
        if lab.offline:
            offline.require(lab, topology)
        say("tools")
        lab.tools.tell(say)
        lab.tools.ensure_all()
        name = lab.settings.name
        standing.require_own(name, standing.standing(name), "up")
        if pinned := pins.read():
            say("pins")
            pins.hold(lab.settings, lab.tools, pinned, say, offline=lab.offline)
        say("ports")
        preflight.require_free(ports_to_take(lab))
        return "; ".join(preflight.warnings(lab.settings, topology, engine, preflight.open_files()))

    return Step(name="preflight", run=check, plan=lambda: [str(docker.info_command())])


def heal_step(lab: Lab, needs: tuple[str, ...]) -> Step:
    """What a run left behind, for instance at a power cut, is undone before anything builds on the broker."""

    def heal(_say: Say) -> str:
        return "; ".join(left_behind.undo(lab.kube)) or "no outage was left behind"

    return Step(name="heal", needs=needs, run=heal)


def ports_to_take(lab: Lab) -> dict[str, int]:
    """The ports that are to be taken: none that the lab's own cluster and registry hold already."""
    held, ports = k3d.held_ports(lab.tools.path("k3d"), lab.settings), lab.settings.ports.model_dump()
    unused = held if _pushes(lab) else {*held, "registry"}
    return {name: port for name, port in ports.items() if name not in unused}
