"""Says of which class a failure is; pure. What the evidence does not show is `unknown`, never guessed.

The words of a program that isn't the lab's decide where they name what ails this machine. Then the cause that the error
carries does, if it is one outside the cluster. Else a pod in trouble does: one that the error names, or the gravest of
the lab's. What is left is the error's own cause.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lab.cluster.kube import Object
from lab.cluster.rollout import disk_pressure
from lab.core import causes
from lab.core.causes import Cause
from lab.core.part_labels import part_of, resources_of
from lab.diagnose.clues import Clues
from lab.diagnose.pod_causes import Ailment, ailment, gravity

SHORTEST = 4
"""Letters of the shortest word of an error that may name a pod's workload."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The cause of a failure, what it is about, and the lines that show it."""

    cause: Cause
    about: str = ""
    why: tuple[str, ...] = ()
    next: str
    pod: Object | None = None
    container: str = ""


FOREIGN: tuple[tuple[Cause, re.Pattern[str]], ...] = tuple(
    (cause, re.compile(words, re.IGNORECASE))
    for cause, words in (
        (causes.DISK_FULL, r"no space left on device|disk quota exceeded"),
        (causes.DOCKER_AWAY, r"cannot connect to the docker daemon"),
        (causes.PORT_TAKEN, r"port is already allocated|address already in use"),
        (causes.CLUSTER_AWAY, r"connect(?:ion)? to the server|cluster unreachable"),
    )
)
"""How the system, Docker, kubectl and Helm say what ails this machine, whatever they were told to do."""


def classify(clues: Clues) -> Finding:
    """Say what a failure's cause is, from what is known of it."""
    if clues.cause is causes.UNEXPECTED:
        return _finding(clues, clues.cause)
    if told := _foreign(clues):
        return _finding(clues, *told)
    if clues.cause.outside and not clues.is_workloads:
        return _finding(clues, clues.cause)
    if full := disk_pressure(clues.nodes):
        return _finding(clues, causes.DISK_FULL, full)
    ailing = _ailing(clues)
    return _of_pod(clues, *ailing) if ailing else _finding(clues, clues.cause)


def _foreign(clues: Clues) -> tuple[Cause, str] | None:
    """The first cause that another program's words name, and the line that does."""
    lines = (clues.summary,) if clues.is_workloads else (clues.summary, *clues.details)
    return next(((cause, line) for cause, words in FOREIGN for line in lines if words.search(line)), None)


def _ailing(clues: Clues) -> tuple[Object, Ailment] | None:
    """The pod in trouble that the error names, else the gravest of the lab's, with what ails it."""
    found = [
        (pod, one)
        for pod in clues.pods
        if pod["metadata"].get("namespace") in clues.namespaces.all
        and (one := ailment(pod, clues.events, began=clues.began)) is not None
    ]
    words = [word for word in re.split(r"[^\w.-]+", clues.summary) if len(word) >= SHORTEST]
    return min(found, key=lambda pair: (not _named(pair[0], words), gravity(pair[1])), default=None)


def _named(pod: Object, words: Iterable[str]) -> bool:
    name = pod["metadata"]["name"]
    return any(name == word or name.startswith(word + "-") for word in words)


def _of_pod(clues: Clues, pod: Object, found: Ailment) -> Finding:
    about = f"pod {pod['metadata'].get('namespace')}/{pod['metadata']['name']}"
    about += f", container {found.container}" if found.container else ""
    labels: Mapping[str, str] = pod["metadata"].get("labels") or {}
    return Finding(
        cause=found.cause,
        about=about,
        why=(found.why,),
        next=_next(clues, found.cause, labels),
        pod=pod,
        container=found.container,
    )


def _finding(clues: Clues, cause: Cause, why: str = "") -> Finding:
    return Finding(cause=cause, why=(why or clues.summary,), next=_next(clues, cause, {}))


def _next(clues: Clues, cause: Cause, labels: Mapping[str, str]) -> str:
    part = part_of(labels)
    return cause.next.format(
        part=f" --name={part}" if part else "", resources=resources_of(labels), command=clues.command
    )
