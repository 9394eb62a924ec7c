"""The status of a lab on k3d, read from the cluster; changes nothing."""

from collections.abc import Iterator

from lab.bringup import standing
from lab.bringup.entry import urls
from lab.bringup.releases import DEPLOYMENTS, password
from lab.cluster.lab import Lab
from lab.core.errors import LabError, ToolError
from lab.core.figures import counted
from lab.core.ownership import registry_name
from lab.core.paths import ROOT
from lab.present.table import Row
from lab.process.shell import run
from lab.runtime.topology_row import topology_row
from lab.tools import docker, helm, k3d


def rows(lab: Lab) -> list[Row]:
    """All parts of the lab, running or missing.

    Raises:
        PreflightError: Docker doesn't answer.
    """
    docker.engine()
    found = [*_registry(lab)]
    state = k3d.cluster_state(lab.tools.path("k3d"), lab.settings.name)
    if state is None:
        return [
            *found,
            Row(thing=f"cluster {lab.settings.name}", state="absent", note="./invokew up makes it", ok=False),
        ]
    running = f"{state.running} of {state.nodes} nodes run"
    stands = standing.standing(lab.settings.name)
    note = _note(lab, state, stands)
    found.append(Row(thing=f"cluster {lab.settings.name}", state=running, note=note, ok=state.running == state.nodes))
    if not state.running:
        return found
    try:
        found += [_topology(lab), *pod_rows(lab), *_releases(lab), *_addresses(lab)]
    except ToolError as error:
        found.append(Row(thing="API server", state="does not answer", note=error.summary, ok=False))
    return found


def _note(lab: Lab, state: k3d.ClusterState, stands: standing.Standing | None) -> str:
    """What is to be known of a cluster beside its nodes."""
    if stands is None or stands.owner != str(ROOT):
        return f"belongs to {standing.maker_of(stands)}" if stands else "not made to its end"
    if not stands.is_whole(state):
        return "not made to its end; ./invokew up makes it anew"
    return "; ".join(standing.drift(stands, state, lab.settings)) or ("" if state.running else "./invokew up starts it")


def _registry(lab: Lab) -> Iterator[Row]:
    found = k3d.registry_state(lab.tools.path("k3d"), lab.settings.name)
    name = registry_name(lab.settings.name)
    if found is None:
        yield Row(thing=f"registry {name}", state="absent", ok=None)
    else:
        running, port = found
        yield Row(
            thing=f"registry {name}", state="running" if running else "stopped", note=f"127.0.0.1:{port}", ok=running
        )


def _topology(lab: Lab) -> Row:
    name = lab.standing_topology()
    # The cluster may name none, one that the settings don't know, or a switch that was cut short.
    return topology_row(lab.settings.topology(name) if name in lab.settings.topologies else None, name)


def pod_rows(lab: Lab) -> Iterator[Row]:
    """The lab's pods: whether each is ready, and where it runs."""
    for namespace in lab.access.namespaces.all:
        for pod in lab.kube.items("Pod", namespace=namespace):
            statuses = pod["status"].get("containerStatuses") or []
            ready = bool(statuses) and all(status["ready"] for status in statuses)
            restarts = sum(status["restartCount"] for status in statuses)
            where = pod["spec"].get("nodeName", "no node")
            note = f"on {where}" + (f", {counted(restarts, 'restart')}" if restarts else "")
            yield Row(
                thing=f"pod {pod['metadata']['name']}",
                state="ready" if ready else pod["status"]["phase"].lower(),
                note=note,
                ok=ready,
            )


def _releases(lab: Lab) -> Iterator[Row]:
    for name in DEPLOYMENTS:
        result = run(helm.status_command(lab.tools.path("helm"), lab.access, name), check=False)
        found = helm.parse_status(result.stdout) if result.ok else None
        state = found.status if found else "absent"
        yield Row(thing=f"release {name}", state=state, ok=state == "deployed")


def _addresses(lab: Lab) -> Iterator[Row]:
    for name, url in urls(lab).items():
        note = ""
        if name == "grafana":
            try:
                note = f"admin / {password(lab)}"
            except LabError as error:
                note = error.summary
        yield Row(thing=name, state=url, note=note)
