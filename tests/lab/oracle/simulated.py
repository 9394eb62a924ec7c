"""A load of known orders, what an honest engine makes of it, and the evidence that a run leaves of both.

The engine's book is the reference workload's: the oracle shares no line with it.
"""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from engine.book import Book, BookSide, Fill
from engine.orders import Order, OrderType, Side
from lab.core.windows import Window
from lab.measure.correctness import Correctness
from lab.measure.counters import Series
from lab.measure.extract import Extract
from lab.measure.records import RawRecord, Reading, parsed
from lab.oracle.accounts import Seen
from lab.oracle.check import Evidence, check
from lab.oracle.planned_order import PlannedOrder
from lab.oracle.planned_order import Side as PlannedSide
from lab.settings.semantics import SemanticsSettings
from lab.settings.topology import Shard, Topology

START = 1_000_000.0
GAP = 10.0
"""Milliseconds between two orders; each is answered after a third of it."""
TOPOLOGY = Topology(name="multi", shards=(Shard(id="a", symbols=("A", "B")), Shard(id="b", symbols=("C", "D"))))
PARTITION = {"A": 0, "B": 3, "C": 0, "D": 7}

Event = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    seeds: tuple[PlannedOrder, ...]
    orders: tuple[PlannedOrder, ...]

    @classmethod
    def drawn(cls, seed: int, *, orders: int = 200, seeds: int = 40, market: float = 0.0) -> "Plan":
        """An ordinary load: SELLs rest, most BUYs meet them; some orders may be SELLs, and MARKET."""
        draw = random.Random(seed)
        shard_of = {symbol: shard.id for shard in TOPOLOGY.shards for symbol in shard.symbols}

        def one(name: str, side: PlannedSide, price: int) -> PlannedOrder:
            symbol, is_market = draw.choice("ABCD"), draw.random() < market
            return PlannedOrder(
                id=name,
                symbol=symbol,
                shard=shard_of[symbol],
                side=side,
                type="MARKET" if is_market else "LIMIT",
                price=price,
                quantity=draw.randint(1, 60),
            )

        rested = tuple(
            replace(one(f"seed-{n}", "SELL", 15_000 + draw.randint(0, 4)), type="LIMIT") for n in range(seeds)
        )
        sell: tuple[PlannedSide, int, int] = ("SELL", 14_998, 15_004)
        buy: tuple[PlannedSide, int, int] = ("BUY", 14_996, 15_003)
        sides = (sell if draw.random() < 0.2 else buy for _ in range(orders))
        sent = tuple(one(f"o-{n}", side, draw.randint(low, high)) for n, (side, low, high) in enumerate(sides))
        return cls(rested, sent)

    def resting(self, shard: str) -> Iterator[PlannedOrder]:
        return (one for one in self.seeds if one.shard == shard)

    def order(self, i: int) -> PlannedOrder:
        return self.orders[i]


class Engine:
    """An honest engine; a fault is a subclass."""

    def __init__(self) -> None:
        self.book = Book("ABCD")
        self.orders: list[Event] = []
        self.fills: list[Event] = []
        self.counted = dict.fromkeys("ab", 0)

    def seed(self, planned: PlannedOrder) -> None:
        self.book.rest(order_of(planned))

    def take(self, planned: PlannedOrder) -> None:
        order = order_of(planned)
        fills = self.match(order)
        self.placed(order)
        for fill in fills:
            self.counted[planned.shard] += 1
            self.filled(order, fill)

    def match(self, order: Order) -> list[Fill]:
        fills = self.book.match(order)
        self.settle(order)
        return fills

    def other_side(self, order: Order) -> BookSide:
        """The side that an order is matched against."""
        return self.book.side(order.symbol, Side.SELL if order.side is Side.BUY else Side.BUY)

    def settle(self, order: Order) -> None:
        if order.remaining and order.order_type is OrderType.LIMIT:
            self.book.rest(order)

    def placed(self, order: Order) -> None:
        self.orders.append(
            {"type": "ORDER_PLACED", "orderId": order.order_id, "symbol": order.symbol, "side": order.side,
             "price": order.price, "quantity": order.quantity, "timestamp": 0}
        )  # fmt: skip

    def filled(self, order: Order, fill: Fill) -> None:
        self.fills.append(
            {"type": "MATCH_EXECUTED", "matchId": f"m-{len(self.fills)}", "takerOrderId": order.order_id,
             "makerOrderId": fill.maker_order_id, "symbol": order.symbol, "executionPrice": fill.price,
             "executionQuantity": fill.quantity, "takerSide": order.side, "timestamp": 0}
        )  # fmt: skip


def order_of(planned: PlannedOrder) -> Order:
    return Order(
        planned.id, planned.symbol, Side(planned.side), OrderType(planned.type), planned.price, planned.quantity, 0
    )


@dataclass
class Load:
    """What becomes of a plan, and how a test bends it.

    Args:
        plan: What is sent.
        engine: Makes the engine.
        order: In which order the engine takes the orders.
        outcome: Index to accepted or not, and refused or not; of the others, accepted.
        known: Whether the script says which order of the plan it sends.
        clean: Whether the book was empty before.
        before: Orders that an earlier case left in the book.
    """

    plan: Plan
    engine: Callable[[], Engine] = Engine
    order: Callable[[list[int]], list[int]] = list
    outcome: dict[int, tuple[bool, bool]] = field(default_factory=dict)
    unheard: frozenset[int] = frozenset()
    known: bool = True
    clean: bool = True
    before: tuple[PlannedOrder, ...] = ()
    semantics: SemanticsSettings = field(default_factory=SemanticsSettings)

    def run(self) -> "Ran":
        engine = self.engine()
        for one in (*self.before, *self.plan.seeds):
            engine.seed(one)
        depth = self._depth(engine)
        for index in self.order(list(range(len(self.plan.orders)))):
            if index not in self.unheard:
                engine.take(self.plan.orders[index])
        seen = tuple(self._seen(index) for index in range(len(self.plan.orders)))
        return Ran(load=self, engine=engine, seen=seen, depth=depth)

    def _seen(self, index: int) -> Seen:
        accepted, refused = self.outcome.get(index, (True, False))
        sent = START + index * GAP
        known = index if self.known else None
        return Seen(index=known, sent=sent, answered=sent + GAP / 3, accepted=accepted, refused=refused)

    def _depth(self, engine: Engine) -> dict[tuple[str, str], int]:
        return depths(engine)


@dataclass
class Ran:
    """What a load has left; a test may bend the records before they are checked.

    Attributes:
        early: Of the load's fills those that a scrape asked for before it counted: it was answered late.
        others: How many orders the engines took that the load did not send.
    """

    load: Load
    engine: Engine
    seen: tuple[Seen, ...]
    depth: dict[tuple[str, str], int]
    partition: Callable[[Event, int], int] = lambda event, _: PARTITION[event["symbol"]]
    missed: int = 0
    problem: str | None = None
    early: int = 0
    others: int = 0

    @property
    def orders(self) -> list[Event]:
        return self.engine.orders

    @property
    def fills(self) -> list[Event]:
        return self.engine.fills

    def checked(self) -> Correctness:
        return check(self.evidence())

    def evidence(self) -> Evidence:
        lasted = len(self.seen) * GAP / 1000 + 1
        load = Window(name="load", start=START, end=START + lasted * 1000)
        return Evidence(
            topology=TOPOLOGY,
            loaded=("a", "b"),
            semantics=self.load.semantics,
            is_clean=self.load.clean,
            load=load,
            orders=self.seen,
            records=parsed(self.raw()),
            reading=Reading(took=1.0, until=load.end, missed=self.missed, problem=self.problem),
            extract=self._extract(load),
            plan=self.load.plan if self.load.known else None,
        )

    def raw(self) -> Iterator[RawRecord]:
        offsets: dict[tuple[str, int], int] = {}
        for topic, events in (("orders", self.orders), ("matches", self.fills)):
            for number, event in enumerate(events):
                place = topic, self.partition(event, number)
                offsets[place] = offsets.get(place, -1) + 1
                yield RawRecord(*place, offsets[place], event.get("raw") or json.dumps(event))

    def _extract(self, load: Window) -> Extract:
        end, final = load.end + 5000, depths(self.engine)
        depth = tuple(
            Series(
                labels={"shard": shard, "side": side},
                points=((load.start - 100, 0.0), (load.start + 1, float(self.depth[shard, side])), (end, float(rests))),
            )
            for (shard, side), rests in final.items()
        )
        matches = tuple(
            Series(
                labels={"shard": shard},
                points=(
                    (load.start - 5100, 5.0),
                    (load.start - 100, 5.0 + self.early),
                    (load.start + 4900, 5.0 + self.early),
                    (end, 5.0 + counted),
                ),
            )
            for shard, counted in self.engine.counted.items()
        )
        taken = len(self.seen) + self.others
        orders = Series(labels={"shard": "a"}, points=((load.start - 100, 7.0), (end, 7.0 + taken)))
        return {"depth": depth, "matches": matches, "orders": (orders,)}


def depths(engine: Engine) -> dict[tuple[str, str], int]:
    return {
        (shard.id, label): sum(engine.book.side(symbol, side).depth for symbol in shard.symbols)
        for shard in TOPOLOGY.shards
        for label, side in (("bid", Side.BUY), ("ask", Side.SELL))
    }
