"""An order of the load, and the kinds there are: those of `loadtests/lib/orders.js`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from lab.oracle.draws import WORD

BASE_PRICE = 15_000
PASSIVE_PRICE = 14_800
PRICE_SPREAD = 100
LEAST_QUANTITY, MOST_QUANTITY = 10, 199
MEAN_QUANTITY = (LEAST_QUANTITY + MOST_QUANTITY) / 2
SIZE = 100
"""Of each order that rests in a sized book."""
HOT, SYMBOL, AGGRESSIVE, OFFSET, QUANTITY = range(5)
"""Which of an order's words is drawn for what."""

Side = Literal["BUY", "SELL"]
Drawn = Callable[[int], int]
"""An order's words, by what they are for."""


@dataclass(frozen=True, kw_only=True)
class PlannedOrder:
    """An order as it is sent.

    Args:
        id: Its `orderId`.
        symbol: Of the book it is for.
        shard: Id of the shard that owns the symbol.
        side: BUY or SELL.
        type: LIMIT or MARKET.
        price: In cents.
        quantity: In whole units.
    """

    id: str
    symbol: str
    shard: str
    side: Side
    type: Literal["LIMIT", "MARKET"]
    price: int
    quantity: int


@dataclass(frozen=True, kw_only=True)
class TradedSymbol:
    """A symbol of the load.

    Args:
        name: Its name.
        shard: Id of its owner.
        share: Of all orders.
        number: Which of the load's symbols it is, from 0 on.
    """

    name: str
    shard: str
    share: float
    number: int


def aggressive(id_: str, symbol: TradedSymbol, drawn: Drawn) -> PlannedOrder:
    """A BUY that meets resting SELL orders."""
    return limit(id_, symbol, "BUY", BASE_PRICE + _offset(drawn), quantity(drawn(QUANTITY)))


def passive(id_: str, symbol: TradedSymbol, drawn: Drawn) -> PlannedOrder:
    """A BUY that rests below the market."""
    return limit(id_, symbol, "BUY", PASSIVE_PRICE - _offset(drawn), quantity(drawn(QUANTITY)))


def sell(id_: str, symbol: TradedSymbol, level: int, size: int) -> PlannedOrder:
    """A SELL that rests so many levels above the best price of the beginning."""
    return limit(id_, symbol, "SELL", BASE_PRICE + level, size)


def limit(id_: str, symbol: TradedSymbol, side: Side, price: int, size: int) -> PlannedOrder:
    """A LIMIT order."""
    return PlannedOrder(
        id=id_, symbol=symbol.name, shard=symbol.shard, side=side, type="LIMIT", price=price, quantity=size
    )


def quantity(word: int) -> int:
    """A quantity as makers and takers alike draw it."""
    return LEAST_QUANTITY + below(MOST_QUANTITY - LEAST_QUANTITY + 1, word)


def below(bound: int, word: int) -> int:
    """A drawn word as a number below a bound."""
    return word * bound // WORD


def _offset(drawn: Drawn) -> int:
    return below(PRICE_SPREAD, drawn(OFFSET))
