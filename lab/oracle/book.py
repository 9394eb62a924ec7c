"""The reference book of one symbol: price, then time; written to be read, and sharing nothing with any engine."""

from bisect import insort
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from lab.settings.semantics import SemanticsSettings

BUY, SELL = "BUY", "SELL"
LIMIT, MARKET = "LIMIT", "MARKET"
NEAR = 5
"""Resting orders of a side that are shown around a divergence."""


@dataclass(slots=True)
class Resting:
    """An order, or what is left of it; price in cents."""

    id: str
    side: str
    price: int
    remaining: int
    is_market: bool = False

    def reaches(self, price: int) -> bool:
        """Whether it may be filled at a price."""
        return self.is_market or (price <= self.price if self.side == BUY else price >= self.price)


@dataclass(frozen=True, slots=True)
class Execution:
    """A fill as it should be."""

    maker: str
    price: int
    quantity: int


class ReferenceBook:
    """One symbol's resting orders.

    Args:
        semantics: What is expected where engines differ.
    """

    def __init__(self, semantics: SemanticsSettings) -> None:
        self._semantics = semantics
        self._sides: dict[str, _Side] = {BUY: _Side(is_highest_best=True), SELL: _Side(is_highest_best=False)}

    def taker(self, id_: str, side: str, type_: str, price: int, quantity: int) -> Resting:
        """An order that comes in, as the semantics takes it."""
        is_market = type_ == MARKET and self._semantics.market == "market"
        return Resting(id_, side, price, quantity, is_market)

    def rest(self, order: Resting) -> None:
        """Put an order behind those of its price."""
        self._sides[order.side].add(order)

    def due(self, taker: Resting) -> Execution | None:
        """The fill that is due next; None when the order has no counterpart any more."""
        best = self.best(_other(taker.side))
        if best is None or not taker.remaining or not taker.reaches(best.price):
            return None
        return Execution(best.id, best.price, min(taker.remaining, best.remaining))

    def best(self, side: str) -> Resting | None:
        """The order of a side that is filled first."""
        return self._sides[side].best()

    def fill(self, taker: Resting, execution: Execution) -> None:
        """Execute the fill that is due."""
        taker.remaining -= execution.quantity
        self._sides[_other(taker.side)].take(execution.quantity)

    def settle(self, taker: Resting) -> None:
        """Rest what is left of an order that has no counterpart any more, or drop it."""
        if taker.remaining and not taker.is_market and self._semantics.remainder == "rests":
            self.rest(taker)

    def match(self, taker: Resting) -> Iterator[Execution]:
        """Take an order in: its fills in their order."""
        while (execution := self.due(taker)) is not None:
            self.fill(taker, execution)
            yield execution
        self.settle(taker)

    def depth(self, side: str) -> int:
        """Resting orders of a side."""
        return self._sides[side].depth

    def shown(self) -> tuple[str, ...]:
        """The best orders of both sides, from the worst ask shown to the worst bid shown, a line each."""
        asks = [_line(order) for order in self._sides[SELL].first(NEAR)]
        bids = [_line(order) for order in self._sides[BUY].first(NEAR)]
        return (*(reversed(asks) if asks else ["SELL: nothing rests"]), *(bids or ["BUY: nothing rests"]))


class _Side:
    """The prices of a side in their order, and the orders of each in theirs."""

    def __init__(self, *, is_highest_best: bool) -> None:
        self._sign = -1 if is_highest_best else 1
        self._prices: list[int] = []
        self._levels: dict[int, deque[Resting]] = {}
        self.depth = 0

    def add(self, order: Resting) -> None:
        rank = order.price * self._sign
        if rank not in self._levels:
            insort(self._prices, rank)
            self._levels[rank] = deque()
        self._levels[rank].append(order)
        self.depth += 1

    def best(self) -> Resting | None:
        return self._levels[self._prices[0]][0] if self._prices else None

    def take(self, quantity: int) -> None:
        level = self._levels[self._prices[0]]
        level[0].remaining -= quantity
        if level[0].remaining:
            return
        level.popleft()
        self.depth -= 1
        if not level:
            del self._levels[self._prices.pop(0)]

    def first(self, number: int) -> list[Resting]:
        found: list[Resting] = []
        for rank in self._prices:
            found.extend(list(self._levels[rank])[: number - len(found)])
            if len(found) == number:
                break
        return found


def _other(side: str) -> str:
    return SELL if side == BUY else BUY


def _line(order: Resting) -> str:
    return f"{order.side} {order.remaining} at {order.price} ({order.id})"
