import math
import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.measure.interval import Estimate, corrected, percentile, proportion

P50, P99 = Fraction(1, 2), Fraction(99, 100)


@pytest.mark.parametrize(("count", "share"), [(500, P99), (2040, P99), (101, P50)])
def test_the_interval_of_a_percentile_holds_it_as_often_as_it_says(count: int, share: Fraction) -> None:
    source = random.Random(1)  # noqa: S311 - no secret
    held = 0
    for _ in range(300):
        # Of uniform values a percentile is its own share.
        found = percentile(sorted(source.random() for _ in range(count)), share)
        held += found.low <= float(share) <= found.high

    assert held >= 0.93 * 300


@pytest.mark.parametrize(("count", "is_bounded"), [(367, False), (368, True), (80, False)])
def test_few_orders_bound_a_p99_by_nothing(count: int, *, is_bounded: bool) -> None:
    """Of 367 orders none lies above the true p99 in one run of forty."""
    assert math.isfinite(percentile([float(one) for one in range(count)], P99).high) is is_bounded


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=2000), st.sampled_from([P50, P99]), st.floats(1, 50))
def test_an_interval_holds_its_figure_and_is_wider_where_values_are_worth_fewer(
    values: list[float], share: Fraction, less: float
) -> None:
    ordered = sorted(values)
    free, worth = percentile(ordered, share), percentile(ordered, share, independent=len(values) / less)

    assert free.low <= free.value <= free.high
    assert worth.low <= free.value <= worth.high


def test_nothing_is_known_of_no_orders() -> None:
    assert percentile([], P99) == Estimate(value=math.inf, low=0.0, high=math.inf)


@given(st.integers(1, 3000).flatmap(lambda count: st.tuples(st.integers(0, count), st.just(count))))
def test_the_interval_of_a_share_holds_it(found: tuple[int, int]) -> None:
    one = proportion(*found)

    assert 0 <= one.low <= one.value <= one.high <= 1


def test_the_interval_of_a_share_is_clopper_and_pearsons() -> None:
    one = proportion(10, 100)

    assert (one.low, one.high) == pytest.approx((0.0490, 0.1762), abs=1e-4)


def test_a_wider_confidence_makes_a_wider_interval() -> None:
    one = Estimate(value=4.0, low=3.0, high=5.0)

    assert (one.at(0.95).low, one.at(0.95).high) == pytest.approx((3.0, 5.0))
    assert one.at(corrected(3)).high > 5.0
    assert one.at(corrected(3)).low < 3.0
    assert Estimate(value=4.0, low=3.0, high=math.inf).at(corrected(3)).high == math.inf
