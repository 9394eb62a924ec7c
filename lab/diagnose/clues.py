"""What is known when something has broken: the error's words and the cluster's objects, as they were then."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lab.cluster.kube import Object
from lab.core import causes
from lab.core.access import SPEC, Namespaces
from lab.core.causes import Cause

NODES, PODS, EVENTS = "nodes.json", "pods.json", "events.json"
"""The files of what the cause is judged from, among all that a runtime collects."""

Logs = Mapping[tuple[str, str, bool], list[str]]
"""Pod, container, and whether it is the container before the present one, to the last lines it wrote."""


@dataclass(frozen=True, kw_only=True)
class Broken:
    """What has broken.

    Args:
        command: What was under way: `up`, `asr1`.
        summary: The error in one line.
        details: The lines of evidence that came with it.
        said: The last lines of the program that failed, where it was none of the cluster's.
        trace: Where an error that the lab does not know came from.
        began: When what broke began (UTC, as Kubernetes writes it).
        cause: What the error carries.
        is_workloads: Whether the details are a workload's own words: its ports and disks are not this machine's.
    """

    command: str
    summary: str
    details: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    trace: tuple[str, ...] = ()
    began: str = ""
    cause: Cause = causes.UNKNOWN
    is_workloads: bool = False


@dataclass(frozen=True, kw_only=True)
class Clues(Broken):
    """What has broken and what was seen of the cluster then: what a cause is judged from, and what the page shows.

    Args:
        unseen: Why the cluster could not be looked at, or not wholly; empty when it could.
        pods: Of the whole cluster, like the other objects.
        events: Those that the cluster still remembers.
        nodes: The cluster's.
        logs: What containers wrote last.
        namespaces: Where the lab's own pods are.
    """

    unseen: str = ""
    pods: tuple[Object, ...] = ()
    events: tuple[Object, ...] = ()
    nodes: tuple[Object, ...] = ()
    logs: Logs = field(default_factory=dict)
    namespaces: Namespaces = SPEC


def log_file(pod: Object, container: str, *, previous: bool) -> str:
    """The file of a container's log."""
    metadata = pod["metadata"]
    return f"logs/{metadata['namespace']}.{metadata['name']}.{container}{'.previous' if previous else ''}.log"
