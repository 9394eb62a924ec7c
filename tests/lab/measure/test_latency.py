import math
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from lab.measure.latency import P50, P95, P99, P999, Parts, latency, percentile
from lab.measure.samples import Order


@settings(deadline=None)
@given(st.lists(st.floats(0, 1e6), min_size=1), st.sampled_from([P50, P95, P99, P999]))
def test_a_percentile_is_the_smallest_value_that_its_share_of_values_does_not_exceed(
    values: list[float], share: Fraction
) -> None:
    ordered = sorted(values)

    found = percentile(ordered, share)

    enough = [one for one in ordered if sum(other <= one for other in ordered) >= share * len(ordered)]
    assert found == enough[0]


def test_a_percentile_of_nothing_is_endless() -> None:
    assert percentile([], P99) == math.inf


def test_the_share_is_exact_where_floats_are_not() -> None:
    """0.999 * 1000 is 999.0000000000001 in some orders of floats; the 999th value is meant."""
    assert percentile(list(range(1, 1001)), P999) == 999


def test_an_order_that_failed_counts_as_endlessly_slow() -> None:
    """A refused connection is answered in 0 ms: counted as it is, it would make the percentiles better."""
    orders = [Order(due=0, service=1.0, accepted=True)] * 98 + [Order(due=0, service=0.0, accepted=False)] * 2

    found = latency(orders)

    assert (found.errors, found.p50, found.p99) == (2, 1.0, math.inf)
    assert found.error_rate == 0.02


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1000), st.booleans()), min_size=1), st.data())
def test_one_more_failed_order_never_lowers_a_percentile(some: list[tuple[float, bool]], data: st.DataObject) -> None:
    orders = [Order(due=0, service=took, accepted=ok) for took, ok in some]
    which = data.draw(st.integers(0, len(orders) - 1))
    worse = [*orders]
    worse[which] = Order(due=0, service=orders[which].latency, accepted=False)

    assert latency(worse).p99 >= latency(orders).p99


def test_the_parts_are_of_the_orders_that_were_accepted() -> None:
    """A refused order has no way that could be told in parts."""
    good = [Order(due=0, late=1.0, connect=2.0, service=3.0, accepted=True, opened=n == 0) for n in range(4)]

    found = latency([*good, Order(due=0, late=900.0, connect=900.0, service=900.0, accepted=False, opened=True)])

    assert found.parts == Parts(late=1.0, connect=2.0, service=3.0, opened=0.25)
    assert found.p50 == 6.0


def test_orders_of_which_nobody_knows_when_they_were_due_have_no_lateness() -> None:
    found = latency([Order(due=0, service=3.0, accepted=True)])

    assert found.parts == Parts(late=None, connect=0.0, service=3.0, opened=0.0)
    assert latency([]).parts is None
