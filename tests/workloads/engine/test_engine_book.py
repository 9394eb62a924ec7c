from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.book import Book, Fill
from engine.orders import Order, OrderType, Side

if TYPE_CHECKING:
    from collections.abc import Callable

SYMBOLS = ("A", "B")
Step = tuple[str, Side, OrderType, int, int, bool]
# Few prices and small quantities, so that orders meet, tie, and fill in part.
steps = st.lists(
    st.tuples(
        st.sampled_from(SYMBOLS),
        st.sampled_from(Side),
        st.sampled_from(OrderType),
        st.integers(1, 6),
        st.integers(1, 10),
        st.booleans(),
    ),
    max_size=60,
)


@dataclass
class Resting:
    number: int
    symbol: str
    side: Side
    price: int
    quantity: int


class NaiveBook:
    """The contract's words as plainly as they can be coded: one list, searched anew for each fill."""

    def __init__(self) -> None:
        self.resting: list[Resting] = []

    def match(self, taker: Resting, order_type: OrderType) -> list[Fill]:
        fills = []
        sign = 1 if taker.side is Side.BUY else -1
        while taker.quantity:
            others = [
                maker
                for maker in self.resting
                if (maker.symbol, maker.side is taker.side) == (taker.symbol, False)
                and (order_type is OrderType.MARKET or sign * maker.price <= sign * taker.price)
            ]
            if not others:
                break
            best = min(others, key=lambda maker: (sign * maker.price, maker.number))
            executed = min(taker.quantity, best.quantity)
            fills.append(Fill(str(best.number), best.price, executed))
            taker.quantity -= executed
            best.quantity -= executed
            if not best.quantity:
                self.resting.remove(best)
        return fills

    def depth(self, side: Side) -> int:
        return sum(order.side is side for order in self.resting)

    def price_levels(self, side: Side) -> int:
        return len({(order.symbol, order.price) for order in self.resting if order.side is side})


def play(script: list[Step], *, with_seeds: bool) -> tuple[Book, NaiveBook, list[tuple[Order, list[Fill]]]]:
    book, model, history = Book(SYMBOLS), NaiveBook(), []
    for number, (symbol, side, order_type, price, quantity, is_seed) in enumerate(script):
        order = Order(str(number), symbol, side, order_type, price, quantity, timestamp=0)
        twin = Resting(number, symbol, side, price, quantity)
        if is_seed and with_seeds:
            book.rest(order)
            model.resting.append(twin)
            continue
        fills = book.match(order)
        expected_fills = model.match(twin, order_type)
        if twin.quantity and order_type is OrderType.LIMIT:
            book.rest(order)
            model.resting.append(twin)
        history.append((order, fills))

        assert fills == expected_fills
        assert order.remaining == twin.quantity
        for each in Side:
            assert book.depth(each) == model.depth(each)
            assert book.price_levels(each) == model.price_levels(each)
    return book, model, history


@given(steps)
def test_book_equals_naive_model(script: list[Step]) -> None:
    """Fills, remainders, depth and levels are the naive model's after every step, seeds and crossed seeds included."""
    play(script, with_seeds=True)


@given(steps)
def test_no_crossed_book_after_matching(script: list[Step]) -> None:
    """Without seeds the best bid is below the best ask at all times."""
    book, _, _ = play(script, with_seeds=False)
    for symbol in SYMBOLS:
        bid, ask = (book.side(symbol, side).best_price for side in Side)
        assert bid is None or ask is None or bid < ask


@given(steps)
def test_quantity_is_conserved(script: list[Step]) -> None:
    """What takers and makers executed is equal, and executed plus left is what was ordered."""
    _, model, history = play(script, with_seeds=False)
    left = {str(order.number): order.quantity for order in model.resting}
    executed = {order.order_id: 0 for order, _ in history}
    for taker, fills in history:
        for fill in fills:
            executed[taker.order_id] += fill.quantity
            executed[fill.maker_order_id] += fill.quantity
    for order, _ in history:
        is_gone = order.order_type is OrderType.MARKET
        assert (
            executed[order.order_id] + (order.remaining if is_gone else left.get(order.order_id, 0)) == order.quantity
        )


@given(steps)
def test_no_fill_is_worse_than_the_limit(script: list[Step]) -> None:
    """A LIMIT buyer never pays more, and a seller never gets less, than the order says."""
    _, _, history = play(script, with_seeds=True)
    for taker, fills in history:
        if taker.order_type is OrderType.LIMIT:
            assert all(f.price <= taker.price if taker.side is Side.BUY else f.price >= taker.price for f in fills)


def test_execution_is_at_the_resting_price(make_order: Callable[..., Order]) -> None:
    book = Book(["TEST-ASSET-A"])
    book.rest(make_order("maker", "SELL", price=90, quantity=5))

    assert book.match(make_order("taker", "BUY", price=100, quantity=3)) == [Fill("maker", 90, 3)]
    assert book.depth(Side.SELL) == 1


def test_older_order_of_a_price_is_filled_first(make_order: Callable[..., Order]) -> None:
    book = Book(["TEST-ASSET-A"])
    for name in ("first", "second"):
        book.rest(make_order(name, "SELL", quantity=2))

    fills = book.match(make_order("taker", "BUY", quantity=3))

    assert fills == [Fill("first", 100, 2), Fill("second", 100, 1)]


def test_orders_of_one_id_are_two_orders(make_order: Callable[..., Order]) -> None:
    """The contract does not ask ids to be unique, so the book does not rely on it."""
    book = Book(["TEST-ASSET-A"])
    for _ in range(2):
        book.rest(make_order("same", "SELL", quantity=2))

    assert book.match(make_order("same", "BUY", quantity=4)) == [Fill("same", 100, 2)] * 2


def test_other_symbols_are_untouched(make_order: Callable[..., Order]) -> None:
    book = Book(["TEST-ASSET-A", "TEST-ASSET-B"])
    book.rest(Order("other", "TEST-ASSET-B", Side.SELL, OrderType.LIMIT, 100, 1, timestamp=0))

    assert book.match(make_order("taker", "BUY")) == []
    with pytest.raises(KeyError):
        book.side("TEST-ASSET-C", Side.BUY)
