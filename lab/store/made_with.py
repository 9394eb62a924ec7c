"""With what a run was made: settings, code, tools, charts, the machine, and what ran where."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Project:
    """The commit that is checked out, and whether files differ from it; None outside a git checkout."""

    commit: str | None
    changed: bool | None


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A Helm chart; no version is the newest one."""

    chart: str
    version: str | None


@dataclass(frozen=True, kw_only=True)
class Versions:
    """Versions of everything that a run's figures depend on.

    Args:
        settings_sha256: Of the settings in force.
        project: This one.
        python: Of the lab's Python.
        tools: By their names.
        charts: By their releases; none without a cluster.
        cluster_image: That the nodes run; empty without a cluster.
    """

    settings_sha256: str
    project: Project
    python: str
    tools: Mapping[str, str] = field(default_factory=dict)
    charts: Mapping[str, Chart] = field(default_factory=dict)
    cluster_image: str = ""


@dataclass(frozen=True, kw_only=True)
class Host:
    """The machine as it is when a run begins.

    Args:
        system: Its operating system and kernel.
        architecture: Its machine type.
        processor: The CPU's model.
        cores: Logical cores that the lab may use.
        memory: In bytes.
        load: Processes that wanted to run, averaged over 1, 5 and 15 minutes.
        docker: Docker's own version, cores, memory, storage driver and cgroup version; empty if it doesn't answer.
    """

    system: str
    architecture: str
    processor: str
    cores: int
    memory: int
    load: tuple[float, float, float]
    docker: Mapping[str, str | int]

    @property
    def node_cores(self) -> float:
        """The cores that all k3d nodes share: Docker's, which may run in a virtual machine of its own."""
        return float(self.docker.get("cores", self.cores))


@dataclass(frozen=True, kw_only=True)
class Image:
    """A container, the image it was to run, and the digest that ran; empty if the node names none."""

    namespace: str
    pod: str
    container: str
    image: str
    digest: str


@dataclass(frozen=True, kw_only=True)
class PodPlace:
    """A pod, the workload it is of, and the node it is on; no node if it has none yet."""

    namespace: str
    pod: str
    workload: str
    node: str | None


@dataclass(frozen=True, kw_only=True)
class NodeCores:
    """A node and the cores that it claims to have."""

    node: str
    cores: float


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Every pod's node, and the cores behind the nodes.

    Args:
        pods: By namespace and name.
        nodes: By name; none without a cluster.
        cores: Of the machine on which the nodes, and k6, run.
        shared: Whether the nodes claim more than there is: each k3d node claims all of its host's cores.
    """

    pods: tuple[PodPlace, ...]
    nodes: tuple[NodeCores, ...]
    cores: float
    shared: bool
