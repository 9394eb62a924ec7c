"""The control: what the orders' way comes to where no engine is at its end."""

from constructs import Construct

from lab.settings.layout import Layout
from lab.settings.settings import ImageSettings, UnthrottledResources
from lab.settings.topology import CONTROL
from matching_engine.http_service import http_service
from matching_engine.placement import placement_of
from matching_engine.workload import WorkloadConstruct


class ControlConstruct(WorkloadConstruct):
    """A pod on the node of what takes the orders, reached from this machine as that is: by a Service of its own.

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
        deadline: int,
        layout: Layout,
        node_port: int | None,
    ) -> None:
        super().__init__(
            scope,
            id,
            name=CONTROL,
            selector={"app": CONTROL},
            image=image,
            resources=resources,
            deadline=deadline,
            layout=layout,
            placed=placement_of(layout.placement).beside(beside.selector, beside.placed),
        )
        http_service(self, name=CONTROL, namespace=self.namespace, selector=self.selector, node_port=node_port)
        self._deployment(self._pod({}, restarted=False))  # one that was restarted would have nothing to say
