"""Which request does what, and the words of every answer: docs/engine.md."""

from __future__ import annotations

import asyncio
import time
from time import perf_counter
from typing import TYPE_CHECKING

import orjson

from engine.orders import Order, OrderType, RejectionError, order_from, parse_json
from engine.pipeline import SEED_CHUNK
from serving.messages import Answer, Response
from serving.protocol import MALFORMED
from serving.routes import NOT_FOUND, error, only, path_of

if TYPE_CHECKING:
    from engine.metrics import Metrics
    from engine.pipeline import Pipeline
    from engine.settings import Settings
    from serving.messages import Request

RING_BUFFER_FULL = "Ring buffer full"


class EngineRoutes:
    """The engine's own port: orders, seeds, health."""

    def __init__(self, settings: Settings, metrics: Metrics, pipeline: Pipeline) -> None:
        self._shard_id = settings.shard_id
        self._symbols = settings.symbols
        self._metrics = metrics
        self._pipeline = pipeline
        self._health = Response(200, orjson.dumps({"status": "UP", "shardId": settings.shard_id}))

    def __call__(self, request: Request) -> Answer:
        """Answer one request; a seed's answer comes later."""
        path = path_of(request.target)
        if path == b"/orders":
            return only(b"POST", request, self._order)
        if path == b"/health":
            return only(b"GET", request, lambda _: self._health)
        if path == b"/seed" or _is_seed_of_one_shard(path):
            return only(b"POST", request, self._seed)
        return MALFORMED if path is None else NOT_FOUND

    def _order(self, request: Request) -> Response:
        started = perf_counter()
        try:
            order = order_from(parse_json(request.body), self._symbols, _now())
        except RejectionError as rejection:
            return _rejected(400, rejection.reason, rejection.order_id)
        finally:
            self._metrics.validation.observe(perf_counter() - started)
        if not self._pipeline.submit(order, request.received):
            return _rejected(503, RING_BUFFER_FULL, order.order_id)
        accepted = {
            "status": "ACCEPTED",
            "orderId": order.order_id,
            "shardId": self._shard_id,
            "timestamp": order.timestamp,
        }
        return Response(200, orjson.dumps(accepted))

    async def _seed(self, request: Request) -> Response:
        # All are judged before the first one rests, so a refused seed leaves no trace.
        try:
            documents = _seed_documents(request.body)
            orders: list[Order] = []
            for index, document in enumerate(documents):
                orders.append(_seed_order(index, document, self._symbols))
                if index % SEED_CHUNK == 0:
                    await asyncio.sleep(0)
        except RejectionError as rejection:
            return error(400, rejection.reason)
        await self._pipeline.seed(orders)
        return Response(200, orjson.dumps({"seeded": len(orders)}))


def _is_seed_of_one_shard(path: bytes | None) -> bool:
    if path is None or not path.startswith(b"/seed/"):
        return False
    shard = path.removeprefix(b"/seed/")
    return shard != b"" and b"/" not in shard


def _seed_documents(body: bytes) -> list[object]:
    document = parse_json(body)
    orders = document.get("orders") if isinstance(document, dict) else None
    if not isinstance(orders, list):
        raise RejectionError("Invalid seed: it must be an object with a list named orders")
    return orders


def _seed_order(index: int, document: object, symbols: frozenset[str]) -> Order:
    try:
        order = order_from(document, symbols, _now())
    except RejectionError as rejection:
        raise RejectionError(f"orders[{index}]: {rejection.reason}", rejection.order_id) from None
    if order.order_type is OrderType.MARKET:
        raise RejectionError(f"orders[{index}]: a MARKET order can't rest", order.order_id)
    return order


def _rejected(status: int, reason: str, order_id: str | None) -> Response:
    body = {"status": "REJECTED", "reason": reason}
    if order_id is not None:
        body = {"status": "REJECTED", "orderId": order_id, "reason": reason}
    return Response(status, orjson.dumps(body))


def _now() -> int:
    return time.time_ns() // 1_000_000
