"""`plan`: what `up` would change, read from the cluster and Docker's store; nothing is built, pushed or applied."""

import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lab.bringup import images, releases, sources
from lab.cluster.lab import Lab
from lab.core.errors import ToolError
from lab.manifests import synthesis
from lab.manifests.changes import Change, summary, told
from lab.manifests.manifest import Manifest
from lab.process.shell import run
from lab.settings.settings import Settings
from lab.settings.topology import Topology
from lab.tools import docker, kubectl
from lab.tools.kubectl import ObjectName

AT_A_TIME = 100
"""Objects that one kubectl compares: each takes two requests, and a deadline holds for all of a command's."""
MADE_ANEW = "spec, so it is recreated; its pod and volume stay"


def lines(lab: Lab, topology: Topology, *, full: bool) -> Iterator[str]:
    """What `up` would change, a line each.

    Args:
        lab: The lab.
        topology: What `up` would bring.
        full: Whether the difference itself is told below each object that would change.

    Raises:
        ToolError: The cluster answers, but can't compare.
    """
    yield from (obtained := list(_images(lab.settings, topology)))
    settings = resolved(lab.settings, topology)
    with tempfile.TemporaryDirectory() as folder:
        manifest = _manifest(lab, settings, topology, Path(folder))
        if not docker.cluster_nodes(lab.settings.name):
            yield from _everything(lab, manifest)
            return
        if why := _silent(lab):
            yield (
                f"cluster {lab.settings.name} doesn't answer: {why}; "
                f"'./invokew up --topology={topology.name}' starts what is stopped of it"
            )
            return
        manifest.fit()
        changes = list(_changes(lab, manifest))
    for change in changes:
        yield str(change)
        yield from (f"    {line}" for line in change.diff if full)
    yield from (released := list(_releases(lab, settings)))
    parts = [summary(changes), _count(len(released), "release"), _count(len(obtained), "image")]
    told_of = ", ".join(filter(None, parts))
    yield (
        f"{told_of}; './invokew up --topology={topology.name}' does it"
        if told_of
        else (f"nothing would change: topology {topology.name} is up and matches the settings")
    )


def resolved(settings: Settings, topology: Topology) -> Settings:
    """The settings with the images named as the pods are to name them, where nothing is to be built or pulled first.

    What is stale keeps its committed name: the next build's isn't known, but that its pods will be made anew is.
    """
    current = [role for role in images.roles(settings, topology) if images.why_in_store(settings, role) is not None]
    return images.resolved(settings, [images.delivery(settings, role) for role in current])


def _images(settings: Settings, topology: Topology) -> Iterator[str]:
    for role in images.roles(settings, topology):
        if images.why_in_store(settings, role) is None:
            way = "built" if sources.of(settings, role) else "pulled"
            yield f"+ image {images.settings_of(settings, role).name} ({way})"


def _manifest(lab: Lab, settings: Settings, topology: Topology, folder: Path) -> Manifest:
    """The manifest that would be applied: the one that was, or one made for this alone."""
    if synthesis.is_current(settings, lab.layout, topology.name):
        return Manifest(lab, lab.manifest(topology))
    return Manifest(lab, synthesis.render_to(folder, settings, lab.layout, topology.name))


def _everything(lab: Lab, manifest: Manifest) -> Iterator[str]:
    """What is made where there is no cluster yet."""
    kinds = Counter(name.kind for name in manifest.names)
    cluster = lab.settings.cluster
    yield f"+ cluster {lab.settings.name} (nodes: {cluster.nodes})"
    yield from (f"+ {_count(number, kind.lower())}" for kind, number in sorted(kinds.items()))
    yield from (f"+ release/{name}" for name in releases.RELEASES)
    objects = _count(kinds.total(), "object")
    yield f"all would be created: {objects}; './invokew up --topology={manifest.path.name.split('.')[0]}' does it"


def _silent(lab: Lab) -> str:
    """Why the cluster's API doesn't answer; empty when it does."""
    try:
        lab.kube.find("Namespace", lab.access.namespaces.workloads)
    except ToolError as error:
        return error.summary.partition("; ")[0]
    return ""


def _changes(lab: Lab, manifest: Manifest) -> Iterator[Change]:
    """Added, changed, pruned. Only what both have is compared: a thousand new shards cost no request."""
    there, left = _there(lab, manifest)
    yield from (Change(mark="+", name=name) for name in sorted(manifest.names - there))
    common = [item for item in manifest.documents if kubectl.names_in([item]) <= there]
    for start in range(0, len(common), AT_A_TIME):
        yield from _compared(lab, common[start : start + AT_A_TIME])
    yield from (Change(mark="-", name=name) for name in sorted(left))


def _there(lab: Lab, manifest: Manifest) -> tuple[set[ObjectName], set[ObjectName]]:
    """What of the manifest the cluster has, and what `up` would prune."""
    spaces = [name for name in manifest.names if name.kind == "Namespace" and lab.kube.find("Namespace", name.name)]
    if lab.access.namespaces.workloads not in {name.name for name in spaces}:
        return set(), set()
    owned = run(kubectl.owned_command(lab.tools.path("kubectl"), lab.access)).stdout
    found = kubectl.names_in(json.loads(owned)["items"])
    return (found | set(spaces)) & manifest.names, kubectl.leftovers(owned, manifest.names, lab.access.namespaces)


def _compared(lab: Lab, documents: list[dict[str, Any]]) -> Iterator[Change]:
    """What differs of some objects that are there."""
    listed = json.dumps({"apiVersion": "v1", "kind": "List", "items": documents})
    result = run(kubectl.diff_command(lab.tools.path("kubectl"), lab.access, None, documents=listed), check=False)
    changes = told(result)
    if changes is not None:
        yield from changes
    elif kubectl.IMMUTABLE in result.stderr:
        others = [document for document in documents if document["kind"] != "StatefulSet"]
        for name in kubectl.names_in(document for document in documents if document not in others):
            yield Change(mark="~", name=name, fields=(MADE_ANEW,))
        yield from _compared(lab, others)
    else:
        raise ToolError("kubectl can't compare; run './invokew status'", details=result.last_lines)


def _releases(lab: Lab, settings: Settings) -> Iterator[str]:
    """The releases that would be installed or upgraded."""
    for name, release_of in releases.RELEASES.items():
        found = releases.installed(lab, name)
        if found is None:
            yield f"+ release/{name}"
        elif why := releases.difference(lab, release_of(settings), found):
            yield f"~ release/{name}: {why}"


def _count(number: int, noun: str) -> str:
    if not number:
        return ""
    plural = noun[:-1] + "ies" if noun.endswith("y") else noun + "s"
    return f"{number} {noun if number == 1 else plural}"
