"""What is reached from this machine: a port of every node that leads to a workload."""

from collections.abc import Mapping

from cdk8s_plus_28 import k8s
from constructs import Construct

from lab.core.access import SPEC
from matching_engine import ports


def node_port_service(
    scope: Construct,
    *,
    name: str,
    selector: Mapping[str, str],
    node_port: int,
    labels: Mapping[str, str] | None = None,
) -> None:
    """Define the NodePort Service that leads to the HTTP port of the pods with these labels."""
    port = k8s.ServicePort(name="http", port=ports.HTTP, target_port=ports.number(ports.HTTP), node_port=node_port)
    k8s.KubeService(
        scope,
        "Service",
        metadata=k8s.ObjectMeta(name=name, namespace=SPEC.workloads, labels=labels),
        spec=k8s.ServiceSpec(type="NodePort", selector=selector, ports=[port]),
    )
