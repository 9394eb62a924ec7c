"""Faults of an engine, each planted into a load that is otherwise honest: each is found, and named."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from engine.book import Fill
from engine.orders import Order, OrderType
from lab.oracle.check import check
from lab.oracle.planned_order import PlannedOrder
from tests.lab.oracle.simulated import Engine, Event, Load, Plan, Ran

PLAN = Plan.drawn(7, market=0.1)
FAULTY = 60
"""The fault comes with this order, or with the first one after it that it can come with."""


class Once(Engine):
    """An engine that is honest but for one order, or one fill."""

    def __init__(self) -> None:
        super().__init__()
        self.is_done = False

    @property
    def is_due(self) -> bool:
        return not self.is_done and len(self.orders) >= FAULTY


class FillAtTheTakersPrice(Once):
    def filled(self, order: Order, fill: Fill) -> None:
        if self.is_due and order.price != fill.price and order.order_type is OrderType.LIMIT:
            self.is_done, fill = True, Fill(fill.maker_order_id, order.price, fill.quantity)
        super().filled(order, fill)


class FillOfTooMuch(Once):
    def filled(self, order: Order, fill: Fill) -> None:
        if self.is_due:
            self.is_done, fill = True, Fill(fill.maker_order_id, fill.price, fill.quantity + 1)
        super().filled(order, fill)


class FillToAFilledMaker(Once):
    """The first maker of all is long gone."""

    def filled(self, order: Order, fill: Fill) -> None:
        gone = next(iter(self.fills), None)
        if self.is_due and gone and gone["symbol"] == order.symbol and gone["makerOrderId"] != fill.maker_order_id:
            self.is_done, fill = True, Fill(gone["makerOrderId"], fill.price, fill.quantity)
        super().filled(order, fill)


class FillToAMakerOfNobody(Once):
    def filled(self, order: Order, fill: Fill) -> None:
        if self.is_due:
            self.is_done, fill = True, Fill("nobody", fill.price, fill.quantity)
        super().filled(order, fill)


class FillsToMakersOfNobody(Engine):
    def filled(self, order: Order, fill: Fill) -> None:
        super().filled(order, Fill(f"nobody-{len(self.fills)}", fill.price, fill.quantity))


class NewestFirst(Engine):
    """At each level the newest order is filled first."""

    def match(self, order: Order) -> list[Fill]:
        side = self.other_side(order)
        for level in side._levels.values():
            level.reverse()
        fills = super().match(order)
        for level in side._levels.values():
            level.reverse()
        return fills


class WorstPriceFirst(Once):
    """Once, the best level is passed over."""

    def match(self, order: Order) -> list[Fill]:
        side = self.other_side(order)
        if not self.is_due or len(side._heap) < 2 or order.order_type is not OrderType.LIMIT:
            return super().match(order)
        best = min(side._heap)
        second = min(price for price in side._heap if price != best)
        if second * side._sign > order.price * side._sign:
            return super().match(order)
        self.is_done = True
        hidden = side._levels.pop(best * side._sign)
        side._heap.remove(best)
        side._heap.sort()
        fills = super().match(order)
        side._levels[best * side._sign] = hidden
        side._heap.append(best)
        side._heap.sort()
        return fills


class FillBeyondTheLimit(Once):
    """A LIMIT order is taken as MARKET."""

    def match(self, order: Order) -> list[Fill]:
        side = self.other_side(order)
        best = side.best_price
        if (
            self.is_due
            and order.order_type is OrderType.LIMIT
            and best
            and best * side._sign > order.price * side._sign
        ):
            self.is_done, order.order_type = True, OrderType.MARKET
        return super().match(order)


class MarketRemainderRests(Engine):
    def settle(self, order: Order) -> None:
        if order.remaining:
            self.book.rest(order)


class LimitRemainderDropped(Once):
    def settle(self, order: Order) -> None:
        if self.is_due and order.remaining:
            self.is_done = True
        else:
            super().settle(order)


class NotMatchedAtAll(Once):
    """An order that would be filled is put into the book."""

    def match(self, order: Order) -> list[Fill]:
        side = self.other_side(order)
        best = side.best_price
        if (
            self.is_due
            and best
            and order.order_type is OrderType.LIMIT
            and best * side._sign <= order.price * side._sign
        ):
            self.is_done = True
            self.book.rest(order)
            return []
        return super().match(order)


class CountsTooMany(Engine):
    def take(self, planned: PlannedOrder) -> None:
        super().take(planned)
        self.counted["a"] += len(self.orders) == FAULTY


class SeedsLost(Engine):
    """Of one level's end, so that fills don't show it."""

    def seed(self, planned: PlannedOrder) -> None:
        if planned.id != "far-away":
            super().seed(planned)


Bend = Callable[[Ran], None]


def lose(events: list[Event], number: int = FAULTY) -> None:
    del events[number]


def double(events: list[Event], number: int = FAULTY) -> None:
    events.insert(number, dict(events[number]))


def change(event: Event, **values: object) -> None:
    event.update(values)


def swap_fills(ran: Ran) -> None:
    """Two fills of one symbol by different orders change places."""
    first = ran.fills[FAULTY]
    later = next(
        fill
        for fill in ran.fills[FAULTY:]
        if fill["symbol"] == first["symbol"] and fill["takerOrderId"] != first["takerOrderId"]
    )
    place, other = ran.fills.index(first), ran.fills.index(later)
    ran.fills[place], ran.fills[other] = later, first


def lose_all_of_the_outage(ran: Ran) -> None:
    taken = {order["orderId"] for order in ran.orders[80:120]}
    ran.engine.orders = [order for order in ran.orders if order["orderId"] not in taken]
    ran.engine.fills = [fill for fill in ran.fills if fill["takerOrderId"] not in taken]


def accept_what_was_refused(ran: Ran) -> None:
    ran.seen = tuple(
        type(one)(index=one.index, sent=one.sent, answered=one.answered, accepted=False, refused=True)
        if one.index == FAULTY
        else one
        for one in ran.seen
    )


def scatter(ran: Ran) -> None:
    ran.partition = lambda _, number: number % 12


@dataclass(frozen=True)
class Fault:
    """A fault, and the kinds of divergence of which the first names it.

    Args:
        named: As the first divergence.
        engine: That does it.
        bend: What it does to the records.
        order: In which order it takes the orders.
        plan: What is sent.
        shows: Whether it can be seen of a script whose orders nobody knows.
    """

    named: str
    engine: Callable[[], Engine] = Engine
    bend: Bend = lambda _: None
    order: Callable[[list[int]], list[int]] = list
    plan: Plan = PLAN
    shows: bool = True


def swapped(indices: list[int]) -> list[int]:
    """An order is taken long after others that were sent when it was answered."""
    late = indices.pop(FAULTY)
    return [*indices[:100], late, *indices[100:]]


LIMITS = Plan.drawn(7)
FAR_AWAY = Plan(
    (
        *LIMITS.seeds,
        PlannedOrder(id="far-away", symbol="A", shard="a", side="SELL", type="LIMIT", price=99_000, quantity=1),
    ),
    LIMITS.orders,
)
FAULTS = {
    "a fill is lost": Fault("lost fill", bend=lambda ran: lose(ran.fills)),
    "the last fill is lost": Fault("lost fill", bend=lambda ran: lose(ran.fills, -1)),
    "a fill is doubled": Fault("wrong fill|extra fill", bend=lambda ran: double(ran.fills)),
    "a fill at the taker's price": Fault("wrong fill", FillAtTheTakersPrice),
    "a fill of more than there is": Fault("wrong fill", FillOfTooMuch),
    "a fill of less than is due": Fault("wrong fill", bend=lambda ran: change(ran.fills[FAULTY], executionQuantity=1)),
    "a fill to a maker that is filled": Fault("wrong fill", FillToAFilledMaker),
    "a fill to a maker that nobody knows": Fault("wrong fill", FillToAMakerOfNobody, shows=False),
    "the newest of a level first": Fault("wrong fill", NewestFirst),
    "a worse price first": Fault("wrong fill", WorstPriceFirst),
    "a fill beyond the limit": Fault("wrong fill", FillBeyondTheLimit),
    "a fill with the wrong symbol": Fault("wrong fill|lost fill|extra fill", bend=lambda ran: change(ran.fills[FAULTY], symbol="D" if ran.fills[FAULTY]["symbol"] != "D" else "A")),
    "a fill with the wrong side": Fault("wrong fill", bend=lambda ran: change(ran.fills[FAULTY], takerSide="SELL" if ran.fills[FAULTY]["takerSide"] == "BUY" else "BUY")),
    "fills out of order": Fault("fill out of order", bend=swap_fills),
    "an order's event is lost": Fault("lost order", bend=lambda ran: lose(ran.orders)),
    "all events of an outage are lost": Fault("lost order", bend=lose_all_of_the_outage),
    "an order's event is doubled": Fault("doubled order", bend=lambda ran: double(ran.orders)),
    "an event with another price": Fault("changed order", bend=lambda ran: change(ran.orders[FAULTY], price=1)),
    "an event with another quantity": Fault("changed order", bend=lambda ran: change(ran.orders[FAULTY], quantity=61)),
    "an event with another side": Fault("changed order", bend=lambda ran: change(ran.orders[FAULTY], side="SELL" if ran.orders[FAULTY]["side"] == "BUY" else "BUY")),
    "an event with another symbol": Fault("changed order", bend=lambda ran: change(ran.orders[FAULTY], symbol="A" if ran.orders[FAULTY]["symbol"] != "A" else "B")),
    "an event of an order that nobody sent": Fault("unknown order", bend=lambda ran: ran.orders.append(dict(ran.orders[-1], orderId="new"))),
    "an order that was refused": Fault("refused order", bend=accept_what_was_refused, shows=False),
    "an order behind those that came after it": Fault("order out of time", order=swapped, shows=False),
    "the remainder of a MARKET order rests": Fault("wrong fill|lost fill|extra fill|other depth", MarketRemainderRests, shows=False),
    "the remainder of a LIMIT order is dropped": Fault("wrong fill|lost fill|other depth", LimitRemainderDropped, shows=False),
    "an order that is not matched": Fault("lost fill", NotMatchedAtAll, shows=False),
    "a counter that is one ahead": Fault("other count", CountsTooMany),
    "a seed that never rested": Fault("other depth", SeedsLost, plan=FAR_AWAY, shows=False),
    "events that are no JSON": Fault("unreadable record", bend=lambda ran: change(ran.orders[FAULTY], raw="\x00")),
    "events that are not keyed by symbol": Fault("scattered records", bend=scatter),
}  # fmt: skip


@pytest.mark.parametrize(("ahead", "is_found"), [(5.0, False), (400.0, False), (1500.0, False), (2500.0, True)])
def test_runners_clocks_that_differ_by_no_more_than_they_may_put_no_order_out_of_time(
    ahead: float, is_found: bool
) -> None:
    """Every third order is another runner's, whose clock is so many ms ahead; each may be 1 s off."""
    ran = Load(plan=Plan.drawn(3)).run()
    shift = [ahead * (number % 3 == 1) for number in range(len(ran.seen))]
    ran.seen = tuple(
        replace(one, sent=one.sent + more, answered=one.answered + more, runner=int(more > 0))
        for one, more in zip(ran.seen, shift, strict=True)
    )

    found = check(replace(ran.evidence(), clocks=2000.0))

    assert ("order out of time" in {one.kind for one in found.divergences}) is is_found


def test_there_are_twenty_and_more() -> None:
    assert len(FAULTS) >= 20


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_and_named(name: str) -> None:
    fault = FAULTS[name]
    ran = Load(fault.plan, fault.engine, order=fault.order).run()
    fault.bend(ran)
    found = ran.checked()

    assert found.found
    assert found.divergences[0].kind in fault.named.split("|"), found.divergences[0]
    assert found.replayed <= found.fills


@pytest.mark.parametrize("name", [name for name, fault in FAULTS.items() if fault.shows])
def test_most_are_found_where_nobody_knows_what_was_sent(name: str) -> None:
    """By what holds whatever rested before."""
    fault = FAULTS[name]
    # No MARKET orders: a record doesn't say that its order was one.
    load = Load(LIMITS, fault.engine, order=fault.order, known=False)
    ran = load.run()
    fault.bend(ran)

    assert ran.checked().found


def test_more_makers_of_nobody_than_rested_are_found_on_a_book_that_an_earlier_case_left() -> None:
    """A maker without a record may be one that rested before, so each of them by itself may be right."""
    found = Load(PLAN, FillsToMakersOfNobody, clean=False).run().checked()

    assert "unknown makers" in {one.kind for one in found.divergences}


def test_the_first_divergence_is_shown_with_the_book_around_it() -> None:
    found = Load(PLAN, NewestFirst).run().checked()
    first = found.divergences[0]

    assert first.line.startswith("for o-")
    assert "expected" in first.line
    assert "found" in first.line
    assert any(line.startswith("SELL ") for line in first.book)


@pytest.mark.parametrize("seed", range(20))
def test_no_lost_record_of_an_accepted_order_is_missed(seed: int) -> None:
    """Wherever in a load it is."""
    ran = Load(Plan.drawn(seed)).run()
    lose(ran.orders, random.Random(seed).randrange(len(ran.orders)))

    assert ran.checked().lost == 1


@pytest.mark.parametrize("seed", range(20))
def test_no_lost_fill_is_missed(seed: int) -> None:
    """Wherever in a load it is; also without the engine's own count."""
    ran = Load(Plan.drawn(seed)).run()
    lose(ran.fills, random.Random(seed).randrange(len(ran.fills)))
    ran.engine.counted = dict.fromkeys("ab", 0)

    assert "lost fill" in {one.kind for one in ran.checked().divergences}
