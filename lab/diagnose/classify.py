"""Says of which class a failure is; pure. What the evidence does not show is `unknown`, never guessed.

The error's own words decide where they name a cause outside the cluster. Else a pod in trouble does: one that the error
names, or the gravest of the lab's. What is left is told by the error's words again.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lab.cluster.kube import Object
from lab.cluster.rollout import conditions
from lab.core.access import MONITORING, NAMESPACE
from lab.core.part_labels import part_of, resources_of
from lab.diagnose import causes
from lab.diagnose.causes import Cause
from lab.diagnose.clues import Clues
from lab.diagnose.pod_causes import Ailment, ailment, gravity

SHORTEST = 4
"""Letters of the shortest word of an error that may name a pod's workload."""

NOT_READY = " is not ready after "
"""How an error about a workload says so."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The cause of a failure, what it is about, and the lines that show it."""

    cause: Cause
    about: str = ""
    why: tuple[str, ...] = ()
    next: str
    pod: Object | None = None
    container: str = ""


Texts = tuple[tuple[Cause, str], ...]
OUTSIDE: Texts = (
    (causes.DISK_FULL, r"no space left on device|disk quota exceeded|\bdisk is full"),
    (causes.DOCKER_AWAY, r"docker(?: engine)? does not answer|cannot connect to the docker daemon"),
    (causes.PORT_TAKEN, r"port \d+ on \S+ is taken|port is already allocated|address already in use"),
    (causes.BUILD_FAILED, r"^Gradle(?:'s build| can't build| built)|'docker build .* (?:ended with|took longer)"),
    (causes.RELEASE_FAILED, r"^'helm .* (?:ended with|took longer)|^helm can't tell the state of release"),
    (causes.IMAGE_MISSING, r"^image \S+ (?:is not in Docker's store|did not arrive|is not on)"),
    (causes.IMAGE_MISSING, r"^\S+ can't pull "),
    (causes.DOWNLOAD_FAILED, r"can't be had from|is not there \(404\)|nothing was (?:downloaded|installed)"),
    (causes.TOOL_MISSING, r"is not there; run '\./invokew doctor'|can't be started: .*doctor'"),
    (causes.TOOL_MISSING, r"does not say its version|does not work here|is published for this machine"),
    (causes.TOOL_MISSING, r"; install \S+.* yourself|^there is no Node |has gone again"),
    (causes.REFUSED, r"^the cluster refuses |is at odds with itself"),
)
"""Words of an error that tell its cause whatever the pods do."""
INSIDE: Texts = (
    (causes.SCRIPT_ERROR, r"^k6 ended with (?:104|107|108|110)\b"),
    (causes.OUT_OF_MEMORY, r"CrashLoopBackOff .*out of memory"),
    (causes.CRASH_LOOP, r"CrashLoopBackOff"),
    (causes.PROGRAM_ENDED, r" as soon as it was started"),
    (causes.IMAGE_MISSING, r"ErrImageNeverPull|InvalidImageName|ErrImagePull|ImagePullBackOff"),
    (causes.VOLUME_NOT_BOUND, r"unbound immediate PersistentVolumeClaims"),
    (causes.UNSCHEDULABLE, r"finds no node"),
    (causes.VOLUME_NOT_MOUNTED, r"FailedMount"),
    (causes.CONTAINER_NOT_STARTED, r"CreateContainer(?:Config)?Error|RunContainerError"),
    (causes.REFUSED, r"no pod can be made|violates PodSecurity"),
    (causes.PROBE_FAILING, r"runs but is not ready: .*probe"),
    (causes.NODE_NOT_READY, r"^nodes are not ready"),
    (causes.BOOKS_NOT_CLEAN, r"^the book of |after the shards were restarted"),
    (causes.OUTAGE_FAILED, r"^the (?:broker's )?outage|^the broker outage|to take away|after it was scaled to 0"),
    (causes.BROKER_FAILING, r"^topic |^'rpk |a partition has no high watermark|nothing was published"),
    (causes.MONITORING_SILENT, r"(?:prometheus|grafana) at \S+ (?:does not answer|refuses)|\bscraped\b"),
    (causes.MONITORING_SILENT, r"grafana refuses|/-/ready does not answer|/api/health does not answer"),
    (causes.ENTRY_SILENT, r"/health does not answer|http://127\.0\.0\.1:\d+\S* must be|sent no order"),
    (causes.CLUSTER_AWAY, r"the cluster doesn't answer|no way to the cluster|API server of \S+ does not answer"),
    (
        causes.CLUSTER_AWAY,
        r"^there is no cluster |connect(?:ion)? to the server|cluster unreachable",
    ),
    (causes.LAB_ABSENT, r"^no lab of processes stands"),
    (causes.LOAD_GENERATOR, r"^k6(?:'s points)? |has none of k6's columns"),
    (causes.TOOL_FAILED, r"^'.+' (?:ended with -?\d+|took longer than)|reported success"),
)
"""Words of an error that tell its cause where no pod does."""


def classify(clues: Clues) -> Finding:
    """Say what a failure's cause is, from what is known of it."""
    if clues.unexpected:
        return _finding(clues, causes.UNEXPECTED, why=(clues.summary,))
    told = _told(OUTSIDE, clues) or _full(clues.nodes)
    if told:
        return _finding(clues, told[0], why=(told[1],))
    ailing = _ailing(clues)
    if ailing:
        return _of_pod(clues, *ailing)
    told = _told(INSIDE, clues)
    if told:
        return _finding(clues, told[0], why=(told[1],))
    return _finding(clues, causes.UNKNOWN, why=(clues.summary,))


def _told(texts: Texts, clues: Clues) -> tuple[Cause, str] | None:
    """The first cause that the error's words tell, and the line that does.

    What is told with a workload that is not ready are its container's own words: they are of another machine's ports
    and disks than the lab's.
    """
    lines = (clues.summary,) if NOT_READY in clues.summary else (clues.summary, *clues.details)
    for cause, words in texts:
        for line in lines:
            if re.search(words, line, re.IGNORECASE):
                return cause, line
    return None


def _full(nodes: Iterable[Object]) -> tuple[Cause, str] | None:
    for node in nodes:
        for condition in conditions(node):
            if condition["type"] == "DiskPressure" and condition["status"] == "True":
                said = f"node {node['metadata']['name']}: DiskPressure: {condition.get('message', '')}"
                return causes.DISK_FULL, said
    return None


def _ailing(clues: Clues) -> tuple[Object, Ailment] | None:
    """The pod in trouble that the error names, else the gravest of the lab's, with what ails it."""
    found = [
        (pod, one)
        for pod in clues.pods
        if pod["metadata"].get("namespace") in {NAMESPACE, MONITORING}
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


def _finding(clues: Clues, cause: Cause, *, why: tuple[str, ...]) -> Finding:
    return Finding(cause=cause, why=why, next=_next(clues, cause, {}))


def _next(clues: Clues, cause: Cause, labels: Mapping[str, str]) -> str:
    part = part_of(labels)
    return cause.next.format(
        part=f" --name={part}" if part else "", resources=resources_of(labels), command=clues.command
    )
