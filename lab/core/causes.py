"""The causes of failure that the lab tells apart: what each is called, what it means, and the next command.

An error carries its cause from where it is raised; one that is not known is `UNKNOWN`, never guessed.

In `next`, `{part}` is the flag by which `logs` finds the part of the lab, `{resources}` the part's name in the
settings, and `{command}` what was under way.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cause:
    """A class of failure; where nothing in a cluster can be behind it (`outside`), no pod in trouble explains it."""

    name: str
    meaning: str
    next: str
    outside: bool = False


IMAGE_MISSING = Cause(
    "image missing", "the requested image was not found where it was looked for", "./invokew images", outside=True
)
CRASH_LOOP = Cause("crash loop", "the container ends soon after each start", "./invokew logs{part} --previous")
LAB_ABSENT = Cause("no lab", "no lab was brought up here", "./invokew up")
PROGRAM_ENDED = Cause("program ended", "a program of the lab ends as soon as it is started", "./invokew logs")
CONTAINER_ENDED = Cause(
    "container ended", "a container ended meanwhile and was restarted", "./invokew logs{part} --previous"
)
OUT_OF_MEMORY = Cause(
    "out of memory",
    "the kernel ended the container at its memory limit",
    "set resources.{resources}.limits.memory higher in experiment.local.yaml, then ./invokew up",
)
UNSCHEDULABLE = Cause(
    "unschedulable",
    "no node accepts the pod",
    "free room, or ask for less under 'resources' in experiment.local.yaml, then ./invokew up",
)
VOLUME_NOT_BOUND = Cause(
    "volume not bound",
    "the pod's claim has no volume",
    """eval "$(./invokew env)" && kubectl describe pvc --namespace matching-engine""",
)
VOLUME_NOT_MOUNTED = Cause("volume not mounted", "a volume that the pod mounts does not exist", "./invokew up")
CONTAINER_NOT_STARTED = Cause(
    "container not started",
    "the node can't start the container as it is defined",
    "correct its settings, then ./invokew up",
)
PROBE_FAILING = Cause(
    "probe failing", "the container runs, its probe says that it is not ready", "./invokew logs{part}"
)
REFUSED = Cause(
    "refused by the cluster",
    "the API server rejects what is applied",
    "correct the settings, then ./invokew plan",
    outside=True,
)
NODE_NOT_READY = Cause("node not ready", "a node of the cluster is missing or not ready", "./invokew status")
CLUSTER_AWAY = Cause("cluster away", "the cluster does not exist, or its API does not answer", "./invokew up")
CLUSTER_FOREIGN = Cause(
    "another's cluster",
    "a cluster of this name belongs to another checkout, or the lab didn't make it",
    "./invokew {command} --take-over",
    outside=True,
)
CLUSTER_DIFFERS = Cause(
    "cluster differs",
    "the cluster that stands was made by other settings, which can't be changed in place",
    "./invokew down, then ./invokew up",
    outside=True,
)
PORT_TAKEN = Cause(
    "port taken",
    "another program listens on a port that the lab needs",
    "free the port, or set ports.* in experiment.local.yaml, then ./invokew {command}",
    outside=True,
)
DOCKER_AWAY = Cause(
    "Docker away", "the Docker engine does not answer", "start Docker, then ./invokew {command}", outside=True
)
NOT_WRITABLE = Cause(
    "not writable",
    "a file or folder of the checkout takes no files from this user",
    "let this user write there, then the same command",
    outside=True,
)
DISK_FULL = Cause(
    "disk full",
    "no more data can be written",
    "docker system df, free some space, then ./invokew {command}",
    outside=True,
)
TOOL_MISSING = Cause(
    "tool missing", "a program that the lab needs is missing or does not work", "./invokew doctor", outside=True
)
DOWNLOAD_FAILED = Cause("download failed", "a download is not available", "./invokew doctor", outside=True)
BUILD_FAILED = Cause(
    "build failed",
    "an image can't be built from its sources",
    "correct the sources, then ./invokew images",
    outside=True,
)
RELEASE_FAILED = Cause(
    "Helm release failed",
    "Helm did not install or upgrade a release",
    "correct charts.* in experiment.local.yaml, then ./invokew up",
    outside=True,
)
TOOL_FAILED = Cause("tool failed", "a command that the lab ran failed or took too long", "./invokew {command}")
ENTRY_SILENT = Cause("entry not answering", "orders from this machine do not reach the lab", "./invokew status")
MONITORING_SILENT = Cause(
    "monitoring not answering", "Prometheus or Grafana does not answer, or does not scrape", "./invokew status"
)
FILL_UNSEEN = Cause(
    "no fill",
    "a shard does not fill an order, or does not count the fill",
    "./invokew logs{part}",
)
CONTROL_SILENT = Cause(
    "control not answering", "requests to the control from this machine get no answer", "./invokew logs --name=control"
)
BROKER_FAILING = Cause(
    "broker failing",
    "the broker does not answer, lacks topics, or accepts no records",
    "./invokew logs --name=redpanda, on processes --name=broker",
)
OUTAGE_FAILED = Cause("outage failed", "the broker was not taken down, or not brought back", "./invokew up")
BOOKS_NOT_CLEAN = Cause("books not clean", "the shards did not come back with empty books", "./invokew logs --previous")
SCRIPT_ERROR = Cause(
    "script error", "the case's k6 script threw, or ended the test", "correct the script, then ./invokew {command}"
)
LOAD_GENERATOR = Cause("load generator", "k6 did not produce the planned load", "./invokew doctor")
UNEXPECTED = Cause("unexpected", "the lab itself failed unexpectedly", "report it, with the bundle")
UNKNOWN = Cause("unknown", "no class of cause fits the evidence", "./invokew status")

CAUSES = tuple(one for one in list(globals().values()) if isinstance(one, Cause))
"""All of them; docs/failure.md lists them."""
