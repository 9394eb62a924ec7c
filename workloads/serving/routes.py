"""What the ports' routes have in common: paths, methods, and the metrics' port."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httptools
import orjson
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from serving.messages import JSON, Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from serving.messages import Answer, Request

NOT_FOUND = Response(404, b'{"error":"Not found"}')
METHOD_NOT_ALLOWED = b'{"error":"Method not allowed"}'


def path_of(target: bytes) -> bytes | None:
    """Give the path without query; None for a target that is none."""
    if target.startswith(b"/"):
        return target.partition(b"?")[0]
    try:
        path: bytes | None = httptools.parse_url(target).path
    except httptools.HttpParserInvalidURLError:
        return None
    return path or b"/"


def only(
    method: bytes, request: Request, handler: Callable[[Request], Answer], refusal: bytes = METHOD_NOT_ALLOWED
) -> Answer:
    """Let the handler answer a request of this method; another one gets 405 with `refusal` for a body."""
    if request.method == method:
        return handler(request)
    return Response(405, refusal, JSON if refusal else b"", allow=method)


def error(status: int, message: str) -> Response:
    """Answer with a reason."""
    return Response(status, orjson.dumps({"error": message}))


class MetricsRoutes:
    """The metrics' port."""

    def __init__(self, exposition: Callable[[], bytes], *, in_thread: bool) -> None:
        """Answer scrapes with `exposition`; in a thread of its own when it takes long and may run beside requests."""
        self._exposition = exposition
        self._in_thread = in_thread

    def __call__(self, request: Request) -> Answer:
        """Answer one scrape."""
        if path_of(request.target) != b"/metrics":
            return NOT_FOUND
        return only(b"GET", request, self._scrape_in_thread if self._in_thread else self._scrape)

    def _scrape(self, _: Request) -> Response:
        return Response(200, self._exposition(), CONTENT_TYPE_PLAIN_0_0_4.encode())

    async def _scrape_in_thread(self, request: Request) -> Response:
        return await asyncio.get_running_loop().run_in_executor(None, self._scrape, request)
