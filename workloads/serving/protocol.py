"""HTTP/1.1 on one client's connection: parsing, keep-alive, pipelining, and answers in the order asked."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from time import perf_counter
from typing import cast

import httptools

from serving.messages import MAX_BODY_BYTES, Answer, Request, Response

MAX_HEADER_BYTES = 64 * 1024
"""What headers may have between the reads they began and ended in; those can be of 256 KiB."""
LINGER_SECONDS = 2.0
"""How long a refused client may go on sending before it is cut off; cutting at once would lose the answer."""
log = logging.getLogger("http")

Handler = Callable[[Request], Answer]

MALFORMED = Response(400, b'{"error":"Malformed HTTP request"}')
HEADERS_TOO_LARGE = Response(431, b'{"error":"Request headers too large: more than %d bytes"}' % MAX_HEADER_BYTES)
BODY_TOO_LARGE = Response(413, b'{"error":"Request body too large: more than %d bytes"}' % MAX_BODY_BYTES)
INTERNAL_ERROR = Response(500, b'{"error":"Internal error"}')


class _BodyTooLargeError(Exception):
    pass


class HttpProtocol(asyncio.Protocol):
    """Serves one connection. A handler may answer at once or later; requests behind a later answer wait their turn."""

    def __init__(self, handler: Handler, connections: set[HttpProtocol]) -> None:
        self._handler = handler
        self._connections = connections
        self._transport: asyncio.Transport
        self._parser = httptools.HttpRequestParser(self)
        self._waiting: deque[Request | Response] = deque()
        self._task: asyncio.Future[Response] | None = None
        self._is_in_message = False
        self._is_in_headers = False
        self._has_begun = False
        self._is_stopping = False
        self._is_refusing = False
        self._is_unread = False
        self._has_all = False
        self._received = 0.0
        self._header_bytes = 0
        self._body_bytes = 0
        self._body: list[bytes] = []
        self._target = b""
        self._content_type = b""
        self._expects_continue = False

    # asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection."""
        # uvloop's transports have all of asyncio.Transport but not the type.
        self._transport = cast("asyncio.Transport", transport)
        self._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Forget the connection; breaking the cycle with the parser spares the collector."""
        self._connections.discard(self)
        self._waiting.clear()
        del self._parser

    def data_received(self, data: bytes) -> None:
        """Parse what came; whole requests are served from the parser's callbacks."""
        if self._is_refusing:
            return
        self._received = perf_counter()
        self._has_begun = False
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # The request was served as plain HTTP/1.1; what follows it is in a protocol not spoken here.
            self._is_refusing = True
        except httptools.HttpParserCallbackError:
            self._refuse(BODY_TOO_LARGE)
        except httptools.HttpParserError:
            self._refuse(MALFORMED)
        else:
            # A read in which headers begin or end has other things too: bodies, whole requests.
            if self._is_in_headers and not self._has_begun:
                self._header_bytes += len(data)
                if self._header_bytes > MAX_HEADER_BYTES:
                    self._refuse(HEADERS_TOO_LARGE)

    def eof_received(self) -> bool:
        """Stay open for the answers due to a client that has only closed its own side."""
        self._has_all = True
        return self._task is not None

    def pause_writing(self) -> None:
        """Read no more of a client that does not read its answers."""
        self._is_unread = True
        self._steer_reading()

    def resume_writing(self) -> None:
        """Read on, unless whole requests wait."""
        self._is_unread = False
        self._steer_reading()

    # the parser's side

    def on_message_begin(self) -> None:
        """Start a request."""
        self._is_in_message = self._is_in_headers = self._has_begun = True
        self._header_bytes = self._body_bytes = 0
        self._body = []
        self._target = self._content_type = b""
        self._expects_continue = False

    def on_url(self, url: bytes) -> None:
        """Collect the target, which may come in parts."""
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Note the body's type, and what decides about the body before it comes."""
        name = name.lower()
        if name == b"content-type":
            self._content_type = value
        elif name == b"content-length" and value.isdigit() and int(value) > MAX_BODY_BYTES:
            raise _BodyTooLargeError
        elif name == b"expect" and value.lower() == b"100-continue":
            self._expects_continue = True

    def on_headers_complete(self) -> None:
        """Ask for the body of a client that waits to be asked, if no earlier answer is due before it."""
        self._is_in_headers = False
        if self._expects_continue and self._task is None:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """Collect the body, chunked or not."""
        self._body_bytes += len(body)
        if self._body_bytes > MAX_BODY_BYTES:
            raise _BodyTooLargeError
        self._body.append(body)

    def on_message_complete(self) -> None:
        """Serve the request, or let it wait for the one before."""
        self._is_in_message = False
        parser = self._parser
        keep_alive = parser.should_keep_alive() and not parser.should_upgrade()
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        self._body = []
        self._enqueue(Request(parser.get_method(), self._target, self._content_type, body, self._received, keep_alive))

    # answers

    def stop(self) -> None:
        """Close as soon as nothing is under way."""
        self._is_stopping = True
        if self._task is None and not self._is_in_message:
            self._transport.close()

    def abort(self) -> None:
        """Close now."""
        self._transport.abort()

    def _refuse(self, response: Response) -> None:
        self._is_refusing = True
        self._enqueue(response)

    def _enqueue(self, item: Request | Response) -> None:
        if self._transport.is_closing():
            return
        self._waiting.append(item)
        self._serve_waiting()

    def _serve_waiting(self) -> None:
        while self._waiting and self._task is None:
            self._serve(self._waiting.popleft())
        if self._has_all and self._task is None:
            self._transport.close()
        self._steer_reading()

    def _steer_reading(self) -> None:
        # Reading goes on while an answer is awaited: to stop and start each time would cost more than it saves.
        if self._transport.is_closing() or self._has_all:
            return
        if self._is_unread or self._waiting:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def _serve(self, item: Request | Response) -> None:
        if isinstance(item, Response):
            self._write(item, b"", keep_alive=False)
            self._transport.write_eof()
            asyncio.get_running_loop().call_later(LINGER_SECONDS, self._transport.close)
            return
        try:
            answer = self._handler(item)
        except Exception:
            log.exception("answered 500")
            answer = INTERNAL_ERROR
        if isinstance(answer, Response):
            self._finish(item, answer)
            return
        self._task = asyncio.ensure_future(answer)
        self._task.add_done_callback(lambda task: self._resume(item, task))

    def _resume(self, request: Request, task: asyncio.Future[Response]) -> None:
        self._task = None
        if self._transport.is_closing() or task.cancelled():
            return
        if error := task.exception():
            log.error("answered 500", exc_info=error)
        self._finish(request, INTERNAL_ERROR if error else task.result())
        self._serve_waiting()

    def _finish(self, request: Request, response: Response) -> None:
        keep_alive = request.keep_alive and not self._is_stopping
        self._write(response, request.method, keep_alive=keep_alive)
        if not keep_alive:
            self._is_refusing = True
            self._waiting.clear()
            self._transport.close()

    def _write(self, response: Response, method: bytes, *, keep_alive: bool) -> None:
        head = response.head(keep_alive=keep_alive)
        self._transport.write(head if method == b"HEAD" else head + response.body)
