"""HTTP/1.1 on one connection to a shard: one request at a time, and its reply."""

from __future__ import annotations

import asyncio
import select
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

import httptools

from serving.messages import MAX_BODY_BYTES, Response

if TYPE_CHECKING:
    from collections.abc import Callable

IDLE_SECONDS = 10.0
"""Less than servers keep idle connections (the JDK's 30 s), so that it is the gateway that ends them."""


class ShardConnection(asyncio.Protocol):
    """One connection, kept alive between requests."""

    def __init__(self, on_lost: Callable[[ShardConnection], object]) -> None:
        self._on_lost = on_lost
        self._transport: asyncio.Transport
        self._parser = httptools.HttpResponseParser(self)
        self._goodbye = select.poll()
        self._idle: asyncio.TimerHandle | None = None
        self._reply: asyncio.Future[Response] | None = None
        self._may_be_kept = True
        self._has_headers = False
        self._has_length = False
        self._content_type = b""
        self._body: list[bytes] = []
        self._body_bytes = 0

    # the shard's side

    @property
    def may_be_kept(self) -> bool:
        """Whether another request may follow: the last one is sent whole, answered whole, and neither ended it."""
        return self._may_be_kept and not self._transport.is_closing() and self._transport.get_write_buffer_size() == 0

    @property
    def is_open(self) -> bool:
        """Whether the shard has not closed it while idle, asked of the kernel: the event loop may not know yet."""
        return not self._transport.is_closing() and not self._goodbye.poll(0)

    async def exchange(self, head: bytes, body: bytes, patience: float) -> Response:
        """Send a request and give its reply.

        Raises:
            TimeoutError: it is not all there after `patience` seconds.
            ConnectionError: the shard ended the connection before, or replied something that is not HTTP.

        """
        if self._transport.is_closing():
            raise ConnectionError("connection ended before the request")
        if self._idle:
            self._idle.cancel()
        self._may_be_kept = False
        self._reply = asyncio.get_running_loop().create_future()
        self._transport.writelines((head, body))
        async with asyncio.timeout(patience):
            return await self._reply

    def rest(self) -> None:
        """Wait for another request, not for ever."""
        self._idle = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._transport.close)

    def abort(self) -> None:
        """Close now."""
        self._transport.abort()

    # asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection."""
        self._transport = cast("asyncio.Transport", transport)
        self._goodbye.register(transport.get_extra_info("socket").fileno(), select.POLLIN)

    def connection_lost(self, exc: Exception | None) -> None:
        """End the reply: whole when only the connection's end could end it, else broken."""
        if self._idle:
            self._idle.cancel()
        if exc is None and self._has_headers and not self._has_length:
            self._complete()
        self._fail(f"connection ended before the reply{f': {exc}' if exc else ''}")
        self._on_lost(self)
        del self._parser

    def data_received(self, data: bytes) -> None:
        """Parse what came; what nobody asked for ends the connection."""
        if self._reply is None or self._reply.done():
            self._transport.abort()
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._fail(f"unreadable reply: {error}")
            self._transport.abort()

    # the parser's side

    def on_message_begin(self) -> None:
        """Start a reply; one that nobody asked for, behind the one awaited, spoils the connection."""
        self._may_be_kept = False
        self._has_headers = self._has_length = False
        self._content_type = b""
        self._body = []
        self._body_bytes = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """Note what is passed on, and whether the reply says where it ends."""
        name = name.lower()
        if name == b"content-type":
            self._content_type = value
        elif name in (b"content-length", b"transfer-encoding"):
            self._has_length = True

    def on_headers_complete(self) -> None:
        """Know that a body follows."""
        self._has_headers = True

    def on_body(self, body: bytes) -> None:
        """Collect the body, chunked or not."""
        self._body_bytes += len(body)
        if self._body_bytes > MAX_BODY_BYTES:
            raise ValueError(f"more than {MAX_BODY_BYTES} bytes")
        self._body.append(body)

    def on_message_complete(self) -> None:
        """Give the reply to whoever awaits it, unless it only announces another."""
        is_awaited = self._reply is not None and not self._reply.done()
        if is_awaited and self._parser.get_status_code() >= HTTPStatus.OK:
            self._may_be_kept = self._parser.should_keep_alive()
            self._complete()

    def _complete(self) -> None:
        if self._reply and not self._reply.done():
            self._reply.set_result(Response(self._parser.get_status_code(), b"".join(self._body), self._content_type))

    def _fail(self, reason: str) -> None:
        if self._reply and not self._reply.done():
            self._reply.set_exception(ConnectionError(reason))
