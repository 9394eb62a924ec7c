"""The gateway's process: starts everything, waits for a signal, stops everything in order."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import resource
import signal
import sys

import uvloop

from gateway.errors import GatewayError, SettingsError
from gateway.metrics import Metrics
from gateway.routes import GatewayRoutes, MetricsRoutes
from gateway.server import HttpServer
from gateway.settings import Settings
from gateway.shard import Shard

DRAIN_SECONDS = 8.0
"""What an order may take, to connect and to be replied to, and a little; well within Kubernetes' 30 s."""
SWITCH_SECONDS = 0.0005
"""How long the thread that writes the metrics may keep the interpreter from a request."""
log = logging.getLogger("gateway")


async def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT.

    Raises:
        PortError: a port can't be listened on.

    """
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    table = settings.table
    metrics = Metrics(table.addresses)
    shards = [Shard(shard_id, address) for shard_id, address in table.addresses.items()]
    gateway_server = HttpServer(GatewayRoutes(shards, table.owners, metrics))
    metrics_server = HttpServer(MetricsRoutes(metrics))
    metrics_port = await metrics_server.start(settings.listen_host, settings.metrics_port)
    http_port = await gateway_server.start(settings.listen_host, settings.http_port)
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


def main() -> int:
    """Run the gateway; the exit status is 0 after a signal, 2 for wrong settings, 1 for a port not to be had."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        settings = Settings.from_environment(os.environ)
    except SettingsError as error:
        log.critical("%s", error)
        return 2
    # A request takes two connections, and the usual soft limit is 1,024.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        uvloop.run(serve(settings))
    except GatewayError as error:
        log.critical("%s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
