"""The events of an order and its fills, as they go to Kafka and into the write-ahead log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from engine.book import Fill
    from engine.orders import Order


def order_placed(order: Order) -> bytes:
    """Encode the event of an accepted order, compact UTF-8 JSON."""
    return orjson.dumps(
        {
            "type": "ORDER_PLACED",
            "orderId": order.order_id,
            "symbol": order.symbol,
            "side": order.side,
            "price": order.price,
            "quantity": order.quantity,
            "timestamp": order.timestamp,
        },
    )


def match_executed(match_id: str, taker: Order, fill: Fill, timestamp: int) -> bytes:
    """Encode the event of one fill, compact UTF-8 JSON; timestamp in epoch milliseconds."""
    return orjson.dumps(
        {
            "type": "MATCH_EXECUTED",
            "matchId": match_id,
            "takerOrderId": taker.order_id,
            "makerOrderId": fill.maker_order_id,
            "symbol": taker.symbol,
            "executionPrice": fill.price,
            "executionQuantity": fill.quantity,
            "takerSide": taker.side,
            "timestamp": timestamp,
        },
    )
