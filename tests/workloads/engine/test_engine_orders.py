from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.orders import OrderType, RejectionError, Side, order_from, parse_json

SYMBOLS = frozenset({"TEST-ASSET-A"})
GOOD = {"orderId": "o-1", "symbol": "TEST-ASSET-A", "side": "BUY", "type": "LIMIT", "price": 15000, "quantity": 10}


def rejection(**fields: object) -> tuple[str, str | None]:
    document = {name: value for name, value in {**GOOD, **fields}.items() if value != "absent"}
    with pytest.raises(RejectionError) as caught:
        order_from(document, SYMBOLS, now=7)
    return caught.value.reason, caught.value.order_id


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"side": "HOLD"}, "Invalid side: HOLD"),
        ({"side": ""}, "Invalid side: "),
        ({"type": "STOP"}, "Invalid order type: STOP"),
        ({"symbol": "NOPE"}, "Unknown symbol: NOPE"),
        ({"price": 0}, "Price must be positive: 0"),
        ({"price": -5}, "Price must be positive: -5"),
        ({"price": 0, "type": "MARKET"}, "Price must be positive: 0"),
        ({"quantity": 0}, "Quantity must be positive: 0"),
        ({"quantity": -1}, "Quantity must be positive: -1"),
        # The first fault in the contract's order is the one named.
        ({"side": "X", "type": "Y", "symbol": "Z", "price": 0, "quantity": 0}, "Invalid side: X"),
        ({"type": "Y", "symbol": "Z", "price": 0, "quantity": 0}, "Invalid order type: Y"),
        ({"symbol": "Z", "price": 0, "quantity": 0}, "Unknown symbol: Z"),
        ({"price": 0, "quantity": 0}, "Price must be positive: 0"),
    ],
)
def test_wrong_value_is_rejected_in_the_contracts_words(fields: dict[str, object], reason: str) -> None:
    assert rejection(**fields) == (reason, "o-1")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        *[({name: "absent"}, f"Missing field: {name}") for name in ("orderId", "symbol", "side", "price", "quantity")],
        *[({name: None}, f"Missing field: {name}") for name in ("orderId", "symbol", "side", "price", "quantity")],
        *[({name: 1}, f"Invalid field: {name} must be a string") for name in ("orderId", "symbol", "side", "type")],
        *[
            ({name: value}, f"Invalid field: {name} must be a 64-bit integer")
            for name in ("price", "quantity", "timestamp")
            for value in (1.5, 1.0, True, "100", [1], 2**63, -(2**64))
        ],
        ({"price": 1.5, "type": "MARKET"}, "Invalid field: price must be a 64-bit integer"),
        ({"orderId": ""}, "Invalid field: orderId must have 1 to 1024 characters"),
        ({"orderId": "x" * 1025}, "Invalid field: orderId must have 1 to 1024 characters"),
    ],
)
def test_unreadable_field_is_rejected_without_order_id(fields: dict[str, object], reason: str) -> None:
    assert rejection(**fields) == (reason, None)


@pytest.mark.parametrize("document", [[], "text", 1, None, True])
def test_document_that_is_no_object_is_rejected(document: object) -> None:
    with pytest.raises(RejectionError, match="an order must be an object"):
        order_from(document, SYMBOLS, now=7)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b'{"price":NaN}', b'{"a":Infinity}', b'"\\ud800"', b"[" * 100_000]
)
def test_body_that_is_no_json_is_rejected(body: bytes) -> None:
    with pytest.raises(RejectionError, match=r"^Invalid JSON: ") as caught:
        parse_json(body)
    assert caught.value.order_id is None


def test_order_has_what_the_document_says() -> None:
    order = order_from({**GOOD, "timestamp": 5, "colour": "blue"}, SYMBOLS, now=7)

    assert (order.order_id, order.symbol, order.side, order.order_type) == (
        "o-1",
        "TEST-ASSET-A",
        Side.BUY,
        OrderType.LIMIT,
    )
    assert (order.price, order.quantity, order.remaining, order.timestamp) == (15000, 10, 10, 5)


@pytest.mark.parametrize("side", ["sell", "Sell", "SELL"])
def test_side_may_be_in_any_case(side: str) -> None:
    assert order_from({**GOOD, "side": side}, SYMBOLS, now=7).side is Side.SELL


def test_type_is_limit_and_timestamp_now_when_left_out() -> None:
    document = {name: value for name, value in GOOD.items() if name != "type"}
    order = order_from(document, SYMBOLS, now=7)

    assert (order.order_type, order.timestamp) == (OrderType.LIMIT, 7)


def test_market_order_may_leave_out_its_price() -> None:
    document = {**GOOD, "type": "market"}
    del document["price"]

    assert order_from(document, SYMBOLS, now=7).price == 0


json_values = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=3)


@given(st.dictionaries(st.sampled_from([*GOOD, "timestamp"]), json_values))
def test_any_document_is_an_order_or_a_rejection(document: dict[str, object]) -> None:
    """No input makes the validation fail in another way, and what passes keeps the contract's bounds."""
    with contextlib.suppress(RejectionError):
        order = order_from(parse_json(json.dumps({**GOOD, **document}).encode()), SYMBOLS, now=7)
        assert order.quantity > 0
        assert order.price > 0 or order.order_type is OrderType.MARKET
