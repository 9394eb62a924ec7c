"""The status of a lab in a namespace, read from the cluster; changes nothing."""

import shlex
from collections.abc import Iterator

from lab.bringup import external_prometheus
from lab.cluster.lab import Lab
from lab.core.errors import ToolError
from lab.present.table import Row
from lab.runtime.k3d.status import pod_rows
from lab.runtime.topology_row import topology_row


def rows(lab: Lab) -> Iterator[Row]:
    """All parts of the lab, running or missing."""
    space = lab.access.namespaces.workloads
    where = f"context {lab.access.context}"
    try:
        name = lab.standing_topology()
    except ToolError as error:
        yield Row(thing=f"namespace {space}", state="does not answer", note=error.summary, ok=False)
        return
    yield Row(thing=f"namespace {space}", state="answers", note=where)
    yield topology_row(lab.settings.topology(name) if name in lab.settings.topologies else None, name)
    yield from pod_rows(lab)
    yield _prometheus(lab)
    yield Row(thing="nodes", state="unknown", note="a namespace's rights tell nothing of them")


def _prometheus(lab: Lab) -> Row:
    """How to read the lab's, or what the cluster's lacks."""
    space = lab.access.namespaces.workloads
    if found := external_prometheus.metrics(lab):
        lacking = external_prometheus.problem(found, external_prometheus.handlers(lab))
        return Row(
            thing="prometheus",
            state="scrapes too little" if lacking else "the cluster's",
            note=lacking or "scrapes each pod that handles orders",
            ok=not lacking,
        )
    forwarded = lab.access.kubectl("--namespace", space, "port-forward", "service/prometheus", "9090")
    return Row(thing="prometheus", state="in the cluster", note=shlex.join(forwarded))
