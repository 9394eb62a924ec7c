"""How the lab reaches its cluster: its own kubeconfig file and an explicit context, never the current one."""

from dataclasses import dataclass
from pathlib import Path

from lab.core.causes import LAB_ABSENT
from lab.core.errors import ToolError
from lab.core.paths import KUBECONFIG


@dataclass(frozen=True, kw_only=True)
class Namespaces:
    """Where the lab's objects are in a cluster; both may be one.

    Args:
        workloads: What handles orders, the broker and the control.
        monitoring: What watches them.
    """

    workloads: str
    monitoring: str

    @property
    def all(self) -> tuple[str, ...]:
        """Each of them once."""
        return tuple(dict.fromkeys((self.workloads, self.monitoring)))


SPEC = Namespaces(workloads="matching-engine", monitoring="monitoring")
"""The namespaces of the spec's 4.2, in a cluster of the lab's own."""


@dataclass(frozen=True, kw_only=True)
class Access:
    """A kubeconfig file and the context in it to act on, and the lab's namespaces there."""

    kubeconfig: Path
    context: str
    namespaces: Namespaces = SPEC

    def require(self) -> None:
        """There is a kubeconfig, which `up` writes and `down` removes.

        Raises:
            ToolError: No lab is up on a cluster.
        """
        if not self.kubeconfig.exists():
            raise ToolError("no lab of this checkout is up on a cluster; run './invokew up'", cause=LAB_ABSENT)

    def kubectl(self, *words: str, kubectl: str = "kubectl") -> tuple[str, ...]:
        """The argv of a kubectl call on this cluster."""
        return (kubectl, "--kubeconfig", str(self.kubeconfig), "--context", self.context, *words)


def of_cluster(name: str) -> Access:
    """The access to the k3d cluster of this name; k3d names its contexts `k3d-NAME`."""
    return Access(kubeconfig=KUBECONFIG, context=f"k3d-{name}")
