"""The edge gateway."""

from collections.abc import Sequence

from constructs import Construct

from lab.settings.layout import Layout
from lab.settings.settings import ImageSettings, Resources
from matching_engine.placement import placement_of
from matching_engine.shard import ShardConstruct
from matching_engine.workload import WorkloadConstruct

APP = "edge-gateway"
"""The gateway's name and the label `app` of its pod."""


class GatewayConstruct(WorkloadConstruct):
    """The gateway, which sends each order to the shard that owns its symbol.

    Raises:
        ValueError: It is given no shard, or more of them than its maps can name.
    """

    def __init__(  # noqa: PLR0913 - named, each of them
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the constructs' own word
        *,
        shards: Sequence[ShardConstruct],
        image: ImageSettings,
        resources: Resources,
        deadline: int,
        layout: Layout,
    ) -> None:
        if not shards:
            raise ValueError("the gateway has no shard to send orders to; give it at least one")
        super().__init__(
            scope,
            id,
            name=APP,
            selector={"app": APP},
            image=image,
            resources=resources,
            deadline=deadline,
            layout=layout,
            placed=placement_of(layout.placement).gateway(),
        )
        self._service()
        self._deployment(self._pod(_maps(shards), restarted=False))


def _maps(shards: Sequence[ShardConstruct]) -> dict[str, str]:
    """The shard map and the symbol map, in the form that the gateway reads (docs/gateway.md)."""
    return {
        "ME_SHARD_MAP": ",".join(f"{shard.shard_id}={shard.url}" for shard in shards),
        "SHARD_SYMBOLS_MAP": ",".join(f"{shard.shard_id}={':'.join(shard.symbols)}" for shard in shards),
    }
