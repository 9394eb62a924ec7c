"""Which request goes where, and the words of the gateway's own answers: docs/gateway.md."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import TYPE_CHECKING

import httptools
import orjson
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from gateway.errors import ShardTimeoutError, ShardUnavailableError
from gateway.messages import JSON, Request, Response
from gateway.protocol import MALFORMED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.metrics import Metrics
    from gateway.shard import Shard

REPLY_SECONDS = 5.0
SEED_REPLY_SECONDS = 30.0
"""One request of tens of thousands of orders, which an engine short of CPU does not rest in 5 s."""
Answer = Response | Awaitable[Response]

HEALTH = Response(200, b'{"status":"UP","component":"edge-gateway"}', JSON)
NOT_FOUND = Response(404, b'{"error":"Not found"}', JSON)
INVALID_JSON = Response(400, b'{"error":"Invalid JSON in request body"}', JSON)
MISSING_SYMBOL = Response(400, b"""{"error":"Missing 'symbol' field in request body"}""", JSON)


class GatewayRoutes:
    """The gateway's own port: orders, seeds, health."""

    def __init__(self, shards: Iterable[Shard], owners: Mapping[str, str], metrics: Metrics) -> None:
        self._shards = {shard.id: shard for shard in shards}
        self._owners = {symbol: self._shards[shard_id] for symbol, shard_id in owners.items()}
        self._metrics = metrics

    def __call__(self, request: Request) -> Answer:
        """Answer one request; what is for a shard is answered later."""
        path = _path(request.target)
        if path == b"/orders":
            return _only(b"POST", request, self._order)
        if path == b"/health":
            return _only(b"GET", request, lambda _: HEALTH)
        if path is None:
            return MALFORMED
        shard_id = path.removeprefix(b"/seed/")
        if shard_id in (path, b"") or b"/" in shard_id:
            return NOT_FOUND
        return _only(b"POST", request, lambda _: self._seed(shard_id.decode(errors="replace"), request))

    def _order(self, request: Request) -> Answer:
        try:
            document = orjson.loads(request.body)
        except orjson.JSONDecodeError:
            return INVALID_JSON
        symbol = document.get("symbol") if isinstance(document, dict) else None
        if not isinstance(symbol, str):
            return MISSING_SYMBOL
        shard = self._owners.get(symbol)
        if shard is None:
            self._metrics.unknown_symbols.inc()
            return _error(400, f"Unknown symbol: {symbol}")
        return self._forward(shard, b"/orders", request, REPLY_SECONDS)

    def _seed(self, shard_id: str, request: Request) -> Answer:
        shard = self._shards.get(shard_id)
        if shard is None:
            return _error(404, f"Unknown shard: {shard_id}")
        return self._forward(shard, b"/seed", request, SEED_REPLY_SECONDS)

    async def _forward(self, shard: Shard, path: bytes, request: Request, patience: float) -> Response:
        try:
            response = await shard.post(path, request, patience)
        except ShardUnavailableError:
            self._metrics.unavailable.inc()
            response = _error(502, f"Shard unavailable: {shard.id}")
        except ShardTimeoutError:
            self._metrics.timeouts.inc()
            response = _error(504, f"Shard timeout: {shard.id}")
        self._metrics.answered(shard.id, response.status, perf_counter() - request.received)
        return response


class MetricsRoutes:
    """The metrics' port."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def __call__(self, request: Request) -> Answer:
        """Answer one scrape."""
        if _path(request.target) != b"/metrics":
            return NOT_FOUND
        return _only(b"GET", request, self._scrape)

    async def _scrape(self, _: Request) -> Response:
        # In a thread, since the series of 1,000 shards take 200 ms to write.
        exposition = await asyncio.get_running_loop().run_in_executor(None, self._metrics.exposition)
        return Response(200, exposition, CONTENT_TYPE_PLAIN_0_0_4.encode())


def _path(target: bytes) -> bytes | None:
    """Give the path without query; None for a target that is none."""
    if target.startswith(b"/"):
        return target.partition(b"?")[0]
    try:
        path: bytes | None = httptools.parse_url(target).path
    except httptools.HttpParserInvalidURLError:
        return None
    return path or b"/"


def _only(method: bytes, request: Request, handler: Callable[[Request], Answer]) -> Answer:
    if request.method == method:
        return handler(request)
    return Response(405, allow=method)


def _error(status: int, message: str) -> Response:
    return Response(status, orjson.dumps({"error": message}), JSON)
