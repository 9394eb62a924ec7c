"""The orders of a load, known before it is sent: what `loadtests/lib` makes of the same seed."""

from collections.abc import Iterator
from functools import partial

from lab.oracle.draws import BOOKS, ORDERS, WORD, Draws
from lab.oracle.planned_order import (
    AGGRESSIVE,
    HOT,
    MEAN_QUANTITY,
    SIZE,
    SYMBOL,
    Drawn,
    PlannedOrder,
    TradedSymbol,
    aggressive,
    below,
    passive,
    quantity,
    sell,
)
from lab.oracle.turnover import Turnover
from lab.settings.case_settings import BookSettings
from lab.settings.suites import Case
from lab.settings.topology import Topology

AGGRESSIVE_SHARE = 0.6

MARGIN = 1.5
SPARE_ORDERS = 30
LADDER_LEVELS = 50
"""How much rests in a book that is as large as the load takes."""


class LoadPlan:
    """What a case sends, by a seed alone.

    Args:
        case: With the load it gets.
        topology: Whose shards.
        seed: Of the run.
        testid: Of the case in its run.
    """

    def __init__(self, case: Case, topology: Topology, seed: int, testid: str) -> None:
        self._settings = case.settings
        self._testid = testid
        self._seed = seed
        self._draws = Draws(seed, ORDERS)
        self._symbols = _traded(case, topology)
        hot, book = case.settings.hot, case.settings.book
        self._hottest = next((symbol for symbol in self._symbols if hot and symbol.name == hot.symbol), None)
        self._others = [symbol for symbol in self._symbols if symbol is not self._hottest]
        self._turnover = Turnover(self._symbols, hot, book, seed) if book and book.sized else None

    @classmethod
    def of(cls, case: Case, topology: Topology, seed: int, testid: str) -> "LoadPlan":
        """The plan of a case."""
        return cls(case, topology, seed, testid)

    def order(self, i: int) -> PlannedOrder:
        """The i-th order of the load, counted from 0."""
        id_ = f"{self._testid}-{i}"
        if self._turnover:
            return self._turnover.order(i, id_)
        drawn = partial(self._draws.word, i)
        kind = aggressive if drawn(AGGRESSIVE) < AGGRESSIVE_SHARE * WORD else passive
        return kind(id_, self._symbol(drawn), drawn)

    def resting(self, shard: str) -> Iterator[PlannedOrder]:
        """What rests on a shard before the load, in the order of seeding: nothing on one that gets no orders."""
        for symbol in self._symbols:
            if symbol.shard == shard:
                yield from self._resting(symbol)

    def _symbol(self, drawn: Drawn) -> TradedSymbol:
        if self._hottest and drawn(HOT) < self._hottest.share * WORD:
            return self._hottest
        return self._others[below(len(self._others), drawn(SYMBOL))]

    def _resting(self, symbol: TradedSymbol) -> Iterator[PlannedOrder]:
        draws, book = Draws(self._seed, BOOKS + symbol.number), self._settings.book
        return self._levels(symbol, draws, book) if book else self._liquidity(symbol, draws)

    def _liquidity(self, symbol: TradedSymbol, draws: Draws) -> Iterator[PlannedOrder]:
        expected = self._settings.orders * AGGRESSIVE_SHARE * symbol.share
        demand = (expected * MARGIN + SPARE_ORDERS) * MEAN_QUANTITY
        supply = n = 0
        while supply < demand:
            size = quantity(draws.word(n, 0))
            yield sell(f"{self._testid}-seed-{symbol.name}-{n}", symbol, 0, size)
            supply, n = supply + size, n + 1
        for level in range(1, LADDER_LEVELS + 1):
            size = quantity(draws.word(n + level - 1, 0))
            yield sell(f"{self._testid}-ladder-{symbol.name}-{level}", symbol, level, size)

    def _levels(self, symbol: TradedSymbol, draws: Draws, book: BookSettings) -> Iterator[PlannedOrder]:
        for n in range(book.orders):
            size = SIZE if book.sized else quantity(draws.word(n, 0))
            yield sell(f"{self._testid}-seed-{symbol.name}-{n}", symbol, n % book.levels, size)


def _traded(case: Case, topology: Topology) -> tuple[TradedSymbol, ...]:
    chosen, hot = case.settings.shards, case.settings.hot
    shards = [shard for shard in topology.shards if chosen is None or shard.id in chosen]
    owned = [(symbol, shard.id) for shard in shards for symbol in shard.symbols]
    others = sum(hot is None or symbol != hot.symbol for symbol, _ in owned)
    rest = (1 - hot.share if hot else 1) / others if others else 0.0
    return tuple(
        TradedSymbol(name=name, shard=shard, number=number, share=hot.share if hot and name == hot.symbol else rest)
        for number, (name, shard) in enumerate(owned)
    )
