"""The namespaces of everything else."""

from collections.abc import Mapping

from cdk8s_plus_28 import k8s
from constructs import Construct

from lab.core.access import Namespaces
from lab.core.ownership import TOPOLOGY
from lab.manifests import phases

LEVEL = "restricted"
VERSION = "v1.33"
"""Of the Pod Security rules: pinned, so that a newer cluster judges the same pods alike."""


class NamespacesConstruct(Construct):
    """Both namespaces, in which only pods of Pod Security's level `restricted` are admitted.

    The workloads' one says which topology stands in it.

    See https://kubernetes.io/docs/concepts/security/pod-security-standards/
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the constructs' own word
        *,
        namespaces: Namespaces,
        topology: str,
    ) -> None:
        super().__init__(scope, id)
        self._namespace(namespaces.workloads, {phases.SWITCH: phases.TOPOLOGY}, {TOPOLOGY: topology})
        self._namespace(namespaces.monitoring)

    def _namespace(
        self, name: str, labels: Mapping[str, str] | None = None, annotations: Mapping[str, str] | None = None
    ) -> None:
        metadata = k8s.ObjectMeta(name=name, labels={**_pod_security(), **(labels or {})}, annotations=annotations)
        k8s.KubeNamespace(self, name, metadata=metadata)


def _pod_security() -> dict[str, str]:
    prefix = "pod-security.kubernetes.io"
    levels = {f"{prefix}/{mode}": LEVEL for mode in ("enforce", "warn", "audit")}
    versions = {f"{prefix}/{mode}-version": VERSION for mode in ("enforce", "warn", "audit")}
    return {**levels, **versions}
