import math

from hypothesis import given
from hypothesis import strategies as st

from lab.measure.bucket_interval import beyond, percentile
from lab.measure.interval import percentile as exact
from lab.measure.latency import P99

BOUNDS = (1.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, math.inf)


def histogram(values: list[float]) -> dict[float, float]:
    return {bound: float(sum(one <= bound for one in values)) for bound in BOUNDS}


@given(st.lists(st.floats(0.01, 400), min_size=1, max_size=600))
def test_the_buckets_bounds_hold_what_the_values_themselves_give(values: list[float]) -> None:
    found, known = percentile(histogram(values), P99), exact(sorted(values), P99)

    assert found.at_least < known.value <= found.at_most
    assert found.low <= known.low
    assert found.high >= known.high


def test_a_p99_lies_between_two_bounds_and_never_at_a_point() -> None:
    found = percentile(histogram([2.0] * 2000), P99)

    assert (found.low, found.at_least, found.at_most, found.high) == (1.0, 1.0, 5.0, 5.0)


def test_beyond_the_last_bound_a_p99_may_be_anything() -> None:
    found = percentile(histogram([300.0] * 2000), P99)

    assert (found.low, found.high) == (250.0, math.inf)


def test_nothing_is_known_of_no_orders() -> None:
    assert percentile({}, P99).high == math.inf
    assert percentile({1.0: 0.0, math.inf: 0.0}, P99).low == 0.0


def test_a_share_beyond_a_bound_is_less_sure_where_its_orders_came_together() -> None:
    even = beyond([histogram([2.0] * 98 + [7.0] * 2)] * 20)
    once = beyond([histogram([2.0] * 100)] * 19 + [histogram([2.0] * 60 + [7.0] * 40)])
    (_, at_5, *_), (_, together, *_) = even, once

    assert (at_5.bound, at_5.share.value) == (5.0, 0.02)
    assert together.share.value == 0.02
    assert together.share.high > at_5.share.high
