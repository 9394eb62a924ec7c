"""An order, and the way from a JSON document to one."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

MAX_INTEGER = 2**63 - 1
"""Prices, quantities and times are signed 64-bit numbers to whoever reads the events."""
MAX_ORDER_ID_CHARACTERS = 1024
"""Keeps any record within one segment of the write-ahead log and any event within Kafka's 1 MB."""


class Side(StrEnum):
    """The side of the book an order is for."""

    BUY = "BUY"
    SELL = "SELL"


class OrderType(StrEnum):
    """What becomes of the part that finds no counterpart: LIMIT rests, MARKET is dropped."""

    LIMIT = "LIMIT"
    MARKET = "MARKET"


SIDES = {str(side): side for side in Side}
ORDER_TYPES = {str(order_type): order_type for order_type in OrderType}


@dataclass(slots=True)
class Order:
    """An order that passed validation; `remaining` is the part not yet executed.

    Args:
        order_id: The client's id; need not be unique.
        symbol: One of the shard's.
        side: BUY or SELL.
        order_type: LIMIT or MARKET.
        price: Integer cents; 0 for a MARKET order sent without a price.
        quantity: Whole units.
        timestamp: Epoch milliseconds.
    """

    order_id: str
    symbol: str
    side: Side
    order_type: OrderType
    price: int
    quantity: int
    timestamp: int
    remaining: int = field(init=False)

    def __post_init__(self) -> None:
        """Nothing of a new order is executed."""
        self.remaining = self.quantity


class RejectionError(Exception):
    """An order is refused; `reason` is for the client, `order_id` is None when the document could not be read."""

    def __init__(self, reason: str, order_id: str | None = None) -> None:
        """Keep the reason and the id for the reply."""
        super().__init__(reason)
        self.reason = reason
        self.order_id = order_id


def parse_json(body: bytes) -> object:
    """Read a JSON document.

    Raises:
        RejectionError: the body is no JSON (NaN and lone surrogates are none either).

    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise RejectionError(f"Invalid JSON: {error}") from None


def order_from(document: object, symbols: AbstractSet[str], now: int) -> Order:
    """Make an order of a parsed JSON document; `now` (epoch milliseconds) stands in for a missing timestamp.

    First every field must be readable, then values are judged in the contract's order: side, type, symbol, price,
    quantity.

    Raises:
        RejectionError: with the contract's reason.

    """
    if not isinstance(document, dict):
        raise RejectionError("Invalid JSON: an order must be an object")
    order_id = _text(document, "orderId")
    if not 0 < len(order_id) <= MAX_ORDER_ID_CHARACTERS:
        raise RejectionError(f"Invalid field: orderId must have 1 to {MAX_ORDER_ID_CHARACTERS} characters")
    symbol = _text(document, "symbol")
    side_text = _text(document, "side")
    type_text = _text(document, "type", default="LIMIT")
    order_type = ORDER_TYPES.get(type_text.upper())
    # A MARKET order takes any price, so it may leave its own out; one that is sent must be good.
    is_priced = order_type is not OrderType.MARKET or document.get("price") is not None
    price = _integer(document, "price") if is_priced else 0
    quantity = _integer(document, "quantity")
    timestamp = _integer(document, "timestamp", default=now)

    side = SIDES.get(side_text.upper())
    if side is None:
        raise RejectionError(f"Invalid side: {side_text}", order_id)
    if order_type is None:
        raise RejectionError(f"Invalid order type: {type_text}", order_id)
    if symbol not in symbols:
        raise RejectionError(f"Unknown symbol: {symbol}", order_id)
    if is_priced and price <= 0:
        raise RejectionError(f"Price must be positive: {price}", order_id)
    if quantity <= 0:
        raise RejectionError(f"Quantity must be positive: {quantity}", order_id)
    return Order(order_id, symbol, side, order_type, price, quantity, timestamp)


def _text(document: dict[str, object], name: str, default: str | None = None) -> str:
    value = document.get(name)
    if type(value) is str:
        return value
    if value is not None:
        raise RejectionError(f"Invalid field: {name} must be a string")
    if default is None:
        raise RejectionError(f"Missing field: {name}")
    return default


def _integer(document: dict[str, object], name: str, default: int | None = None) -> int:
    value = document.get(name)
    # The exact type, since True is an int to isinstance; the parser makes floats of integers beyond 64 bits.
    if type(value) is int and -MAX_INTEGER <= value <= MAX_INTEGER:
        return value
    if value is not None:
        raise RejectionError(f"Invalid field: {name} must be a 64-bit integer")
    if default is None:
        raise RejectionError(f"Missing field: {name}")
    return default
