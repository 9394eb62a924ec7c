"""Collects what may explain a failure: the cluster, the programs that drive it, this machine.

Each query is independent: when the cluster does not answer, the host still may.
"""

from collections.abc import Iterator
from typing import Any

from lab.bringup.releases import DEPLOYMENTS
from lab.cluster.kube import Object
from lab.cluster.lab import Lab
from lab.cluster.rollout import statuses
from lab.core.errors import ToolError
from lab.diagnose import machine_state
from lab.diagnose.clues import EVENTS, NODES, PODS, log_file
from lab.diagnose.gather import Gathered, Jobs, gather
from lab.process.shell import Command, Result, run
from lab.tools import helm

DEADLINE = 8.5
"""Seconds for all looks; with what is then written, a failure is told 10 s later at most."""
ANSWER = 6.0
"""Seconds that a program may take to answer, so that it has ended before the deadline."""
LINES = 2000
"""Last lines of each container's log."""
MOST_LOGS = 40
"""Containers whose logs are read: those that are not ready come first."""
KINDS = {
    PODS: "Pod",
    EVENTS: "Event",
    "deployments.json": "Deployment",
    "statefulsets.json": "StatefulSet",
    "services.json": "Service",
}
"""File to the kind of object in it; never Secrets, nor ConfigMaps."""


def collect(lab: Lab, more: Jobs) -> Gathered:
    """All that can be seen of a lab in its cluster, by the name of the file that it goes to.

    The nodes are asked for first and all else of the cluster after them, so that one that is away costs one look.

    Args:
        lab: The lab.
        more: Further looks.
    """

    def then(name: str, found: Any) -> Jobs:
        if name == NODES:
            return _cluster(lab)
        return logs(lab, found) if name == PODS else {}

    return gather({**_host(lab), **more, NODES: lambda: _nodes(lab)}, deadline=DEADLINE, then=then)


def _nodes(lab: Lab) -> list[Object]:
    if not lab.access.kubeconfig.exists():
        raise ToolError(f"there is no {lab.access.kubeconfig.name}: no cluster was made yet")
    return lab.kube.items("Node")


def _cluster(lab: Lab) -> Jobs:
    def items(kind: str) -> Any:
        return lambda: lab.kube.items(kind)

    return {
        **{name: items(kind) for name, kind in KINDS.items()},
        "volumes.txt": lambda: _said(_kubectl(lab, "get", "pvc,pv,storageclass", "--all-namespaces")),
        "releases.json": lambda: _releases(lab),
    }


def _kubectl(lab: Lab, *words: str) -> Command:
    return Command(argv=lab.access.kubectl(*words, kubectl=lab.tools.path("kubectl")), deadline=ANSWER)


def _said(command: Command) -> str:
    result = run(command, check=False)
    return f"{result.stdout}{result.stderr}" + ("" if result.ok else f"\nended with {result.code}\n")


def _releases(lab: Lab) -> dict[str, Any]:
    """What Helm says of the releases; without their values and manifests, where passwords may be."""

    def status(name: str) -> Any:
        told = helm.status_command(lab.tools.path("helm"), lab.access, name)
        result: Result = run(Command(argv=told.argv, deadline=ANSWER), check=False)
        found = helm.parse_status(result.stdout) if result.ok else None
        if found is None:
            return {"status": "unknown", "said": result.last_lines}
        return {"status": found.status, "fingerprint": found.fingerprint}

    return {name: status(name) for name in DEPLOYMENTS}


def _host(lab: Lab) -> Jobs:
    shown = "table {{.Names}}\t{{.Image}}\t{{.Status}}\t{{.Ports}}"
    docker = Command(argv=("docker", "ps", "--all", "--format", shown), deadline=ANSWER)
    return {
        "docker.txt": lambda: _said(docker),
        # Not as JSON: that has the cluster's token.
        "k3d.txt": lambda: _said(Command(argv=(lab.tools.path("k3d"), "node", "list"), deadline=ANSWER)),
        "host.json": machine_state.read,
    }


def logs(lab: Lab, pods: list[Object]) -> Jobs:
    """A look at the log of each container that is worth it."""

    def log(pod: Object, container: str, *, previous: bool) -> Any:
        metadata = pod["metadata"]
        return lambda: lab.kube.logs(
            metadata["name"], namespace=metadata["namespace"], container=container, lines=LINES, previous=previous
        )

    return {
        log_file(pod, status["name"], previous=previous): log(pod, status["name"], previous=previous)
        for pod, status, previous in list(_worth_reading(pods, lab.access.namespaces.all))[:MOST_LOGS]
    }


def _worth_reading(pods: list[Object], ours: tuple[str, ...]) -> Iterator[tuple[Object, Object, bool]]:
    """Containers that wrote something: the lab's all, others' where they are not ready; those not ready first."""
    every = [(pod, status) for pod in pods for status in statuses(pod)]
    for pod, status in sorted(every, key=lambda pair: _is_well(pair[1])):
        if pod["metadata"]["namespace"] not in ours and _is_well(status):
            continue
        if status.get("restartCount", 0) > 0:
            yield pod, status, True
        if not status.get("state", {}).get("waiting"):
            yield pod, status, False


def _is_well(status: Object) -> bool:
    done = (status.get("state", {}).get("terminated") or {}).get("exitCode") == 0
    return bool(status.get("ready")) or done
