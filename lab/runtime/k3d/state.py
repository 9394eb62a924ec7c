"""Reads the state of a lab on k3d: the cluster's objects, the files of settings and scripts, the images applied."""

import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from lab.bringup.images import manifest_of
from lab.cluster import kept_files
from lab.cluster.kube import Object
from lab.cluster.lab import Lab
from lab.cluster.rollout import is_leaving
from lab.core.content_hash import content_hash
from lab.core.ownership import labels, registry_name, selector
from lab.core.part_labels import APPS, ENGINE
from lab.manifests.consistency import Workload, problems
from lab.manifests.manifest import Manifest
from lab.measure.lab_state import Built, Container, LabState
from lab.run.input_files import files
from lab.runtime.k3d.placement import workload_of
from lab.settings.topology import CONTROL, Topology
from lab.tools.k3d import REGISTRY_PORT

KINDS = ("Deployment", "StatefulSet", "Service", "ConfigMap")
OF_KUBERNETES = "kube-root-ca.crt"
"""A ConfigMap that Kubernetes puts into each namespace."""


def read(lab: Lab, topology: Topology) -> LabState:
    """The state of a lab that was asked for this topology.

    Raises:
        LabError: The cluster doesn't answer, or a file can't be read.
    """
    spaces, own = lab.access.namespaces, _own(lab)
    objects = [
        {**one, "kind": kind}
        for kind in KINDS
        for space in spaces.all
        for one in lab.kube.items(kind, namespace=space, labels=own)
    ]
    found = containers(pod for space in spaces.all for pod in lab.kube.items("Pod", namespace=space, labels=own))
    path = lab.manifest(topology)
    asked = applied(Manifest(lab, path).documents if path.is_file() else ())
    images = {one.image for one in found if one.workload in asked}
    return LabState(
        at=time.time() * 1000,
        shards=shards(objects),
        parts=parts(objects),
        files=files(lab.settings),
        problems=tuple(problems((one for one in objects if one["kind"] != "ConfigMap"), spaces.workloads)),
        containers=found,
        applied=asked,
        built={image: built for image in images if (built := _built(lab, image))},
    )


def _own(lab: Lab) -> str:
    """The selector of what the state is made of: all that is there, but for what others have in their own namespace."""
    return "" if lab.layout.nodes is not None else selector(labels(lab.settings.name))


def _built(lab: Lab, image: str) -> Built | None:
    """What the lab's registry has under a reference; None where the image is not from there."""
    host, _, name = image.partition("/")
    if host != f"{registry_name(lab.settings.name)}:{REGISTRY_PORT}":
        return None
    repository, _, tag = name.rpartition(":")
    return in_registry(f"http://127.0.0.1:{lab.settings.ports.registry}/v2/{repository}/manifests/{tag}")


def in_registry(address: str) -> Built | None:
    """The digests of a manifest in a registry; None if it does not answer."""
    own, manifest = manifest_of(address) or ("", {})
    if not manifest:
        return None
    several = [one.get("digest", "") for one in manifest.get("manifests", ())]
    configuration = manifest.get("config", {}).get("digest", "")
    return Built(manifests=tuple(filter(None, (own, *several))), configurations=tuple(filter(None, (configuration,))))


def shards(objects: Iterable[Object]) -> dict[str, tuple[str, ...]]:
    """The engines' Deployments and the symbols that their variables name."""
    deployments = (Workload.of(one) for one in objects if one["kind"] == "Deployment")
    return {one.name: one.symbols for one in deployments if one.labels.get("app") == ENGINE}


def parts(objects: Iterable[Object]) -> dict[str, str]:
    """What decides how the lab works, by a name for people; as a hash, so that a run's folder holds no secrets."""
    found = {}
    for one in objects:
        name = one["metadata"]["name"]
        if name == OF_KUBERNETES or (one["metadata"].get("labels") or {}).get("app") == kept_files.APP:
            continue
        shown = f"{one['kind']} {one['metadata']['namespace']}/{name}"
        found.update({f"{what} of {shown}": content_hash(value) for what, value in _deciding(one)})
    return dict(sorted(found.items()))


def _deciding(one: Object) -> Iterator[tuple[str, Any]]:
    if one["kind"] == "ConfigMap":
        yield "the data", [one.get("data"), one.get("binaryData")]
    elif one["kind"] == "Service":
        yield "the selector", one["spec"].get("selector")
        yield "the ports", one["spec"].get("ports")
    else:
        yield "the pod template", one["spec"]["template"]
        yield "the number of replicas", one["spec"].get("replicas")


def containers(pods: Iterable[Object]) -> tuple[Container, ...]:
    """The containers of the lab's pods that stay: one that is being replaced ends its pod's with it."""
    return tuple(container for pod in pods if not is_leaving(pod) for container in _containers(pod))


def _containers(pod: Object) -> Iterator[Container]:
    asked = {one["name"]: one["image"] for one in pod["spec"]["containers"]}
    for status in pod.get("status", {}).get("containerStatuses") or ():
        ended = (status.get("state") or {}).get("terminated") or (status.get("lastState") or {}).get("terminated")
        yield Container(
            namespace=pod["metadata"]["namespace"],
            pod=pod["metadata"]["name"],
            workload=workload_of(pod),
            image=asked.get(status["name"], status.get("image", "")),
            digest=status.get("imageID", ""),
            restarts=status.get("restartCount", 0),
            ended=f"{ended.get('reason', 'ended')}, exit code {ended.get('exitCode', '?')}" if ended else None,
            ended_at=_instant(ended.get("finishedAt")) if ended else None,
        )


def _instant(written: str | None) -> float | None:
    return datetime.fromisoformat(written).timestamp() * 1000 if written else None


def applied(manifest: Iterable[Object]) -> dict[str, str]:
    """The image of each workload of orders, and of the control, in the manifest that `up` applied."""
    found = {}
    for one in manifest:
        if one["kind"] == "Deployment":
            template = one["spec"]["template"]
            if (template["metadata"].get("labels") or {}).get("app") in {*APPS, CONTROL}:
                found[one["metadata"]["name"]] = template["spec"]["containers"][0]["image"]
    return found
