"""With what a run was made, as names and values for people."""

from collections.abc import Mapping

from lab.core.figures import number, size
from lab.present.case_document import Fact
from lab.present.document import Place
from lab.store.files import ProvenanceFile
from lab.store.made_with import Host, Placement, Versions


def facts(made: ProvenanceFile) -> dict[str, tuple[Fact, ...]]:
    """The facts in groups; a group of which nothing is known is left out."""
    groups = {
        "Project": _project(made.versions),
        "Tools": made.versions.tools,
        "Helm charts": {name: f"{one.chart} {one.version or ''}".strip() for name, one in made.versions.charts.items()},
        "Machine": _machine(made.host),
        "Docker": {
            name: size(float(value)) if name == "memory" else str(value) for name, value in made.host.docker.items()
        },
        "Nodes": {**(_nodes(made.placement) if made.placement else {}), "unknown": made.unknown or ""},
    }
    found = {
        name: tuple(Fact(name=key, value=value) for key, value in group.items() if value)
        for name, group in groups.items()
    }
    return {name: group for name, group in found.items() if group}


def places(made: ProvenanceFile) -> tuple[Place, ...]:
    """What ran where: each container's image and digest, and its pod's node."""
    placed = made.placement.pods if made.placement else ()
    nodes = {(pod.namespace, pod.pod): pod.node or "" for pod in placed}
    return tuple(
        Place(
            pod=one.pod,
            container=one.container,
            image=one.image,
            digest=one.digest.rpartition("@")[2],
            node=nodes.get((one.namespace, one.pod), ""),
        )
        for one in made.images
    )


def _project(versions: Versions) -> Mapping[str, str]:
    project = versions.project
    changed = ", with changes that are not in it" if project.changed else ""
    return {
        "commit": f"{project.commit}{changed}" if project.commit else "",
        "settings (SHA-256)": versions.settings_sha256,
        "Python": versions.python,
        "cluster image": versions.cluster_image,
    }


def _machine(host: Host) -> Mapping[str, str]:
    return {
        "system": f"{host.system} {host.architecture}",
        "processor": host.processor,
        "cores": str(host.cores),
        "memory": size(host.memory),
        "load before the run (1, 5, 15 min)": " · ".join(map(number, host.load)),
    }


def _nodes(placement: Placement) -> Mapping[str, str]:
    nodes = {one.node: f"claims {number(one.cores)} cores" for one in placement.nodes}
    shared = "shared by all nodes and k6" if placement.shared else "each node has its own"
    return {**nodes, "this machine's cores": f"{number(placement.cores)}, {shared}"} if nodes else {}
