"""The orders of a load, known before it is sent: what `loadtests/lib` makes of the same seed."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from lab.oracle.draws import BOOKS, ORDERS, WORD, Draws
from lab.settings.case_settings import BookSettings
from lab.settings.suites import Case
from lab.settings.topology import Topology

AGGRESSIVE_SHARE = 0.6
BASE_PRICE = 15_000
PASSIVE_PRICE = 14_800
PRICE_SPREAD = 100
LEAST_QUANTITY, MOST_QUANTITY = 10, 199
MEAN_QUANTITY = (LEAST_QUANTITY + MOST_QUANTITY) / 2
HOT, SYMBOL, AGGRESSIVE, OFFSET, QUANTITY = range(5)
"""Which of an order's words is drawn for what."""

MARGIN = 1.5
SPARE_ORDERS = 30
LADDER_LEVELS = 50
"""How much rests in a book that is as large as the load takes."""


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
    side: Literal["BUY", "SELL"]
    type: Literal["LIMIT", "MARKET"]
    price: int
    quantity: int


@dataclass(frozen=True, kw_only=True)
class TradedSymbol:
    """A symbol of the load.

    Args:
        name: Its name.
        shard: Id of its owner.
        stream: Of its resting orders' draws.
        share: Of all orders.
    """

    name: str
    shard: str
    stream: int
    share: float


class LoadPlan:
    """What a case sends, by a seed alone."""

    def __init__(self, case: Case, topology: Topology, seed: int, testid: str) -> None:
        self._settings = case.settings
        self._testid = testid
        self._seed = seed
        self._draws = Draws(seed, ORDERS)
        self._symbols = _traded(case, topology)
        hot = case.settings.hot
        self._hottest = next((symbol for symbol in self._symbols if hot and symbol.name == hot.symbol), None)
        self._others = [symbol for symbol in self._symbols if symbol is not self._hottest]

    @classmethod
    def of(cls, case: Case, topology: Topology, seed: int, testid: str) -> "LoadPlan":
        """The plan of a case.

        Args:
            case: With the load it gets.
            topology: Whose shards.
            seed: Of the run.
            testid: Of the case in its run.
        """
        return cls(case, topology, seed, testid)

    def order(self, i: int) -> PlannedOrder:
        """The i-th order of the load, counted from 0."""
        symbol = self._symbol(i)
        aggressive = self._draws.word(i, AGGRESSIVE) < AGGRESSIVE_SHARE * WORD
        offset = self._draws.below(PRICE_SPREAD, i, OFFSET)
        return PlannedOrder(
            id=f"{self._testid}-{i}",
            symbol=symbol.name,
            shard=symbol.shard,
            side="BUY",
            type="LIMIT",
            price=BASE_PRICE + offset if aggressive else PASSIVE_PRICE - offset,
            quantity=_quantity(self._draws, i, QUANTITY),
        )

    def resting(self, shard: str) -> Iterator[PlannedOrder]:
        """What rests on a shard before the load, in the order of seeding: nothing on one that gets no orders."""
        for symbol in self._symbols:
            if symbol.shard == shard:
                yield from self._resting(symbol)

    def _symbol(self, i: int) -> TradedSymbol:
        if self._hottest is None:
            return self._symbols[self._draws.below(len(self._symbols), i, SYMBOL)]
        if self._draws.word(i, HOT) < self._hottest.share * WORD:
            return self._hottest
        return self._others[self._draws.below(len(self._others), i, SYMBOL)]

    def _resting(self, symbol: TradedSymbol) -> Iterator[PlannedOrder]:
        expected = self._settings.orders * AGGRESSIVE_SHARE * symbol.share
        demand = (expected * MARGIN + SPARE_ORDERS) * MEAN_QUANTITY
        draws, book = Draws(self._seed, symbol.stream), self._settings.book
        return self._levels(symbol, draws, book, demand) if book else self._liquidity(symbol, draws, demand)

    def _liquidity(self, symbol: TradedSymbol, draws: Draws, demand: float) -> Iterator[PlannedOrder]:
        supply = n = 0
        while supply < demand:
            quantity = _quantity(draws, n, 0)
            yield self._sell(f"seed-{symbol.name}-{n}", symbol, 0, quantity)
            supply, n = supply + quantity, n + 1
        for level in range(1, LADDER_LEVELS + 1):
            yield self._sell(f"ladder-{symbol.name}-{level}", symbol, level, _quantity(draws, n + level - 1, 0))

    def _levels(self, symbol: TradedSymbol, draws: Draws, book: BookSettings, demand: float) -> Iterator[PlannedOrder]:
        for n in range(book.orders):
            level = n % book.levels
            quantity = math.ceil(demand) if book.sized and level == 0 else _quantity(draws, n, 0)
            yield self._sell(f"seed-{symbol.name}-{n}", symbol, level, quantity)

    def _sell(self, name: str, symbol: TradedSymbol, level: int, quantity: int) -> PlannedOrder:
        return PlannedOrder(
            id=f"{self._testid}-{name}",
            symbol=symbol.name,
            shard=symbol.shard,
            side="SELL",
            type="LIMIT",
            price=BASE_PRICE + level,
            quantity=quantity,
        )


def _traded(case: Case, topology: Topology) -> tuple[TradedSymbol, ...]:
    chosen, hot = case.settings.shards, case.settings.hot
    owned = [
        (symbol, shard.id)
        for shard in topology.shards
        if chosen is None or shard.id in chosen
        for symbol in shard.symbols
    ]
    others = sum(hot is None or symbol != hot.symbol for symbol, _ in owned)
    rest = (1 - hot.share if hot else 1) / others if others else 0.0
    return tuple(
        TradedSymbol(
            name=symbol,
            shard=shard,
            stream=BOOKS + number,
            share=hot.share if hot and symbol == hot.symbol else rest,
        )
        for number, (symbol, shard) in enumerate(owned)
    )


def _quantity(draws: Draws, i: int, n: int) -> int:
    return LEAST_QUANTITY + draws.below(MOST_QUANTITY - LEAST_QUANTITY + 1, i, n)
