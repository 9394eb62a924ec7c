"""A request as it came and an answer as it goes."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from http import HTTPStatus

MAX_BODY_BYTES = 16 * 1024 * 1024
"""Three times the 5 MB of 40,000 seed orders; of a request as of a reply."""
JSON = b"application/json"
_STATUS_LINES = {status.value: b"HTTP/1.1 %d %s\r\n" % (status, status.phrase.encode()) for status in HTTPStatus}


@dataclass(slots=True, frozen=True)
class Request:
    """One whole request.

    Args:
        method: As sent.
        target: Path and query, as sent.
        content_type: Empty when the client named none.
        body: Decoded from chunks, if it came in chunks.
        received: When its last byte was read, in seconds of `perf_counter`.
        keep_alive: Whether the connection stays open after the answer.
    """

    method: bytes
    target: bytes
    content_type: bytes
    body: bytes
    received: float
    keep_alive: bool


@dataclass(slots=True, frozen=True)
class Response:
    """One answer.

    Args:
        status: The status code.
        body: The whole body.
        content_type: Empty when there is none to name.
        allow: The methods that a 405 must list, separated by commas.
    """

    status: int
    body: bytes = b""
    content_type: bytes = JSON
    allow: bytes = b""

    def head(self, *, keep_alive: bool) -> bytes:
        """The status line and the headers, with the empty line that ends them."""
        return b"%s%s%s%sConnection: %s\r\n\r\n" % (
            _STATUS_LINES.get(self.status) or b"HTTP/1.1 %d \r\n" % self.status,
            b"Content-Type: %s\r\n" % self.content_type if self.content_type else b"",
            # A 204 must not have a length.
            b"" if self.status == HTTPStatus.NO_CONTENT else b"Content-Length: %d\r\n" % len(self.body),
            b"Allow: %s\r\n" % self.allow if self.allow else b"",
            b"keep-alive" if keep_alive else b"close",
        )


Answer = Response | Awaitable[Response]
"""At once, or later."""
