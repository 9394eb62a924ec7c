"""What a run keeps of the cluster that it ran on: images by digest, the node of each pod, the machine's warnings."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from lab.bringup import standing
from lab.cluster.lab import Lab
from lab.conduct import provenance
from lab.conduct.place import Evidence
from lab.core.errors import LabError
from lab.run import host
from lab.runtime.k3d.placement import placement, sentence
from lab.settings.topology import Topology
from lab.store.made_with import Chart, Image
from lab.tools import docker, preflight

TOOLS = ("k3d", "kubectl", "helm", "k6")


def evidence(lab: Lab, topology: Topology) -> Evidence:
    """Images and places of the pods of a topology; or why they are unknown."""
    warnings = _warnings(lab, topology)
    try:
        pods, nodes = lab.kube.items("Pod"), lab.kube.items("Node")
    except LabError as error:
        said = f"where the pods run is unknown: {error.summary}"
        return Evidence(unknown=error.summary, warnings=warnings, said=[said])
    placed = placement(pods, nodes, cores=host.facts().node_cores)
    said = sentence(placed, lab.settings.name, lab.access.namespaces.workloads)
    return Evidence(images=images(pods), placement=placed, warnings=warnings, said=[said])


def _warnings(lab: Lab, topology: Topology) -> list[str]:
    """What preflight warned of; whether it spoilt the run is measured."""
    try:
        return list(preflight.warnings(lab.settings, topology, docker.engine(), preflight.open_files()))
    except LabError as error:
        return [error.summary]


def versions(lab: Lab) -> dict[str, Any]:
    """Versions of the tools and Helm charts, and the image of the nodes that stand."""
    return {
        "tools": provenance.tools(lab, TOOLS),
        "charts": {name: Chart(chart=one.chart, version=one.version) for name, one in lab.settings.charts},
        "cluster_image": _cluster_image(lab.settings.name),
    }


def _cluster_image(name: str) -> str:
    """The image of the nodes that stand; empty where that can't be told."""
    with suppress(LabError):
        found = standing.standing(name)
        return found.image if found else ""
    return ""


def images(pods: Iterable[Mapping[str, Any]]) -> tuple[Image, ...]:
    """Of each container: its pod, the image as asked for, and the digest that runs (`imageID`)."""
    return tuple(
        Image(
            namespace=pod["metadata"]["namespace"],
            pod=pod["metadata"]["name"],
            container=status["name"],
            image=status["image"],
            digest=status.get("imageID", ""),
        )
        for pod in pods
        for status in pod.get("status", {}).get("containerStatuses", ())
    )


def engines(pods: Iterable[Mapping[str, Any]]) -> list[str]:
    """The engines' images, by the references that they were asked for by: their tags are bound to the content.

    Digests would not do: one node tells the registry's, another the image's own.
    """
    return sorted({container["image"] for pod in pods for container in pod["spec"]["containers"]})
