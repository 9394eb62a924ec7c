"""The gateway's process: starts everything, waits for a signal, stops everything in order."""

from __future__ import annotations

import gc
import logging
import resource
import sys
from typing import TYPE_CHECKING

from gateway.metrics import Metrics
from gateway.routes import GatewayRoutes
from gateway.settings import Settings
from gateway.shard import Shard
from serving import process
from serving.routes import MetricsRoutes
from serving.server import HttpServer

if TYPE_CHECKING:
    import asyncio

DRAIN_SECONDS = 8.0
"""What an order may take, to connect and to be replied to, and a little; well within Kubernetes' 30 s."""
SWITCH_SECONDS = 0.0005
"""How long the thread that writes the metrics may keep the interpreter from a request."""
log = logging.getLogger("gateway")


async def serve(settings: Settings, stop: asyncio.Event) -> None:
    """Run until told to stop.

    Raises:
        PortError: a port can't be listened on.

    """
    # A request takes two connections, and the usual soft limit is 1,024.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    sys.setswitchinterval(SWITCH_SECONDS)
    table = settings.table
    metrics = Metrics(table.addresses)
    shards = [Shard(shard_id, address) for shard_id, address in table.addresses.items()]
    gateway_server = HttpServer(GatewayRoutes(shards, table.owners, metrics))
    # In a thread, since the series of 1,000 shards take 200 ms to write.
    metrics_server = HttpServer(MetricsRoutes(metrics.exposition, in_thread=True))
    metrics_port = await metrics_server.start(settings.listening.host, settings.listening.metrics_port)
    http_port = await gateway_server.start(settings.listening.host, settings.listening.http_port)
    # What lives as long as the process is not looked at in each pass of the collector: with 1,000 shards that is much.
    gc.collect()
    gc.freeze()
    log.info("%d shards, listens: http_port=%d metrics_port=%d", len(shards), http_port, metrics_port)

    await stop.wait()
    log.info("stops")
    await gateway_server.stop(DRAIN_SECONDS)
    for shard in shards:
        shard.close()
    await metrics_server.stop(0)
    log.info("stopped")


if __name__ == "__main__":
    sys.exit(process.run(Settings.from_environment, serve))
