"""The lab as commands see it: its settings, its tools, and the way to its cluster."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import yaml

from lab.cluster.kube import Kube
from lab.core.access import Access, of_cluster
from lab.core.errors import UsageError
from lab.core.ownership import STANDING, TOPOLOGY
from lab.core.paths import MANIFESTS, from_root
from lab.settings.layout import Layout, of_namespace, of_own_cluster
from lab.settings.loading import require_kubernetes, where
from lab.settings.settings import Settings
from lab.settings.topology import Topology
from lab.tools.kubectl import ObjectName
from lab.tools.toolbox import Toolbox


@dataclass(frozen=True, kw_only=True)
class Lab:
    """One lab: everything that its parts need to know of each other; `offline` is one that fetches nothing."""

    settings: Settings
    access: Access
    layout: Layout
    tools: Toolbox = field(repr=False)
    offline: bool = False

    @cached_property
    def kube(self) -> Kube:
        """The cluster's API."""
        return Kube(self.access, kubectl=self.tools.path("kubectl"))

    @property
    def standing(self) -> ObjectName:
        """The object whose annotation says which topology stands."""
        workloads = self.access.namespaces.workloads
        if self.layout.nodes is None:
            return ObjectName(kind="ConfigMap", namespace=workloads, name=STANDING)
        return ObjectName(kind="Namespace", namespace="", name=workloads)

    def standing_topology(self) -> str | None:
        """What that annotation says; None where nothing stands.

        Raises:
            ApiError: The cluster doesn't answer.
        """
        where = self.standing
        found = self.kube.find(where.kind, where.name, namespace=where.namespace) or {}
        name: str | None = (found.get("metadata", {}).get("annotations") or {}).get(TOPOLOGY)
        return name

    def manifest(self, topology: Topology) -> Path:
        """The file of the manifests that are applied for a topology."""
        return MANIFESTS / f"{topology.name}.k8s.yaml"


def in_namespace(settings: Settings, tools: Toolbox) -> Lab:
    """The lab in one namespace of the cluster that these settings name; its load comes from pods, whatever they say.

    Raises:
        UsageError: They name none, or none that the kubeconfig has; the message has the setting's file and line.
    """
    cluster = require_kubernetes(settings)
    layout, kubeconfig = of_namespace(cluster), from_root(cluster.kubeconfig)
    contexts = _contexts(kubeconfig)
    if cluster.context not in contexts:
        known = ", ".join(contexts) or "those of a kubeconfig that has some"
        raise UsageError(
            f"{where('kubernetes', 'context')}: kubernetes.context must be one of {known}, by {kubeconfig}; "
            f"got {cluster.context!r}"
        )
    access = Access(kubeconfig=kubeconfig, context=cluster.context, namespaces=layout.namespaces)
    load = settings.load.model_copy(update={"origin": "cluster"})
    return Lab(settings=settings.model_copy(update={"load": load}), access=access, layout=layout, tools=tools)


def _contexts(kubeconfig: Path) -> list[str]:
    try:
        return [one["name"] for one in yaml.safe_load(kubeconfig.read_text(encoding="utf-8"))["contexts"]]
    except (OSError, ValueError, yaml.YAMLError, TypeError, KeyError) as error:
        raise UsageError(
            f"{where('kubernetes', 'kubeconfig')}: kubernetes.kubeconfig must be a kubeconfig file; "
            f"{kubeconfig} is none: {error}"
        ) from error


def of(settings: Settings, *, downloads: bool = True, offline: bool = False) -> Lab:
    """The lab that these settings describe; without `downloads` a missing tool is an error, `offline` anything is."""
    specs = {name: getattr(settings.tools, name) for name in type(settings.tools).model_fields}
    return Lab(
        settings=settings,
        access=of_cluster(settings.name),
        layout=of_own_cluster(settings),
        tools=Toolbox(specs, downloads=downloads),
        offline=offline,
    )
