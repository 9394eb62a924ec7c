"""The control's process: listens, waits for a signal, stops."""

from __future__ import annotations

import gc
import logging
import sys
from typing import TYPE_CHECKING

from control.routes import ControlRoutes
from serving import process
from serving.server import HttpServer
from serving.settings import Listening

if TYPE_CHECKING:
    import asyncio

STOP_SECONDS = 2.0
log = logging.getLogger("control")


async def serve(listening: Listening, stop: asyncio.Event) -> None:
    """Run until told to stop.

    Raises:
        PortError: the port can't be listened on.

    """
    server = HttpServer(ControlRoutes())
    port = await server.start(listening.host, listening.http_port)
    # No pause may be its own: a pass of the collector over all that was imported takes 10 ms.
    gc.collect()
    gc.freeze()
    log.info("listens: http_port=%d", port)
    await stop.wait()
    log.info("stops")
    await server.stop(STOP_SECONDS)
    log.info("stopped")


if __name__ == "__main__":
    sys.exit(process.run(Listening.from_environment, serve))
