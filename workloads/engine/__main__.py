"""The engine's process: starts everything, waits for a signal, stops everything in order."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys

from engine.metrics import Metrics
from engine.pipeline import Pipeline
from engine.publisher import Publisher, kafka_producer
from engine.routes import EngineRoutes
from engine.settings import Settings
from engine.wal import WriteAheadLog
from serving import process
from serving.routes import MetricsRoutes
from serving.server import HttpServer

HOUSEKEEPING_SECONDS = 0.05
CONNECTIONS_STOP_SECONDS = 2.0
KAFKA_STOP_SECONDS = 3.0
"""With the ring buffer's four seconds well within the 30 s that Kubernetes gives a pod to stop."""
log = logging.getLogger("engine")


async def serve(settings: Settings, stop: asyncio.Event) -> None:
    """Run until told to stop.

    Raises:
        PortError: a port can't be listened on.
        WalError: the write-ahead log can't be opened or written.

    """
    metrics = Metrics(settings.shard_id)
    wal = WriteAheadLog(settings.wal_folder, settings.wal_size_mib)
    on_drop = metrics.events_dropped.inc
    publisher = Publisher(kafka_producer(settings.kafka_bootstrap, on_drop), on_drop)
    pipeline = Pipeline(settings, metrics, wal, publisher)
    engine_server = HttpServer(EngineRoutes(settings, metrics, pipeline))
    metrics_server = HttpServer(MetricsRoutes(metrics.exposition, in_thread=False))
    metrics_port = await metrics_server.start(settings.listening.host, settings.listening.metrics_port)
    http_port = await engine_server.start(settings.listening.host, settings.listening.http_port)
    log.info("shard %s listens: http_port=%d metrics_port=%d", settings.shard_id, http_port, metrics_port)

    background = [asyncio.create_task(wal.run()), asyncio.create_task(_keep_house(publisher))]
    stopping = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait([stopping, *background], return_when=asyncio.FIRST_COMPLETED)
    log.info("stops")
    await engine_server.stop(CONNECTIONS_STOP_SECONDS)
    for task in done:
        task.result()
    await pipeline.drain()
    for task in background:
        task.cancel()
    wal.close()
    publisher.close(KAFKA_STOP_SECONDS)
    await metrics_server.stop(0)
    log.info("stopped")


async def _keep_house(publisher: Publisher) -> None:
    # The collector's full passes would stop matching for 10 ms and more with a deep book. Hot paths make no cycles,
    # so young objects are all it has to look at, at moments of our choice.
    gc.disable()
    gc.freeze()
    while True:
        for _ in range(20):
            publisher.poll()
            await asyncio.sleep(HOUSEKEEPING_SECONDS)
        gc.collect(1)


if __name__ == "__main__":
    sys.exit(process.run(Settings.from_environment, serve))
