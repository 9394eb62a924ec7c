"""A listening port and the connections it has taken."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from serving.errors import PortError
from serving.protocol import HttpProtocol

if TYPE_CHECKING:
    from serving.protocol import Handler

BACKLOG = 4096
"""Connections the kernel may hold while the event loop is busy; the kernel cuts it to its own limit."""


class HttpServer:
    """Serves one handler on one port."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._connections: set[HttpProtocol] = set()
        self._server: asyncio.Server

    async def start(self, host: str, port: int) -> int:
        """Listen, and give the port taken; raises PortError when it can't be had."""
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(
                lambda: HttpProtocol(self._handler, self._connections), host, port, backlog=BACKLOG
            )
        except OSError as error:
            raise PortError(
                f"port {port} on {host} can't be had: {error.strerror}; free it or set HTTP_PORT or METRICS_PORT"
            ) from error
        bound: int = self._server.sockets[0].getsockname()[1]
        return bound

    async def stop(self, grace: float) -> None:
        """Take no more connections, end those there are, and cut what is left after `grace` seconds."""
        self._server.close()
        for connection in tuple(self._connections):
            connection.stop()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + grace
        while self._connections and loop.time() < deadline:  # noqa: ASYNC110 - they leave one by one
            await asyncio.sleep(0.01)
        for connection in tuple(self._connections):
            connection.abort()
