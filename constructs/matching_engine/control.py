"""The control: what the orders' way comes to where no engine is at its end."""

from constructs import Construct

from lab.settings.settings import ImageSettings, UnthrottledResources
from lab.settings.topology import CONTROL
from matching_engine.node_port import node_port_service
from matching_engine.workload import WorkloadConstruct


class ControlConstruct(WorkloadConstruct):
    """A pod on the node of what takes the orders, reached from this machine as that is: by a port of every node.

    Nothing throttles it, since what it sees is to be the surroundings' doing alone; and nothing scrapes it.
    """

    ports = ("http",)

    def __init__(  # noqa: PLR0913 - named, each of them
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the constructs' own word
        *,
        beside: WorkloadConstruct,
        image: ImageSettings,
        resources: UnthrottledResources,
        node_port: int,
    ) -> None:
        super().__init__(
            scope,
            id,
            name=CONTROL,
            selector={"app": CONTROL},
            image=image,
            resources=resources,
            affinity=beside.affinity,
        )
        node_port_service(self, name=CONTROL, selector=self.selector, node_port=node_port)
        self._deployment(self._pod({}, restarted=False))  # one that was restarted would have nothing to say
