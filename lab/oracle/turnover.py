"""The orders of a sized book, which turns over while its depth stays: those of `loadtests/lib/turnover.js`."""

from collections.abc import Callable, Sequence
from functools import partial

from lab.oracle.draws import GROUPS, ORDERS, Draws
from lab.oracle.planned_order import BASE_PRICE, SIZE, PlannedOrder, TradedSymbol, below, limit, passive, sell
from lab.settings.case_settings import BookSettings, HotSettings

LANES = 4
"""Groups of orders that are sent side by side, by turns."""
TAKES, PUTS = 3, 6
"""Of a group: BUY orders that take whole resting ones, and SELL orders that replace those."""
GROUP = TAKES + PUTS + 1
"""And a BUY that rests below the market."""


class Turnover:
    """The orders of a load on a sized book.

    Args:
        symbols: Those that it trades.
        hot: The one that draws most, if one does.
        book: What rests at the start.
        seed: Of the run.
    """

    def __init__(self, symbols: Sequence[TradedSymbol], hot: HotSettings | None, book: BookSettings, seed: int) -> None:
        self._hot = hot
        self._hottest = next((symbol for symbol in symbols if hot and symbol.name == hot.symbol), None)
        self._others = [symbol for symbol in symbols if symbol is not self._hottest]
        self._book = book
        self._draws, self._groups = Draws(seed, ORDERS), Draws(seed, GROUPS)

    def order(self, i: int, id_: str) -> PlannedOrder:
        """The i-th order, under this id."""
        block, within = divmod(i, LANES * GROUP)
        position, lane = divmod(within, LANES)
        group = block * LANES + lane
        symbol, turn = self._turn(group)
        role = _roles(partial(self._groups.word, group))[position]
        if role >= TAKES + PUTS:
            return passive(id_, symbol, partial(self._draws.word, i))
        if role >= TAKES:
            return sell(id_, symbol, self._level(turn * PUTS + role - TAKES), SIZE)
        # Above all that rests, so that it takes from the best level whatever is under way beside it.
        return limit(id_, symbol, "BUY", BASE_PRICE + self._level(turn * PUTS), PUTS // TAKES * SIZE)

    def _level(self, put: int) -> int:
        """Of the n-th order that is put into a symbol's book: each level gets as many as those of the start have."""
        return self._book.levels + put * self._book.levels // self._book.orders

    def _turn(self, group: int) -> tuple[TradedSymbol, int]:
        """Which symbol a group is for, and how many groups that had before."""
        before = int(group * self._hot.share) if self._hot else 0
        if self._hot and self._hottest and int((group + 1) * self._hot.share) > before:
            return self._hottest, before
        turn, number = divmod(group - before, len(self._others))
        return self._others[number], turn


def _roles(draw: Callable[[int], int]) -> Sequence[int]:
    """What each order of a group is, in the order of sending: shuffled (Fisher and Yates)."""
    shuffled = list(range(GROUP))
    for last in range(GROUP - 1, 0, -1):
        other = below(last + 1, draw(last))
        shuffled[last], shuffled[other] = shuffled[other], shuffled[last]
    return shuffled
