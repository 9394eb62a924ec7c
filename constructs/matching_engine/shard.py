"""A matching engine."""

from cdk8s_plus_28 import k8s
from constructs import Construct

from lab.settings.layout import Layout
from lab.settings.settings import ImageSettings, Resources
from lab.settings.topology import Shard
from matching_engine.placement import placement_of
from matching_engine.redpanda import RedpandaConstruct
from matching_engine.scratch import Scratch
from matching_engine.workload import WorkloadConstruct

APP = "matching-engine"
"""The label `app` of every shard's pod."""
WAL_PATH = "/app/wal"
WAL_SIZE_MB = 64
"""MiB; the log is made at this size."""
WAL = Scratch(name="wal", path=WAL_PATH, limit=f"{4 * WAL_SIZE_MB}Mi")
"""Room beyond the log's own size: a pod is evicted when its folder outgrows the limit."""


class ShardConstruct(WorkloadConstruct):
    """The engine of one shard, which publishes its events to the broker; shards share no node while there are enough.

    Attributes:
        shard_id: What the gateway knows it by.
        symbols: What it accepts orders for.
    """

    def __init__(  # noqa: PLR0913 - named, each of them
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the constructs' own word
        *,
        shard: Shard,
        broker: RedpandaConstruct,
        image: ImageSettings,
        resources: Resources,
        deadline: int,
        layout: Layout,
        number: int,
    ) -> None:
        selector = {"app": APP, "shard": shard.id}
        super().__init__(
            scope,
            id,
            name=shard.name,
            selector=selector,
            image=image,
            resources=resources,
            deadline=deadline,
            layout=layout,
            placed=placement_of(layout.placement).shard(number),
        )
        self.shard_id = shard.id
        self.symbols = shard.symbols
        self._service()
        pod = self._pod(self._env(broker), restarted=True, folders=(WAL,))
        # Never two at once: one engine owns its symbols, and a second one would ask for as much CPU again.
        self._deployment(pod, strategy=k8s.DeploymentStrategy(type="Recreate"))

    def _env(self, broker: RedpandaConstruct) -> dict[str, str]:
        return {
            "SHARD_ID": self.shard_id,
            "SHARD_SYMBOLS": ",".join(self.symbols),
            "KAFKA_BOOTSTRAP": broker.bootstrap_servers,
            "WAL_PATH": WAL_PATH,
            "WAL_SIZE_MB": str(WAL_SIZE_MB),
        }
