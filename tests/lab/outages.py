"""A StatefulSet in memory, and the outages it may be in."""

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

from lab.cluster import journal
from lab.cluster.broker_statefulset import MARK
from lab.cluster.journal import Outage
from lab.cluster.kube import ApiError, Object
from lab.core.access import Access
from lab.process.ledger import Identity, identity

GONE = Identity(pid=1, started=1.0)
"""An owner that no longer runs."""


def outage(**changes: Any) -> Outage:
    made = Outage(
        namespace="matching-engine",
        name="redpanda",
        replicas=1,
        undo_by=journal.now_ms() + 3_600_000,
        kubeconfig="/nowhere/kubeconfig",
        context="k3d-lab",
        owner=identity(),
    )
    return replace(made, **changes)


def broker(*, replicas: int = 1, mark: Outage | str | None = None) -> Object:
    """The StatefulSet; with the annotation of an outage, or with one that is none."""
    text = journal.dump(mark) if isinstance(mark, Outage) else mark
    annotations = {"kept": "yes"} | ({MARK: text} if text else {})
    return {
        "metadata": {
            "name": "redpanda",
            "namespace": "matching-engine",
            "resourceVersion": "1",
            "annotations": annotations,
        },
        "spec": {"replicas": replicas},
    }


class Cluster:
    """Holds one StatefulSet and applies JSON patches to it as the API server does: all operations or none."""

    def __init__(self, found: Object | None = None) -> None:
        self.found = found
        self.access = Access(kubeconfig=Path("/nowhere/kubeconfig"), context="k3d-lab")
        self.namespaces = self.access.namespaces
        self.kubectl = "kubectl"

    @property
    def replicas(self) -> int:
        assert self.found
        return int(self.found["spec"]["replicas"])

    @property
    def annotations(self) -> dict[str, str]:
        assert self.found
        return dict(self.found["metadata"]["annotations"])

    def find(self, *_kind: str, **_where: str) -> Object | None:
        return copy.deepcopy(self.found)

    def patch(self, _kind: str, _name: str, operations: list[Object], **_where: str) -> Object:
        draft = copy.deepcopy(self.found)
        assert draft
        for operation in operations:
            _apply(draft, operation)
        draft["metadata"]["resourceVersion"] += "1"
        self.found = draft
        return draft


def _apply(draft: Object, operation: Object) -> None:
    *way, last = (step.replace("~1", "/") for step in operation["path"].split("/")[1:])
    holder = draft
    for step in way:
        holder = holder[step]
    if operation["op"] == "test" and holder.get(last) != operation["value"]:
        raise ApiError("the test did not hold", code=422)
    if operation["op"] in {"add", "replace"}:
        holder[last] = operation["value"]
    if operation["op"] == "remove":
        del holder[last]
