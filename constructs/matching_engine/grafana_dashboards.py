"""What Grafana shows."""

from collections.abc import Mapping

from cdk8s_plus_28 import k8s
from constructs import Construct

NAME = "grafana-dashboards"
"""The name by which Grafana's Helm release mounts it (the spec's 5.4); without it Grafana's pod never starts."""


class GrafanaDashboardsConstruct(Construct):
    """The ConfigMap of the dashboards that Grafana opens with: file name to JSON text."""

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the constructs' own word
        *,
        files: Mapping[str, str],
        namespace: str,
    ) -> None:
        super().__init__(scope, id)
        k8s.KubeConfigMap(self, "ConfigMap", metadata=k8s.ObjectMeta(name=NAME, namespace=namespace), data=dict(files))
