"""Which topology stands, where the namespace can't say it."""

from cdk8s_plus_28 import k8s
from constructs import Construct

from lab.core.ownership import STANDING, TOPOLOGY
from lab.manifests import phases


class StandingConstruct(Construct):
    """A ConfigMap whose annotation names the topology: a namespace that others made is not to be annotated."""

    def __init__(self, scope: Construct, id: str, *, namespace: str, topology: str) -> None:  # noqa: A002 - the constructs' own word
        super().__init__(scope, id)
        k8s.KubeConfigMap(
            self,
            "ConfigMap",
            metadata=k8s.ObjectMeta(
                name=STANDING,
                namespace=namespace,
                labels={phases.SWITCH: phases.TOPOLOGY},
                annotations={TOPOLOGY: topology},
            ),
        )
