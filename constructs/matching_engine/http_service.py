"""What is reached from outside the workloads: a Service that leads to the HTTP port of one of them."""

from collections.abc import Mapping

from cdk8s_plus_28 import k8s
from constructs import Construct

from matching_engine import ports


def http_service(  # noqa: PLR0913 - named, each of them
    scope: Construct,
    *,
    name: str,
    namespace: str,
    selector: Mapping[str, str],
    node_port: int | None,
    labels: Mapping[str, str] | None = None,
) -> None:
    """Define the Service that leads to the HTTP port of the pods with these labels.

    Args:
        scope: What it belongs to.
        name: Its name.
        namespace: Where it is.
        selector: The pods' labels.
        node_port: The port of every node that leads to it; None for one that only pods reach.
        labels: Its own.
    """
    port = k8s.ServicePort(name="http", port=ports.HTTP, target_port=ports.number(ports.HTTP), node_port=node_port)
    k8s.KubeService(
        scope,
        "Service",
        metadata=k8s.ObjectMeta(name=name, namespace=namespace, labels=labels),
        spec=k8s.ServiceSpec(type="NodePort" if node_port else None, selector=selector, ports=[port]),
    )
