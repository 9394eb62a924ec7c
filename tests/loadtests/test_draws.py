"""What the scripts' library draws, order by order, without any load."""

from collections import Counter
from typing import Any

import pytest

from tests.loadtests.real_k6 import drawn

TWO = "a=P:Q,b=X:Y"


def supply(book: list[Any], price: int = 15_000) -> int:
    return sum(order["quantity"] for order in book if order["price"] == price)


def taken(found: Any) -> list[Any]:
    return [one["order"] for one in found["drawn"]]


@pytest.fixture(scope="module")
def b2() -> Any:
    return drawn(50_000)


def test_the_mix_is_the_contracts(b2: Any) -> None:
    """Six standard deviations of 50,000 draws either way."""
    aggressive = [order["price"] for order in taken(b2) if order["price"] >= 15_000]
    passive = [order["price"] for order in taken(b2) if order["price"] < 15_000]

    assert len(aggressive) / 50_000 == pytest.approx(0.6, abs=0.0132)
    assert set(aggressive) == set(range(15_000, 15_100))
    assert set(passive) == set(range(14_701, 14_801))
    assert {order["quantity"] for order in taken(b2)} == set(range(10, 200))
    assert sum(order["quantity"] for order in taken(b2)) / 50_000 == pytest.approx(104.5, abs=1.48)


def test_the_symbols_of_all_shards_draw_alike(b2: Any) -> None:
    counts = Counter(order["symbol"] for order in taken(b2))

    assert sorted(counts) == [f"TEST-ASSET-{letter}" for letter in "ABCDEFGHIJKL"]
    assert all(count / 50_000 == pytest.approx(1 / 12, abs=0.0075) for count in counts.values())


def test_a_hot_symbol_draws_its_share_and_the_others_the_rest_evenly() -> None:
    found = drawn(50_000, LAB_SHARDS=TWO, LAB_HOT="X:0.8")
    shares = {symbol: count / 50_000 for symbol, count in Counter(order["symbol"] for order in taken(found)).items()}

    assert shares == pytest.approx({"X": 0.8, "P": 0.2 / 3, "Q": 0.2 / 3, "Y": 0.2 / 3}, abs=0.011)


def test_the_book_holds_half_as_much_again_as_the_load_takes(b2: Any) -> None:
    """B2 takes 12 times 131,670 in 5 minutes."""
    demand = 5040 * 5 * 0.6 * 104.5 / 12

    assert all(supply(book) > 1.5 * demand for book in b2["books"].values())
    assert all({order["price"] for order in book} == set(range(15_000, 15_051)) for book in b2["books"].values())


def test_the_books_of_a_hot_symbol_and_of_the_others_hold_what_each_takes() -> None:
    found = drawn(LAB_SHARDS=TWO, LAB_HOT="X:0.8")
    demand = 5040 * 5 * 0.6 * 104.5

    assert 1.5 < supply(found["books"]["X"]) / (demand * 0.8) < 1.6
    assert all(1.5 < supply(found["books"][cold]) / (demand * 0.2 / 3) < 1.6 for cold in ("P", "Q", "Y"))


def test_a_ramps_liquidity_is_for_the_orders_under_its_line() -> None:
    found = drawn(LAB_RATE="1020", LAB_STAGES="1020:120,2520:120,5040:120,5040:240", LAB_SHARDS="a=X")
    orders = 2 * 1020 + 2 * 1770 + 2 * 3780 + 4 * 5040

    assert (found["orders"], found["peak"], found["duration"]) == (orders, 5040, 600)
    assert supply(found["books"]["X"]) == pytest.approx(orders * 0.6 * 104.5 * 1.5, rel=0.01)


@pytest.mark.parametrize(("orders", "levels"), [(100, 10), (1000, 100), (10_000, 500)])
def test_a_sized_book_has_orders_of_one_size_on_even_levels(orders: int, levels: int) -> None:
    found = drawn(LAB_RATE="1020", LAB_DURATION_S="180", LAB_SHARDS="a=X", LAB_BOOK=f"{orders}:{levels}:sized")
    book = found["books"]["X"]

    assert Counter(order["price"] for order in book) == {15_000 + n: orders // levels for n in range(levels)}
    assert {order["quantity"] for order in book} == {100}


def test_the_seed_of_the_spec_lasts_for_two_minutes_of_the_peak() -> None:
    """As the spec has it: 500 orders a symbol, drawn, over 50 levels."""
    found = drawn(LAB_BOOK="500:50:drawn")
    a_minute = 5040 * 0.6 * 104.5

    held = sum(order["quantity"] for book in found["books"].values() for order in book)

    assert {len(book) for book in found["books"].values()} == {500}
    assert held / a_minute == pytest.approx(2, abs=0.1)


def test_orders_that_do_not_fill_the_levels_evenly_fill_the_best_first() -> None:
    found = drawn(LAB_SHARDS="a=X", LAB_BOOK="5:2:drawn")

    assert Counter(order["price"] for order in found["books"]["X"]) == {15_000: 3, 15_001: 2}


@pytest.mark.parametrize(
    ("load", "due"),
    [
        ({"LAB_RATE": "1020"}, [0, 58.823529, 117.647058]),
        ({"LAB_RATE": "7"}, [0, 8571.428571, 17142.857142]),
        ({"LAB_RATE": "60", "LAB_STAGES": "60:2,180:2"}, [1000, 2000, 2732.050808, 3236.067977, 3645.751311, 4000]),
        ({"LAB_RATE": "0", "LAB_STAGES": "120:4,0:4"}, [2000, 2828.427125, 3464.101615, 4000]),
    ],
)
def test_orders_are_due_as_k6_plans_them(load: dict[str, str], due: list[float]) -> None:
    """At a constant rate the first at once, in a ramp when the area under the line has come to one order."""
    found = drawn(len(due), **{"LAB_DURATION_S": "4", **load} if "LAB_STAGES" not in load else load)

    assert [one["due"] for one in found["drawn"]] == pytest.approx(due, abs=1e-6)
