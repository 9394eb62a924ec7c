"""One shard as the gateway sees it: where it is, and the connections kept to it."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from gateway.connection import ShardConnection
from gateway.errors import ShardError, ShardTimeoutError, ShardUnavailableError

if TYPE_CHECKING:
    from gateway.routing import Address
    from serving.messages import Request, Response

CONNECT_SECONDS = 2.0
"""Looking the host up included."""
LOG_SECONDS = 30.0
"""Between two lines about one shard."""
log = logging.getLogger("gateway.shard")


class Shard:
    """Sends requests to one shard.

    Each has a connection of its own while it is under way, so replies can't be mixed up. There are never more of them
    than clients' requests under way now and in the last 10 s.
    """

    def __init__(self, shard_id: str, address: Address) -> None:
        self.id = shard_id
        self._address = address
        self._host = f"Host: {address.authority}\r\n".encode()
        self._idle: dict[ShardConnection, None] = {}
        self._silent_until = 0.0

    async def post(self, path: bytes, request: Request, patience: float) -> Response:
        """Pass a request's body on, and give the shard's reply.

        It is sent once: what broke after the first byte may have been an order that was taken.

        Raises:
            ShardTimeoutError: no connection within 2 s, or no whole reply within `patience` seconds.
            ShardUnavailableError: no connection to be had, or it ended before the reply.

        """
        try:
            return await self._post(path, request, patience)
        except ShardError as error:
            self._log(error)
            raise

    def close(self) -> None:
        """Close the connections that are not in use."""
        for connection in tuple(self._idle):
            connection.abort()
        self._idle.clear()

    async def _post(self, path: bytes, request: Request, patience: float) -> Response:
        connection = self._take_idle() or await self._connect()
        try:
            reply = await connection.exchange(self._head(path, request), request.body, patience)
        except TimeoutError:
            self._abandon(connection)
            raise ShardTimeoutError(f"no reply in {patience:g} s") from None
        except ConnectionError as error:
            self._abandon(connection)
            raise ShardUnavailableError(str(error)) from None
        if connection.may_be_kept:
            connection.rest()
            self._idle[connection] = None
        else:
            connection.abort()
        return reply

    def _take_idle(self) -> ShardConnection | None:
        while self._idle:
            # The one used last: those of a burst are left to age.
            connection, _ = self._idle.popitem()
            if connection.is_open:
                return connection
            connection.abort()
        return None

    async def _connect(self) -> ShardConnection:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                _, connection = await loop.create_connection(
                    lambda: ShardConnection(self._forget), self._address.host, self._address.port
                )
        except TimeoutError:
            self.close()
            raise ShardTimeoutError(f"no connection in {CONNECT_SECONDS:g} s") from None
        except OSError as error:
            raise ShardUnavailableError(f"no connection: {error}") from None
        return connection

    def _abandon(self, connection: ShardConnection) -> None:
        # What happened to one may await the others, if the pod behind them is gone.
        connection.abort()
        self.close()

    def _log(self, error: ShardError) -> None:
        now = time.monotonic()
        if now >= self._silent_until:
            self._silent_until = now + LOG_SECONDS
            log.warning("shard %s: %s", self.id, error)

    def _forget(self, connection: ShardConnection) -> None:
        self._idle.pop(connection, None)

    def _head(self, path: bytes, request: Request) -> bytes:
        return b"POST %s HTTP/1.1\r\n%s%sContent-Length: %d\r\n\r\n" % (
            path,
            self._host,
            b"Content-Type: %s\r\n" % request.content_type if request.content_type else b"",
            len(request.body),
        )
