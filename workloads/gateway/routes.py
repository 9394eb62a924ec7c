"""Which request goes where, and the words of the gateway's own answers: docs/gateway.md."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

import orjson

from gateway.errors import ShardTimeoutError, ShardUnavailableError
from serving.messages import Answer, Response
from serving.protocol import MALFORMED
from serving.routes import NOT_FOUND, error, only, path_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.metrics import Metrics
    from gateway.shard import Shard
    from serving.messages import Request

REPLY_SECONDS = 5.0
SEED_REPLY_SECONDS = 30.0
"""One request of tens of thousands of orders, which an engine short of CPU does not rest in 5 s."""
NO_WORDS = b""
"""The body of a 405."""

HEALTH = Response(200, b'{"status":"UP","component":"edge-gateway"}')
INVALID_JSON = Response(400, b'{"error":"Invalid JSON in request body"}')
MISSING_SYMBOL = Response(400, b"""{"error":"Missing 'symbol' field in request body"}""")


class GatewayRoutes:
    """The gateway's own port: orders, seeds, health."""

    def __init__(self, shards: Iterable[Shard], owners: Mapping[str, str], metrics: Metrics) -> None:
        self._shards = {shard.id: shard for shard in shards}
        self._owners = {symbol: self._shards[shard_id] for symbol, shard_id in owners.items()}
        self._metrics = metrics

    def __call__(self, request: Request) -> Answer:
        """Answer one request; what is for a shard is answered later."""
        path = path_of(request.target)
        if path == b"/orders":
            return only(b"POST", request, self._order, NO_WORDS)
        if path == b"/health":
            return only(b"GET", request, lambda _: HEALTH, NO_WORDS)
        if path is None:
            return MALFORMED
        shard_id = path.removeprefix(b"/seed/")
        if shard_id in (path, b"") or b"/" in shard_id:
            return NOT_FOUND
        return only(b"POST", request, lambda _: self._seed(shard_id.decode(errors="replace"), request), NO_WORDS)

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
            return error(400, f"Unknown symbol: {symbol}")
        return self._forward(shard, b"/orders", request, REPLY_SECONDS)

    def _seed(self, shard_id: str, request: Request) -> Answer:
        shard = self._shards.get(shard_id)
        if shard is None:
            return error(404, f"Unknown shard: {shard_id}")
        return self._forward(shard, b"/seed", request, SEED_REPLY_SECONDS)

    async def _forward(self, shard: Shard, path: bytes, request: Request, patience: float) -> Response:
        try:
            response = await shard.post(path, request, patience)
        except ShardUnavailableError:
            self._metrics.unavailable.inc()
            response = error(502, f"Shard unavailable: {shard.id}")
        except ShardTimeoutError:
            self._metrics.timeouts.inc()
            response = error(504, f"Shard timeout: {shard.id}")
        self._metrics.answered(shard.id, response.status, perf_counter() - request.received)
        return response
