"""How the operator of a cluster's Prometheus is told what to scrape."""

from collections.abc import Mapping

from cdk8s import ApiObjectMetadata
from constructs import Construct

from lab.measure.metrics import SCRAPE_SECONDS
from matching_engine import gateway, ports, shard


class PodMonitorConstruct(Construct):
    """A PodMonitor of the pods that handle orders, in their namespace; the operator chooses it by its labels.

    See https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.PodMonitor
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the constructs' own word
        *,
        namespace: str,
        labels: Mapping[str, str],
    ) -> None:
        from com.coreos.monitoring import (  # noqa: PLC0415 - jsii loads one more assembly, which few topologies need
            PodMonitor,
            PodMonitorSpec,
            PodMonitorSpecPodMetricsEndpoints,
            PodMonitorSpecSelector,
            PodMonitorSpecSelectorMatchExpressions,
        )

        super().__init__(scope, id)
        ours = PodMonitorSpecSelectorMatchExpressions(key="app", operator="In", values=[shard.APP, gateway.APP])
        endpoint = PodMonitorSpecPodMetricsEndpoints(
            port="metrics",
            path=ports.METRICS_PATH,
            interval=f"{SCRAPE_SECONDS}s",
            scrape_timeout=f"{SCRAPE_SECONDS - 1}s",
        )
        PodMonitor(
            self,
            "PodMonitor",
            metadata=ApiObjectMetadata(name=shard.APP, namespace=namespace, labels=dict(labels)),
            spec=PodMonitorSpec(
                selector=PodMonitorSpecSelector(match_expressions=[ours]), pod_metrics_endpoints=[endpoint]
            ),
        )
