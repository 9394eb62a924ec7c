"""The experiment's settings: typed, checked when they are read, with the file and line of what is wrong."""

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from lab.core import image_name
from lab.core.errors import UsageError
from lab.core.version_range import VERSION, within
from lab.settings.case_settings import (
    CapacitySettings,
    CaseSettings,
    LoadTestsSettings,
    SuiteSettings,
    ValiditySettings,
)
from lab.settings.contradiction import ContradictionError
from lab.settings.fields import Cpu, Int, Label, Memory, Namespace, NodePort, Port, Seconds
from lab.settings.model import Listed, SettingsModel
from lab.settings.semantics import SemanticsSettings
from lab.settings.topology import Shard, Topology

Deadline = Annotated[Seconds, Field(gt=0)]


class ClusterSettings(SettingsModel):
    """The k3d cluster's shape."""

    image: str
    servers: Literal[1] = 1
    agents: Annotated[Int, Field(ge=0, le=50)] = 3
    disable: Listed[str] = ()
    timeout: Deadline = 180

    @property
    def nodes(self) -> int:
        """Servers and agents together."""
        return self.servers + self.agents


class PortSettings(SettingsModel):
    """Ports on 127.0.0.1 of this machine."""

    entry: Port
    control: Port
    prometheus: Port
    grafana: Port
    registry: Port


class NodePortSettings(SettingsModel):
    """Ports on the cluster's nodes."""

    entry: NodePort
    control: NodePort
    prometheus: NodePort
    grafana: NodePort


def _image(value: str) -> str:
    try:
        image_name.parse(value)
    except UsageError as error:
        raise ValueError(
            "must be an image's name in small letters: [registry[:port]/]repository[:tag][@sha256:…]"
        ) from error
    return value


class ImageSettings(SettingsModel):
    """A container image: its name, and the pod's imagePullPolicy for it."""

    name: Annotated[str, Field(min_length=1), AfterValidator(_image)]
    policy: Literal["Never", "IfNotPresent"] = Field(default="IfNotPresent", alias="pull_policy")


class ImagesSettings(SettingsModel):
    """All images that the lab's pods use, and how they reach the nodes."""

    delivery: Literal["registry", "import"] = "registry"
    engine: ImageSettings
    gateway: ImageSettings
    control: ImageSettings
    redpanda: ImageSettings
    prometheus: ImageSettings
    grafana: ImageSettings
    runner: ImageSettings


Folder = Annotated[str, Field(min_length=1)]
"""From the project's root, `~` expanded; it may lie outside the project."""


class SourceSettings(SettingsModel):
    """Where a workload's source is, and how it is run without an image.

    Args:
        folder: With a Dockerfile, from which its image is built.
        target: The stage of the Dockerfile that the image is built up to; the last one if it isn't named.
        command: What the runtime `process` runs in the folder; for a Python package of the role's name none is needed.
    """

    folder: Folder
    target: Annotated[str, Field(min_length=1)] | None = None
    command: Annotated[str, Field(min_length=1)] | None = None


def _of_folder(value: Any) -> Any:
    return {"folder": value} if isinstance(value, str) else value


Source = Annotated[SourceSettings, BeforeValidator(_of_folder, json_schema_input_type=Folder | SourceSettings)]
"""Written as its folder alone, or as a mapping."""


class SourcesSettings(SettingsModel):
    """What engine and gateway are built from; null for one that is not built here."""

    engine: Source | None = SourceSettings(folder="workloads", target="engine")
    gateway: Source | None = SourceSettings(folder="workloads", target="gateway")


class ProcessSettings(SettingsModel):
    """The runtime `process`.

    Args:
        broker: `mock`: librdkafka's mock cluster, which confluent-kafka brings along; `kafka`: a real Apache Kafka.
        kafka_home: Of the latter: the folder in which it is unpacked, with its jars in `libs/`.
    """

    broker: Literal["mock", "kafka"] = "mock"
    kafka_home: Folder | None = None


Written = Annotated[str, Field(min_length=1)]


class TolerationSettings(SettingsModel):
    """A taint of nodes that pods put up with, as Kubernetes writes it."""

    key: Written
    operator: Literal["Equal", "Exists"] = "Equal"
    value: str = ""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None


def _web(example: str) -> Callable[[str], str]:
    """Refuses what is no address of HTTP, also one whose port is none; the message shows an example."""

    def check(value: str) -> str:
        try:
            parts = urlsplit(value)
            is_web = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
            is_whole = is_web and not re.search(r"\s", value)
        except ValueError:
            is_whole = False
        if not is_whole:
            raise ValueError(f"must be an address that begins with https:// or http://, such as {example}")
        return value

    return check


class PrometheusSettings(SettingsModel):
    """A Prometheus that the cluster has, which scrapes the lab's pods in place of one that the lab brings.

    Args:
        url: Its HTTP API, as this machine reaches it.
        bearer_token_file: The file of the token that it wants, `~` expanded; read anew for each command.
        pod_monitor: The labels by which its operator chooses PodMonitors: the lab makes one that has them. Without
            it, the pods' annotations `prometheus.io/scrape`, `/port` and `/path` are all that tells of them.
    """

    url: Annotated[str, AfterValidator(_web("https://prometheus.example"))]
    bearer_token_file: Folder | None = None
    pod_monitor: dict[str, str] | None = None


class KubernetesSettings(SettingsModel):
    """A cluster that is there, with rights in one namespace of it.

    Args:
        context: In the kubeconfig; the current one plays no part.
        kubeconfig: The file, `~` expanded.
        namespace: Which is there; the lab makes none.
        registry: Where the images are pushed to and pulled from, such as `registry.example.com/team`.
        pull_secret: The Secret in the namespace with which the nodes pull from there.
        storage_class: Of the broker's volume; the cluster's default if it isn't named.
        node_selector: Labels of the nodes that the lab's pods may run on.
        tolerations: Taints of those nodes that keep others away.
        prometheus: The one that the cluster has; a small one comes with the lab if none is named.
    """

    context: Written
    kubeconfig: Folder = "~/.kube/config"
    namespace: Namespace
    registry: Written | None = None
    pull_secret: Written | None = None
    storage_class: Written | None = None
    node_selector: dict[str, str] = Field(default_factory=dict)
    tolerations: Listed[TolerationSettings] = ()
    prometheus: PrometheusSettings | None = None


CHART_FORMS = (
    "a folder with a Chart.yaml, a .tgz file, or an oci:// address such as "
    "oci://ghcr.io/prometheus-community/charts/prometheus"
)


def _chart(value: str) -> str:
    if "://" in value and not re.fullmatch(r"oci://[^\s/]+/\S+", value):
        raise ValueError(f"must be {CHART_FORMS}")
    return value


class ChartSettings(SettingsModel):
    """A Helm chart, pinned; `values` are laid over the lab's own."""

    chart: Annotated[str, Field(min_length=1), AfterValidator(_chart)]
    version: str | None = None
    values: dict[str, Any] = Field(default_factory=dict)


class ChartsSettings(SettingsModel):
    """The Helm charts of the monitoring."""

    prometheus: ChartSettings
    grafana: ChartSettings


def _range(value: str) -> str:
    try:
        within("0", value)
    except UsageError as error:
        raise ValueError("must be a range of versions such as '>=5.6,<6'") from error
    return value


def _version(value: str) -> str:
    if not VERSION.fullmatch(value):
        raise ValueError("must be a version such as 5.9.0")
    return value


class ToolSettings(SettingsModel):
    """A command-line tool: which versions will do, and which one is downloaded."""

    supported: Annotated[str, AfterValidator(_range)]
    pinned: Annotated[str, AfterValidator(_version)]
    mirror: Annotated[str, AfterValidator(_web("https://mirror.example/k3d"))] | None = None

    @model_validator(mode="after")
    def _pinned_is_supported(self) -> Self:
        if not within(self.pinned, self.supported):
            problem = f"pinned ({self.pinned}) is not within supported ({self.supported}); correct one of them"
            raise ContradictionError(problem, "pinned", "supported")
        return self


class ToolsSettings(SettingsModel):
    """The tools that the lab drives; Docker alone must be there already."""

    k3d: ToolSettings
    kubectl: ToolSettings
    helm: ToolSettings
    k6: ToolSettings


class GrafanaSettings(SettingsModel):
    """How Grafana is opened."""

    password: Literal["admin", "generate"] = "admin"


NEEDED_TOPICS = ("orders", "matches")
"""Which an engine publishes on, by the contract."""


def _topic(value: str) -> str:
    if not re.fullmatch(r"[a-zA-Z0-9._-]{1,249}", value) or value in {".", ".."}:
        raise ValueError("must be a topic's name: at most 249 of a-z, A-Z, 0-9, '.', '_' and '-', and not . or ..")
    return value


def _topics(names: tuple[str, ...]) -> tuple[str, ...]:
    if missing := [name for name in NEEDED_TOPICS if name not in names]:
        raise ValueError(f"must have the topics that engines publish on: add {' and '.join(missing)}")
    if len(set(names)) < len(names):
        raise ValueError("must have each topic once")
    return names


Topic = Annotated[str, AfterValidator(_topic)]


class TopicsSettings(SettingsModel):
    """The broker's topics."""

    names: Annotated[Listed[Topic], AfterValidator(_topics)]
    partitions: Annotated[Int, Field(gt=0, le=1000)]


class UncappedAmounts(SettingsModel):
    """Memory and room on the node's disk (logs, `/tmp`, folders that end with the pod), as Kubernetes quantities."""

    memory: Memory
    ephemeral_storage: Memory | None = Field(default=None, alias="ephemeral-storage")

    def quantities(self) -> dict[str, str]:
        """What is asked for, by Kubernetes' name for it."""
        return self.model_dump(by_alias=True, exclude_none=True)


class Amounts(UncappedAmounts):
    """CPU, memory and disk, as Kubernetes quantities."""

    cpu: Cpu


class Resources(SettingsModel):
    """What a pod asks for and may use."""

    requests: Amounts
    limits: Amounts


class UnthrottledResources(SettingsModel):
    """What a pod asks for, and the memory and disk that it may use; no limit throttles its CPU."""

    requests: Amounts
    limits: UncappedAmounts


class ResourcesSettings(SettingsModel):
    """Resources of each workload's pod."""

    engine: Resources
    gateway: Resources
    control: UnthrottledResources
    redpanda: Resources
    prometheus: Resources
    grafana: Resources
    runner: UnthrottledResources


class DeadlinesSettings(SettingsModel):
    """How long each workload may take from its start until it is ready; a container that takes longer is restarted."""

    engine: Deadline = 180
    gateway: Deadline = 180
    control: Deadline = 180
    redpanda: Deadline = 180
    prometheus: Deadline = 180
    grafana: Deadline = 180


class TopologySettings(SettingsModel):
    """Shard id to the symbols it owns."""

    shards: dict[str, Listed[str]]


class LoadSettings(SettingsModel):
    """What sends a case's load.

    Args:
        origin: `here`: k6 on this machine; `cluster`: in pods beside the lab's.
        runners: How many k6, each a part of it.
    """

    origin: Literal["here", "cluster"] = Field(default="here", alias="from")
    runners: Annotated[Int, Field(ge=1, le=64)] = 1


class Settings(SettingsModel):
    """The whole experiment."""

    name: Label
    runtime: Literal["auto", "process", "k3d", "kubernetes"] = "auto"
    process: ProcessSettings = ProcessSettings()
    kubernetes: KubernetesSettings | None = None
    cluster: ClusterSettings
    ports: PortSettings
    node_ports: NodePortSettings
    images: ImagesSettings
    sources: SourcesSettings = SourcesSettings()
    charts: ChartsSettings
    tools: ToolsSettings
    grafana: GrafanaSettings = GrafanaSettings()
    topics: TopicsSettings
    resources: ResourcesSettings
    deadlines: DeadlinesSettings = DeadlinesSettings()
    topologies: dict[str, TopologySettings]
    suites: dict[str, SuiteSettings]
    cases: dict[str, CaseSettings]
    loadtests: LoadTestsSettings
    load: LoadSettings = LoadSettings()
    engine: SemanticsSettings = SemanticsSettings()
    capacity: CapacitySettings
    validity: ValiditySettings

    def topology(self, name: str) -> Topology:
        """The topology of this name.

        Raises:
            UsageError: There is none.
        """
        if name not in self.topologies:
            raise UsageError(f"topology must be one of {', '.join(self.topologies)}; got {name!r}")
        shards = self.topologies[name].shards
        return Topology(name=name, shards=tuple(Shard(id=id_, symbols=symbols) for id_, symbols in shards.items()))
