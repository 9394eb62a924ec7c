import math

import pytest

from lab.core.windows import Window
from lab.measure.counters import Series
from lab.measure.samples import Order, Samples
from lab.present import slots

START = 1e12


def load(seconds: float) -> Window:
    return Window(name="load", start=START, end=START + seconds * 1000)


def orders(*latencies: float, every: float = 1000.0, accepted: bool = True) -> Samples:
    some = (Order(due=START + n * every, service=value, accepted=accepted) for n, value in enumerate(latencies))
    return Samples(orders=tuple(some), dropped=0)


@pytest.mark.parametrize(
    ("seconds", "orders_a_minute", "length"),
    [(300, 1020, 10), (600, 5040, 15), (38, 1020, 5), (120, 5040, 5), (180, 1020, 10), (7200, 1020, 300)],
)
def test_slots_are_as_short_as_their_orders_and_their_number_allow(
    seconds: float, orders_a_minute: int, length: float
) -> None:
    cut = slots.windows(load(seconds), round(orders_a_minute * seconds / 60))

    assert cut[0].seconds == length
    assert len(cut) <= slots.MOST
    assert (cut[0].start, cut[-1].end) == (START, START + seconds * 1000)


def test_every_order_is_in_exactly_one_slot() -> None:
    cut = slots.windows(load(61), 61)

    made = slots.slots(load(61), cut, orders(*[1.0] * 61), ())

    assert sum(slot.orders for slot in made) == 61


def test_percentiles_are_of_the_orders_themselves() -> None:
    (slot,) = slots.slots(load(10), (load(10),), orders(*range(1, 11)), ())

    assert (slot.p50, slot.p95, slot.p99, slot.max) == (5, 10, 10, 10)
    assert (slot.start, slot.end) == (0, 10)


def test_a_percentile_that_falls_on_a_failed_order_is_infinite() -> None:
    (slot,) = slots.slots(load(10), (load(10),), orders(*[1.0] * 10, accepted=False), ())

    assert (slot.orders, slot.errors, slot.p50) == (10, 10, math.inf)


def test_matches_a_minute_are_the_rise_of_the_engines_counters() -> None:
    counter = Series(labels={}, points=((START, 0.0), (START + 10_000, 200.0)))

    (slot,) = slots.slots(load(10), (load(10),), None, (counter, counter))

    assert slot.matches == pytest.approx(2400)
    assert slot.orders == 0


def test_matches_are_unknown_without_a_counter() -> None:
    (slot,) = slots.slots(load(10), (load(10),), orders(1.0), ())

    assert slot.matches is None
    assert slot.p99 is not None
    assert math.isfinite(slot.p99)
