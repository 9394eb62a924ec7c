"""The order book: resting orders by symbol, matched by price, then time."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from engine.orders import OrderType, Side

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.orders import Order


@dataclass(slots=True, frozen=True)
class Fill:
    """One execution of a taker against one resting order.

    Args:
        maker_order_id: The resting order's id.
        price: The resting order's price, in integer cents.
        quantity: Whole units.
    """

    maker_order_id: str
    price: int
    quantity: int


class BookSide:
    """The resting orders of one symbol on one side.

    Orders can't be cancelled, so a level only ever empties at the best price: a heap of prices needs no deletion from
    its middle, and the best price is at its top at any time.
    """

    __slots__ = ("_heap", "_levels", "_sign", "depth")

    def __init__(self, side: Side) -> None:
        """Start empty."""
        self._sign = -1 if side is Side.BUY else 1
        self._heap: list[int] = []
        self._levels: dict[int, deque[Order]] = {}
        self.depth = 0
        """Resting orders."""

    @property
    def levels(self) -> int:
        """Distinct prices with resting orders."""
        return len(self._levels)

    @property
    def best_price(self) -> int | None:
        """The highest bid or lowest ask in cents; None when the side is empty."""
        return self._heap[0] * self._sign if self._heap else None

    def rest(self, order: Order) -> None:
        """Put an order behind those of its price."""
        level = self._levels.get(order.price)
        if level is None:
            level = self._levels[order.price] = deque()
            heappush(self._heap, order.price * self._sign)
        level.append(order)
        self.depth += 1

    def execute(self, taker: Order, fills: list[Fill]) -> None:
        """Execute the taker as far as its price and quantity go, against the best price and oldest order first."""
        sign = self._sign
        worst = taker.price * sign
        takes_any_price = taker.order_type is OrderType.MARKET
        while taker.remaining and self._heap and (takes_any_price or self._heap[0] <= worst):
            price = self._heap[0] * sign
            level = self._levels[price]
            while taker.remaining and level:
                maker = level[0]
                quantity = min(taker.remaining, maker.remaining)
                taker.remaining -= quantity
                maker.remaining -= quantity
                fills.append(Fill(maker.order_id, price, quantity))
                if not maker.remaining:
                    level.popleft()
                    self.depth -= 1
            if not level:
                del self._levels[price]
                heappop(self._heap)


class Book:
    """The bids and asks of every symbol of a shard."""

    def __init__(self, symbols: Iterable[str]) -> None:
        """Start with an empty book for each symbol."""
        self._sides = {(symbol, side): BookSide(side) for symbol in symbols for side in Side}

    def match(self, taker: Order) -> list[Fill]:
        """Execute an order against the other side; what is left stays in `taker.remaining`."""
        fills: list[Fill] = []
        other = Side.SELL if taker.side is Side.BUY else Side.BUY
        self._sides[taker.symbol, other].execute(taker, fills)
        return fills

    def rest(self, order: Order) -> None:
        """Put an order into the book without matching it."""
        self._sides[order.symbol, order.side].rest(order)

    def side(self, symbol: str, side: Side) -> BookSide:
        """Give one side of one symbol's book; raises KeyError for a symbol the book does not have."""
        return self._sides[symbol, side]

    def depth(self, side: Side) -> int:
        """Resting orders of one side, over all symbols."""
        return sum(book.depth for (_, of), book in self._sides.items() if of is side)

    def price_levels(self, side: Side) -> int:
        """Price levels of one side, over all symbols."""
        return sum(book.levels for (_, of), book in self._sides.items() if of is side)
