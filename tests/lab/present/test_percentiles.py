"""The distribution of a case's latency, as a page draws it."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.measure.samples import Order
from lab.present import case_tables
from lab.present.percentiles import percentiles
from tests.lab.made import latency


def orders(*latencies: float) -> list[Order]:
    return [Order(due=float(n), service=one, accepted=True) for n, one in enumerate(latencies)]


def test_the_percentiles_are_orders_of_these_and_the_last_is_the_slowest() -> None:
    found = {one.share: one.latency for one in percentiles(orders(*map(float, range(1, 1001))))}

    assert (found[0.5], found[0.99], found[0.999], found[1]) == (500.0, 990.0, 999.0, 1000.0)


@pytest.mark.parametrize(("count", "is_shown"), [(999, False), (1000, True)])
def test_p999_needs_a_thousand_orders(count: int, is_shown: bool) -> None:
    assert (0.999 in {one.share for one in percentiles(orders(*[2.0] * count))}) is is_shown
    assert case_tables.p999(latency(2.0, orders=count)) == ("2 ms" if is_shown else "-")


def test_an_order_that_failed_is_infinitely_slow() -> None:
    failed = Order(due=0.0, service=1.0, accepted=False)

    assert percentiles([failed])[-1].latency == math.inf


@given(st.lists(st.floats(min_value=0.01, max_value=1e6), min_size=1, max_size=3000))
def test_percentiles_never_fall(values: list[float]) -> None:
    found = [one.latency for one in percentiles(orders(*values))]

    assert found == sorted(found)
    assert found[-1] == max(values)
