"""The lab that stands, as checks look at it."""

from dataclasses import dataclass
from functools import cached_property

from lab.entry import urls
from lab.kube import Object
from lab.lab import Lab
from lab.prometheus import Prometheus
from lab.settings import Settings
from lab.topology import Topology


@dataclass(frozen=True, kw_only=True)
class Site:
    """A lab, and the topology that stands in its cluster."""

    lab: Lab
    topology: Topology

    @property
    def settings(self) -> Settings:
        """The experiment's settings."""
        return self.lab.settings

    @property
    def urls(self) -> dict[str, str]:
        """Where orders, Prometheus and Grafana are on this machine."""
        return urls(self.lab)

    @cached_property
    def prometheus(self) -> Prometheus:
        """The lab's Prometheus."""
        return Prometheus(self.urls["prometheus"])

    def pods(self, namespace: str) -> list[Object]:
        """The pods of a namespace that are not on their way out.

        Raises:
            ApiError: The cluster doesn't answer.
        """
        found = self.lab.kube.items("Pod", namespace=namespace)
        return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]
