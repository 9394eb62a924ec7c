"""Where orders come in."""

from constructs import Construct

from lab.manifests import phases
from matching_engine.http_service import http_service
from matching_engine.workload import WorkloadConstruct

NAME = "entry"


class EntryConstruct(Construct):
    """A Service of the same name and port in every topology, before whatever takes the orders there."""

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the constructs' own word
        *,
        target: WorkloadConstruct,
        node_port: int | None,
    ) -> None:
        super().__init__(scope, id)
        labels = {phases.SWITCH: phases.ENTRY}
        http_service(
            self, name=NAME, namespace=target.namespace, selector=target.selector, node_port=node_port, labels=labels
        )
