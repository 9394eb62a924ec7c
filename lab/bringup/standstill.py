"""`stop`, and the way back: a cluster stands still with all that it has on disk, and is started again as it was."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from lab.bringup import standing
from lab.bringup.standing import Mark
from lab.bringup.switch import SWITCHING, LiveState
from lab.cluster.kube import Object
from lab.cluster.lab import Lab
from lab.cluster.rollout import has_labels, is_leaving, is_ready
from lab.core.causes import NODE_NOT_READY
from lab.core.errors import LabError, ToolError, UsageError
from lab.core.ownership import registry_name
from lab.process import ledger
from lab.process.polling import until_none
from lab.process.shell import Command, run
from lab.process.steps import Say
from lab.tools import docker, k3d
from lab.tools.docker import NodeContainer

PAUSE = 0.25
BACK = 120.0
"""Seconds for the cluster to know of its nodes and pods again."""
EMPTY_BOOKS = "the books are empty: engines keep them in memory"


def kill_command(containers: Iterable[str]) -> Command:
    """Stops nodes at once: at anything gentler k3d drains them, and what pods have on disk goes."""
    return docker.command("kill", *containers, deadline=60)


def start_command(containers: Iterable[str]) -> Command:
    """Starts containers one after the other, so that Docker gives out addresses in this order."""
    return docker.command("start", *containers, deadline=120)


def in_order(containers: Iterable[str], addresses: Mapping[str, str]) -> list[str]:
    """Containers in the order in which Docker gave them their addresses; one without any is last."""

    def key(name: str) -> tuple[bool, list[int], str]:
        return name not in addresses, [int(part) for part in addresses.get(name, "0").split(".")], name

    return sorted(containers, key=key)


def stop(lab: Lab) -> list[str]:
    """Stop the containers of cluster and registry; doing so twice is no error.

    Returns:
        What was done, a line each.

    Raises:
        UsageError: There is no cluster.
        PreflightError: It is another checkout's.
        ToolError: Docker refuses.
    """
    docker.engine()
    done, name = ledger.end_commands(), lab.settings.name
    found = standing.standing(name)
    if found is None:
        raise UsageError(f"there is no cluster {name} to stop; './invokew up' makes one")
    standing.require_own(name, found, "up")
    running = [node.name for node in docker.node_containers(name) if node.address]
    if running:
        if found.mark is not None:
            standing.write(name, replace(found.mark, topology=_topology(lab)))
        run(kill_command(running))
        done.append(f"cluster {name} stopped: {len(running)} nodes")
    registry = k3d.registry_state(lab.tools.path("k3d"), name)
    if registry and registry[0]:
        run(docker.command("stop", registry_name(name), deadline=60))
        done.append(f"registry {registry_name(name)} stopped")
    return [*done, f"'./invokew up' starts it again, with topics, volumes and metrics; then {EMPTY_BOOKS}"]


def plan(lab: Lab) -> list[str]:
    """The commands that `stop` would give."""
    name = lab.settings.name
    running = [node.name for node in docker.node_containers(name) if node.address]
    commands = [*([kill_command(running)] if running else []), docker.command("stop", registry_name(name), deadline=60)]
    return [str(command) for command in commands]


def _topology(lab: Lab) -> str:
    try:
        return (LiveState.read(lab).topology or "").removeprefix(SWITCHING)
    except LabError:
        return ""  # it doesn't answer


def start(lab: Lab, mark: Mark, await_api: Callable[[], None], say: Say) -> str:
    """Start a cluster's stopped nodes, and wait until what it tells of them is not from before.

    A node that comes back at another address finds its old one in the cluster first, and may lead its own pods'
    traffic there; started once more, it finds the new one.

    Args:
        lab: The lab.
        mark: The cluster's.
        await_api: Waits until the API server answers.
        say: Told what goes on.

    Returns:
        What is to be known of it.

    Raises:
        ToolError: Docker refuses, or the cluster doesn't come back.
    """
    name = lab.settings.name
    nodes = _start([node.name for node in docker.node_containers(name)], lab, mark.addresses, await_api, say)
    elsewhere = moved(nodes, mark)
    if elsewhere:
        say("Docker gave its nodes other addresses: starting them once more")
        run(kill_command(elsewhere))
        nodes = _start(elsewhere, lab, {node.name: node.address for node in nodes}, await_api, say)
    addresses = {node.name: node.address for node in nodes}
    if addresses != mark.addresses:
        standing.write(name, replace(mark, addresses=addresses))
    _await(lambda: stale(lab, {node.name: node.started for node in nodes}), say)
    return f"started again{', its nodes at other addresses' if elsewhere else ''}; {EMPTY_BOOKS}"


def moved(nodes: Iterable[NodeContainer], mark: Mark) -> list[str]:
    """The nodes that are not at the addresses with which their cluster was marked."""
    return [node.name for node in nodes if mark.addresses.get(node.name, node.address) != node.address]


def _start(
    containers: Iterable[str], lab: Lab, addresses: Mapping[str, str], await_api: Callable[[], None], say: Say
) -> list[NodeContainer]:
    run(start_command(in_order(containers, addresses)))
    await_api()
    nodes = docker.node_containers(lab.settings.name)
    _await(lambda: unknown(lab.kube.items("Node"), nodes), say)
    return nodes


def unknown(known: Iterable[Object], nodes: Iterable[NodeContainer]) -> str:
    """The first node that the cluster does not have at the address at which it is; empty when it has all."""
    told = {node["metadata"]["name"]: node["status"].get("addresses") or () for node in known}
    for node in nodes:
        if node.address not in {one["address"] for one in told.get(node.name, ())}:
            return f"node {node.name} has not come back yet"
    return ""


def stale(lab: Lab, started: Mapping[str, datetime]) -> str:
    """The first pod or workload of the lab of which the cluster tells what was before; empty when there is none.

    The kubelet tells of its pods before the cluster's controllers, which come back later, count them: until then a
    StatefulSet is as ready as it was when the nodes were stopped.
    """
    for namespace in lab.access.namespaces.all:
        pods = lab.kube.items("Pod", namespace=namespace)
        for pod in pods:
            since = started.get(pod["spec"].get("nodeName", ""))
            if since is not None and not is_leaving(pod) and _is_stale(pod, since):
                return f"pod {pod['metadata']['name']} has not come back yet"
        for kind in ("StatefulSet", "Deployment"):
            for workload in lab.kube.items(kind, namespace=namespace):
                if _counts_too_many(workload, pods):
                    return f"{kind} {workload['metadata']['name']} has not come back yet"
    return ""


def _is_stale(pod: Object, since: datetime) -> bool:
    running = [(one.get("state") or {}).get("running") for one in pod["status"].get("containerStatuses") or ()]
    begun = [datetime.fromisoformat(one["startedAt"]) for one in running if one]
    return any(instant < since.replace(microsecond=0) for instant in begun)  # the cluster tells whole seconds


def _counts_too_many(workload: Object, pods: Iterable[Object]) -> bool:
    labels = workload["spec"]["selector"]["matchLabels"]
    ready = sum(has_labels(pod, labels) and is_ready(pod) for pod in pods)
    return int(workload.get("status", {}).get("readyReplicas") or 0) > ready


def _await(problem: Callable[[], str], say: Say) -> None:
    """Wait while something is wrong.

    Raises:
        ToolError: It stays so; what it was.
    """

    def told() -> str:
        try:
            said = problem()
        except ToolError as error:
            said = error.summary
        if said:
            say(said)
        return said

    began = time.monotonic()
    if said := until_none(told, deadline=BACK, pause=PAUSE):
        seconds = time.monotonic() - began
        raise ToolError(f"{said} after {seconds:.0f} s; run './invokew status'", cause=NODE_NOT_READY)
