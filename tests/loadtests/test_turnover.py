"""A sized book turns over: what the load takes from its best level it puts back above the worst, and the depth stays."""

from collections import Counter
from dataclasses import replace

import pytest

from engine.book import Book, Fill
from engine.orders import Order, OrderType, Side
from lab.oracle.load_plan import LoadPlan
from lab.oracle.planned_order import BASE_PRICE, SIZE, PlannedOrder
from lab.settings.case_settings import HotSettings
from tests.lab.made import case, suite

DEPTHS = ["a3-100", "a3-1000", "a3-10000"]
DEPTH = 0.1
"""By which the depth may differ from what was asked, as a share of it."""


def order_of(planned: PlannedOrder) -> Order:
    """As the engine's book takes it."""
    side, kind = Side(planned.side), OrderType(planned.type)
    return Order(planned.id, planned.symbol, side, kind, planned.price, planned.quantity, 0)


class Shard:
    """A shard's books, seeded, and what each order did to them.

    Attributes:
        depths: SELL orders that rest after each order.
        levels: Their price levels.
        fills: Of each order.
        left: Units that BUY orders above the market did not get.
    """

    def __init__(self, plan: LoadPlan) -> None:
        self._plan = plan
        self._book = Book(suite().topology.symbols)
        for resting in plan.resting("a"):
            self._book.rest(order_of(resting))
        self.asked = self._book.depth(Side.SELL), self._book.price_levels(Side.SELL)
        self.depths: list[int] = []
        self.levels: list[int] = []
        self.fills: list[list[Fill]] = []
        self.left = 0

    def take(self, orders: int) -> "Shard":
        """So many orders of the load."""
        for i in range(orders):
            planned = self._plan.order(i)
            order = order_of(planned)
            self.fills.append(self._book.match(order))
            if order.remaining:
                self._book.rest(order)
            self.left += order.remaining if planned.side == "BUY" and planned.price >= BASE_PRICE else 0
            self.depths.append(self._book.depth(Side.SELL))
            self.levels.append(self._book.price_levels(Side.SELL))
        return self


def shard(name: str, seed: int) -> Shard:
    one = case(name)
    return Shard(LoadPlan.of(one, suite().topology, seed, "t")).take(int(one.settings.orders))


@pytest.mark.parametrize("name", DEPTHS)
@pytest.mark.parametrize("seed", [1, 2, 2**32 - 1])
def test_a_sized_book_keeps_its_depth_while_it_turns_over(name: str, seed: int) -> None:
    found = shard(name, seed)
    orders, levels = found.asked

    assert min(found.depths) > orders * (1 - DEPTH)
    assert max(found.depths) < orders * (1 + DEPTH)
    assert max(abs(now - levels) for now in found.levels) <= 8
    assert len(set(found.depths)) > 5


@pytest.mark.parametrize("name", DEPTHS)
def test_each_aggressive_order_of_a_sized_book_takes_two_whole_ones(name: str) -> None:
    found = shard(name, 7)
    takers = [fills for fills in found.fills if fills]

    assert {tuple(fill.quantity for fill in fills) for fills in takers} == {(SIZE, SIZE)}
    assert found.left == 0
    assert sum(map(len, takers)) / len(found.fills) == pytest.approx(0.6, abs=0.01)


def test_the_smallest_book_is_all_new_in_the_end() -> None:
    found = shard("a3-100", 7)
    makers = [fill.maker_order_id for fills in found.fills for fill in fills]

    assert sum("seed" in maker for maker in makers) == 400
    assert len(makers) > 4 * 400


def test_a_sized_book_keeps_its_depth_for_an_hour() -> None:
    plan = LoadPlan.of(case("a3-100"), suite().topology, 7, "t")
    found = Shard(plan).take(60 * 1020)

    assert min(found.depths) > 360
    assert max(found.depths) < 440
    assert found.left == 0


def test_a_hot_symbol_of_a_sized_book_draws_its_share() -> None:
    hot = HotSettings(symbol="TEST-ASSET-C", share=0.7)
    settings = case("a3-1000").settings.model_copy(update={"hot": hot})
    plan = LoadPlan.of(replace(case("a3-1000"), settings=settings), suite().topology, 7, "t")
    drawn = Counter(plan.order(i).symbol for i in range(3000))
    kinds = Counter((order.side, order.price >= BASE_PRICE) for order in map(plan.order, range(3000)))

    assert drawn["TEST-ASSET-C"] / 3000 == pytest.approx(0.7, abs=0.01)
    assert all(drawn[f"TEST-ASSET-{other}"] / 3000 == pytest.approx(0.1, abs=0.01) for other in "ABD")
    assert kinds == {("SELL", True): 1800, ("BUY", True): 900, ("BUY", False): 300}
