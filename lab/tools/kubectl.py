"""kubectl: server-side apply, what it would change, and what is left over from before.

Apply is kubectl's own, as users would do it; what is to be pruned is found by the lab's labels and by comparing names.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lab.core.access import Access, Namespaces
from lab.core.ownership import PART_OF, PART_OF_VALUE
from lab.process.shell import Command

MANAGER = "matching-engine-lab"
"""The field manager's name: whose fields these are, in the API server's books."""
SERVER_SIDE = ("--server-side", "--force-conflicts", f"--field-manager={MANAGER}")
"""How the lab applies, and compares with what applying would do."""
DIFF_PROGRAM = "diff -N -U999999"
"""What `kubectl diff` compares two files with: it prints them whole, so that their fields can be compared too."""
AT_ONCE = 4
"""Objects that are compared at a time."""
IMMUTABLE = "updates to statefulset spec for fields other than"
"""What the API server says when a StatefulSet has to be made anew to be changed."""
PRUNED_KINDS = "deployments,statefulsets,services,configmaps,networkpolicies"
"""The kinds that a topology may have more of than another."""


@dataclass(frozen=True, kw_only=True, order=True)
class ObjectName:
    """What an object is called in the cluster."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        """Kind and name, as kubectl writes them."""
        return f"{self.kind.lower()}/{self.name}"


def apply_command(kubectl: str, access: Access, manifest: Path, *, selector: str | None = None) -> Command:
    """Applies a file, all of it or the objects that a selector takes."""
    words = ("apply", *SERVER_SIDE, "--filename", str(manifest), *_chosen(selector))
    return _command(kubectl, access, *words, deadline=300)


def diff_command(  # noqa: PLR0913 - named, each of them
    kubectl: str,
    access: Access,
    manifest: Path | None,
    *,
    selector: str | None = None,
    documents: str | None = None,
    namespace: str | None = None,
) -> Command:
    """Shows what applying would change; ends with 1 if that is something.

    Args:
        kubectl: The program.
        access: The way to the cluster.
        manifest: The file.
        selector: Takes some of its objects; all of them if there is none.
        documents: What is compared where no file is named.
        namespace: Of objects that name none.
    """
    space = ("--namespace", namespace) if namespace else ()
    source = ("--filename", str(manifest or "-"), *_chosen(selector), *space)
    words = ("diff", *SERVER_SIDE, f"--concurrency={AT_ONCE}", *source)
    compared = _command(kubectl, access, *words, deadline=300)
    return replace(compared, env={"KUBECTL_EXTERNAL_DIFF": DIFF_PROGRAM}, stdin=documents)


def owned_command(kubectl: str, access: Access) -> Command:
    """Lists what the lab owns of the kinds that may be pruned."""
    spaces = access.namespaces.all
    where = ("--all-namespaces",) if len(spaces) > 1 else ("--namespace", *spaces)
    words = ("get", PRUNED_KINDS, *where, "--selector", f"{PART_OF}={PART_OF_VALUE}", "--output", "json")
    return _command(kubectl, access, *words, deadline=60)


def delete_command(kubectl: str, access: Access, leftovers: Iterable[ObjectName]) -> list[Command]:
    """Deletes what is left over and waits until its pods are gone, one command a namespace."""
    by_namespace: dict[str, list[str]] = {}
    for leftover in sorted(leftovers):
        by_namespace.setdefault(leftover.namespace, []).append(str(leftover))
    return [
        _command(kubectl, access, "delete", "--namespace", space, "--cascade=foreground", *names, deadline=300)
        for space, names in by_namespace.items()
    ]


def annotate_command(kubectl: str, access: Access, on: ObjectName, key: str, value: str) -> Command:
    """Annotates an object."""
    words = ("annotate", on.kind.lower(), on.name, f"{key}={value}", "--overwrite", f"--field-manager={MANAGER}")
    return _command(kubectl, access, *words, *(("--namespace", on.namespace) if on.namespace else ()), deadline=30)


def orphan_command(kubectl: str, access: Access, name: str) -> Command:
    """Deletes an object of the workloads' namespace and leaves what it owns, for its successor to take over."""
    words = ("delete", name, "--namespace", access.namespaces.workloads, "--cascade=orphan", "--ignore-not-found")
    return _command(kubectl, access, *words, deadline=60)


def nodes_ready_command(kubectl: str, access: Access, deadline: float) -> Command:
    """Waits until all nodes are ready."""
    words = ("wait", "node", "--all", "--for=condition=Ready", f"--timeout={deadline:g}s")
    return _command(kubectl, access, *words, deadline=deadline + 10)


def readyz_command(kubectl: str, access: Access) -> Command:
    """Asks the API server whether it is ready."""
    return _command(kubectl, access, "get", "--raw", "/readyz", "--request-timeout=3s", deadline=6)


def _command(kubectl: str, access: Access, *words: str, deadline: float) -> Command:
    return Command(argv=access.kubectl(*words, kubectl=kubectl), deadline=deadline)


def _chosen(selector: str | None) -> tuple[str, ...]:
    return ("--selector", selector) if selector else ()


def names_in(documents: Iterable[dict[str, Any]]) -> set[ObjectName]:
    """The names of objects given as documents."""
    return {
        ObjectName(
            kind=document["kind"],
            namespace=document["metadata"].get("namespace", ""),
            name=document["metadata"]["name"],
        )
        for document in documents
    }


def leftovers(owned: str, wanted: set[ObjectName], namespaces: Namespaces) -> set[ObjectName]:
    """What the lab owns (as `owned_command` printed it) and the manifests no longer have.

    Only in the lab's namespaces, and never what something else made and keeps (an object with an owner).
    """
    items = json.loads(owned or '{"items": []}')["items"]
    ours = [
        item
        for item in items
        if item["metadata"].get("namespace") in namespaces.all and not item["metadata"].get("ownerReferences")
    ]
    return names_in(ours) - wanted
