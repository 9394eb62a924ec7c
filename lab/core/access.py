"""How the lab reaches its cluster: its own kubeconfig file and an explicit context, never the current one."""

from dataclasses import dataclass
from pathlib import Path

from lab.core.paths import KUBECONFIG

NAMESPACE = "matching-engine"
"""The workloads' namespace (the spec's 4.2)."""
MONITORING = "monitoring"
"""Prometheus' and Grafana's namespace."""


@dataclass(frozen=True, kw_only=True)
class Access:
    """A kubeconfig file and the context in it to act on."""

    kubeconfig: Path
    context: str

    def kubectl(self, *words: str, kubectl: str = "kubectl") -> tuple[str, ...]:
        """The argv of a kubectl call on this cluster."""
        return (kubectl, "--kubeconfig", str(self.kubeconfig), "--context", self.context, *words)


def of_cluster(name: str) -> Access:
    """The access to the k3d cluster of this name; k3d names its contexts `k3d-NAME`."""
    return Access(kubeconfig=KUBECONFIG, context=f"k3d-{name}")
