"""Where orders come in."""

from cdk8s_plus_28 import k8s
from constructs import Construct

from lab.core.access import NAMESPACE
from lab.manifests import phases
from matching_engine import ports
from matching_engine.workload import WorkloadConstruct

NAME = "entry"


class EntryConstruct(Construct):
    """A NodePort Service of the same name and port in every topology, before whatever takes the orders there."""

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the constructs' own word
        *,
        target: WorkloadConstruct,
        node_port: int,
    ) -> None:
        super().__init__(scope, id)
        port = k8s.ServicePort(name="http", port=ports.HTTP, target_port=ports.number(ports.HTTP), node_port=node_port)
        k8s.KubeService(
            self,
            "Service",
            metadata=k8s.ObjectMeta(name=NAME, namespace=NAMESPACE, labels={phases.SWITCH: phases.ENTRY}),
            spec=k8s.ServiceSpec(type="NodePort", selector=target.selector, ports=[port]),
        )
