"""The lab that is up, as checks read it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lab.bringup import external_prometheus
from lab.bringup.entry import scrape_problem, urls
from lab.cluster.kube import Object
from lab.cluster.lab import Lab
from lab.cluster.rollout import is_leaving
from lab.core.access import Namespaces
from lab.measure.metrics import SCRAPE_SECONDS, Metrics
from lab.measure.prometheus import Prometheus
from lab.process import shell
from lab.settings.settings import Settings
from lab.settings.topology import Topology

SETTLED = 3.0 * SCRAPE_SECONDS
"""Seconds in which Prometheus finds a new pod, forgets one that is gone, and has scraped each."""
PAUSE = 0.5


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
    def namespaces(self) -> Namespaces:
        """Where its objects are."""
        return self.lab.access.namespaces

    @property
    def urls(self) -> dict[str, str]:
        """Where orders, Prometheus and Grafana are on this machine."""
        return urls(self.lab)

    @cached_property
    def external(self) -> Metrics | None:
        """What the cluster's Prometheus has of the lab; None where the lab has its own."""
        return external_prometheus.metrics(self.lab)

    @cached_property
    def prometheus(self) -> Prometheus:
        """The lab's own Prometheus."""
        return Prometheus(self.urls["prometheus"])

    @property
    def metrics(self) -> Metrics:
        """What is scraped of the lab."""
        return self.external or self.prometheus

    def targets(self) -> tuple[Mapping[str, Any], ...] | None:
        """What Prometheus scrapes, once it has asked each pod that handles orders: a new one is asked within seconds.

        None of the cluster's Prometheus, which has others' too.

        Raises:
            ToolError: Prometheus doesn't answer.
        """
        if self.external:
            return None
        handlers = len(self.topology.handlers)
        namespace, end = self.namespaces.workloads, time.monotonic() + SETTLED
        while scrape_problem(found := self.prometheus.targets(), handlers, namespace) and time.monotonic() < end:
            shell.require_going()
            time.sleep(PAUSE)
        return found

    def pods(self, namespace: str) -> list[Object]:
        """The pods of a namespace that are not on their way out.

        Raises:
            ApiError: The cluster doesn't answer.
        """
        found = self.lab.kube.items("Pod", namespace=namespace)
        return [pod for pod in found if not is_leaving(pod)]
