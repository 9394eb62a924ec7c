"""Goes through one symbol's records in their order: each fill is held against the reference book as it stands then."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from lab.measure.correctness import Divergence
from lab.measure.records import FillRecord, OrderRecord
from lab.oracle.book import BUY, SELL, Execution, ReferenceBook, Resting


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """What came of it.

    Args:
        right: Fills that were found right.
        divergence: The first that wasn't; None if all were.
        at: Id of the order at which that was; empty if it was at none.
        seeds: Makers that no record names, by their price: they can only have rested before the records begin.
    """

    right: int
    divergence: Divergence | None
    at: str = ""
    seeds: dict[str, int] = field(default_factory=dict)


class Replay:
    """One symbol's book, and what is known of it.

    Args:
        book: With all that is known to have rested before.
        type_of: The type of an order, by its record.
        may_be_seed: Whether a maker of which nothing is known by this id may have rested before. Where all that rested
            is known, none may.
    """

    def __init__(
        self, book: ReferenceBook, *, type_of: Callable[[OrderRecord], str], may_be_seed: Callable[[str], bool]
    ) -> None:
        self._book = book
        self._type_of = type_of
        self._may_be_seed = may_be_seed
        self._seeds: dict[str, tuple[str, int]] = {}
        self._open: set[str] = set()
        """Seeds that were filled and may have something left."""

    def run(self, orders: Sequence[OrderRecord], fills: Sequence[FillRecord]) -> Replayed:
        """Take the orders in, one after the other, until a fill isn't the one that is due."""
        right = 0
        for order in orders:
            taker = self._book.taker(order.id, order.side, self._type_of(order), order.price, order.quantity)
            while True:
                due = self._book.due(taker)
                found = fills[right] if right < len(fills) and fills[right].taker == order.id else None
                if found is None and due is None:
                    break
                if wrong := self._wrong(taker, due, found, fills[right:]):
                    return self._ended(right, wrong, at=order.id)
                right += 1
            self._book.settle(taker)
        if right < len(fills):
            extra = fills[right]
            is_known = any(order.id == extra.taker for order in orders)
            why = "it was due none" if is_known else f"no record of {extra.symbol} names it"
            beyond = self._divergence("extra fill", f"{_fill(extra)} for {extra.taker}, but {why}")
            return self._ended(right, beyond, at=extra.taker)
        return self._ended(right, None)

    def _wrong(
        self, taker: Resting, due: Execution | None, found: FillRecord | None, rest: Sequence[FillRecord]
    ) -> Divergence | None:
        """What is wrong with the next fill; None if it is right, and then it is executed."""
        if found is None:
            return self._missing(taker, due, rest) if due else None
        if due and (found.maker, found.price, found.quantity, found.side) == (
            due.maker,
            due.price,
            due.quantity,
            taker.side,
        ):
            self._close_behind(found)
            self._book.fill(taker, due)
            return None
        if found.side == taker.side and self._may_be_seed(found.maker):
            wrong = self._wrong_of_seed(taker, found)
            if not wrong:
                self._take_of_seed(taker, found)
                return None
            return self._divergence("wrong fill", f"{_fill(found)} for {_order(taker)}: {wrong}")
        expected = f"expected {_fill(due)}" if due else "expected none"
        side = "" if found.side == taker.side else f", with {found.side} as the taker's side"
        line, shown = f"for {_order(taker)} {expected}; found {_fill(found)}{side}", self._book.shown()
        is_next = due is not None and self._is_due_after(taker, due, found)
        return Divergence(kind="lost fill" if is_next else "wrong fill", line=line, book=shown)

    def _is_due_after(self, taker: Resting, due: Execution, found: FillRecord) -> bool:
        """Whether a fill is the one that is due when this one is done; the book is of no use then."""
        self._book.fill(taker, due)
        then = self._book.due(taker)
        return then is not None and (then.maker, then.price, then.quantity) == (
            found.maker,
            found.price,
            found.quantity,
        )

    def _missing(self, taker: Resting, due: Execution, rest: Sequence[FillRecord]) -> Divergence:
        comes = next((fill for fill in rest if (fill.taker, fill.maker) == (taker.id, due.maker)), None)
        if comes:
            kind, then = "fill out of order", f"it comes later, after {_fill(rest[0])} for {rest[0].taker}"
        else:
            kind, then = "lost fill", f"the next is {_fill(rest[0])} for {rest[0].taker}" if rest else "none comes"
        return self._divergence(kind, f"for {_order(taker)} expected {_fill(due)}; {then}")

    def _wrong_of_seed(self, taker: Resting, found: FillRecord) -> str:
        """What can't be of a fill whose maker rested before; empty if it can."""
        side = SELL if taker.side == BUY else BUY
        best = self._book.best(side)
        known = self._seeds.get(found.maker)
        if found.quantity <= 0 or found.quantity > taker.remaining:
            return f"the order has {taker.remaining} left"
        if not taker.reaches(found.price):
            return "beyond the order's limit"
        if known and known != (side, found.price):
            return f"the maker rested at {known[1]} ({known[0]}) before"
        if known and found.maker not in self._open:
            return "the maker had nothing left"
        if best and _is_better(side, best.price, found.price):
            return f"{_order(best)} rested at a better price"
        return ""

    def _take_of_seed(self, taker: Resting, found: FillRecord) -> None:
        self._seeds[found.maker] = (SELL if taker.side == BUY else BUY, found.price)
        self._close_behind(found)
        taker.remaining -= found.quantity
        # An order with something left has taken all of its maker.
        if taker.remaining:
            self._open.discard(found.maker)
        else:
            self._open.add(found.maker)

    def _close_behind(self, found: FillRecord) -> None:
        """A seed that comes no later than this maker would have been filled before it, if it had anything left."""
        side = SELL if found.side == BUY else BUY
        for seed in tuple(self._open):
            its_side, price = self._seeds[seed]
            if its_side == side and seed != found.maker and not _is_better(side, found.price, price):
                self._open.discard(seed)

    def _ended(self, right: int, divergence: Divergence | None, at: str = "") -> Replayed:
        seeds = {name: price for name, (_, price) in self._seeds.items()}
        return Replayed(right=right, divergence=divergence, at=at, seeds=seeds)

    def _divergence(self, kind: str, line: str) -> Divergence:
        return Divergence(kind=kind, line=line, book=self._book.shown())


def _is_better(side: str, price: int, other: int) -> bool:
    """Whether a maker of this side at this price is filled before one at the other price, whenever they came."""
    return price < other if side == SELL else price > other


def _fill(one: Execution | FillRecord) -> str:
    return f"{one.quantity} at {one.price} of {one.maker}"


def _order(one: Resting) -> str:
    price = "at any price" if one.is_market else f"at {one.price}"
    return f"{one.id} ({one.side} {one.remaining} {price})"
