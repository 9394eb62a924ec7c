"""The experiment's chart."""

from cdk8s import Chart
from constructs import Construct

from lab.core.ownership import labels
from lab.settings.layout import Layout
from lab.settings.settings import Settings
from lab.settings.topology import Topology
from matching_engine.control import ControlConstruct
from matching_engine.dashboards import dashboards
from matching_engine.entry import EntryConstruct
from matching_engine.gateway import GatewayConstruct
from matching_engine.grafana_dashboards import GrafanaDashboardsConstruct
from matching_engine.namespaces import NamespacesConstruct
from matching_engine.network_policies import NetworkPoliciesConstruct
from matching_engine.pod_monitor import PodMonitorConstruct
from matching_engine.prometheus import PrometheusConstruct
from matching_engine.redpanda import RedpandaConstruct
from matching_engine.shard import ShardConstruct
from matching_engine.standing import StandingConstruct
from matching_engine.workload import WorkloadConstruct


class ExperimentChart(Chart):
    """Everything in one topology, except the Helm releases of the monitoring where the lab has a cluster of its own.

    The objects are in the order in which they can be applied: namespaces first, what pods need before the pods.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the constructs' own word
        *,
        settings: Settings,
        topology: Topology,
        layout: Layout,
    ) -> None:
        super().__init__(scope, id, labels=labels(settings.name), disable_resource_name_hashes=True)
        namespaces, ports = layout.namespaces, layout.exposure
        if layout.nodes is None:
            StandingConstruct(self, "standing", namespace=namespaces.workloads, topology=topology.name)
        else:
            NamespacesConstruct(self, "namespaces", namespaces=namespaces, topology=topology.name)
        NetworkPoliciesConstruct(self, "network-policies", has_gateway=topology.has_gateway, layout=layout)
        if layout.scraped_by:
            if layout.scraped_by.pod_monitor is not None:
                PodMonitorConstruct(
                    self, "pod-monitor", namespace=namespaces.workloads, labels=layout.scraped_by.pod_monitor
                )
        elif layout.nodes is None:
            PrometheusConstruct(
                self,
                "prometheus",
                image=settings.images.prometheus,
                resources=settings.resources.prometheus,
                deadline=settings.deadlines.prometheus,
                layout=layout,
            )
        else:
            GrafanaDashboardsConstruct(self, "dashboards", files=dashboards(), namespace=namespaces.monitoring)
        target = self._workloads(settings, topology, layout)
        entry = EntryConstruct(self, "entry", target=target, node_port=ports.entry if ports else None)
        target.node.add_dependency(entry)  # so that the Service is written before the pods behind it
        ControlConstruct(
            self,
            "control",
            beside=target,
            image=settings.images.control,
            resources=settings.resources.control,
            deadline=settings.deadlines.control,
            layout=layout,
            node_port=ports.control if ports else None,
        )

    def _workloads(self, settings: Settings, topology: Topology, layout: Layout) -> WorkloadConstruct:
        """The broker, the shards and the gateway; returns the one that takes the orders."""
        images, resources, deadlines = settings.images, settings.resources, settings.deadlines
        broker = RedpandaConstruct(
            self,
            "redpanda",
            image=images.redpanda,
            resources=resources.redpanda,
            deadline=deadlines.redpanda,
            layout=layout,
        )
        shards = [
            ShardConstruct(
                self,
                shard.name,
                shard=shard,
                broker=broker,
                image=images.engine,
                resources=resources.engine,
                deadline=deadlines.engine,
                layout=layout,
                number=number,
            )
            for number, shard in enumerate(topology.shards)
        ]
        if not topology.has_gateway:
            return shards[0]
        return GatewayConstruct(
            self,
            "gateway",
            shards=shards,
            image=images.gateway,
            resources=resources.gateway,
            deadline=deadlines.gateway,
            layout=layout,
        )
