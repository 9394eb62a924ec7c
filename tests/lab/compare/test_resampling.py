import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.compare import resampling, rule
from lab.compare.resampling import CLIENT_P50, CLIENT_P99, ENGINE_P99, MATCHES, RISE, SHARES, estimates
from lab.compare.stretch import Stretch
from lab.measure.latency import percentile
from tests.lab.compare.simulated import simulated

LATENCIES = st.lists(st.floats(0.1, 1e3), min_size=1, max_size=40)


def stretch(*latencies: float, window: str = "whole", matches: float = 10.0) -> Stretch:
    return Stretch(window=window, seconds=10.0, latencies=tuple(sorted(latencies)), matches=matches)


@given(st.lists(LATENCIES, min_size=1, max_size=6))
def test_each_percentile_is_that_of_all_orders(parts: list[list[float]]) -> None:
    every = sorted(value for part in parts for value in part)

    found = resampling._Sample(tuple(stretch(*part) for part in parts)).measured()

    assert {name: found[name][0] for name in SHARES} == {
        name: percentile(every, share) for name, share in SHARES.items()
    }


def test_the_same_executions_give_the_same_noise() -> None:
    assert estimates([simulated(1)], 1) == estimates([simulated(1)], 1)


def test_a_case_is_resampled_a_thousand_times() -> None:
    """As docs/compare.md has it: 99 % of fewer would rest on a handful of them."""
    assert {len(one.resamples) for one in estimates([(stretch(1.0),)], 1).values()} == {1000}


def test_a_figures_noise_lies_around_it() -> None:
    for name, figure in estimates([simulated(1)], 1).items():
        low, high = rule.interval(figure)
        assert low <= figure.value <= high, name


def test_a_stall_that_may_not_come_again_makes_a_percentile_unsure() -> None:
    """Drawn one by one its orders would always be there: what is near in time is alike."""
    quiet = [stretch(*[1.0] * 100) for _ in range(9)]
    stalled = stretch(*[1.0] * 80, *[500.0] * 20)

    figure = estimates([(*quiet, stalled)] * 3, 1)[CLIENT_P99]

    assert figure.value == 500.0
    assert rule.interval(figure)[0] < 500.0


@pytest.mark.parametrize(("executions", "is_wide"), [(1, True), (2, True), (3, False), (4, False)])
def test_fewer_than_three_executions_do_not_tell_how_executions_differ(executions: int, is_wide: bool) -> None:
    """Then it is assumed, as docs/compare.md has it: a factor whose logarithm has a standard deviation of 0.25.

    99 % of the resamples lie within 2.58 of these, those of the median of two within 2.58 / sqrt(2). Three that are
    alike show that they don't differ.
    """
    alike = (stretch(*[1.0] * 100),)

    low, high = rule.interval(estimates([alike] * executions, 1)[CLIENT_P50])

    if is_wide:
        assert (math.log(low), math.log(high)) == pytest.approx(
            (-0.25 * 2.58 / executions**0.5, 0.25 * 2.58 / executions**0.5), rel=0.2
        )
    else:
        assert (low, high) == (1.0, 1.0)


def test_of_several_executions_a_figure_is_the_median() -> None:
    found = estimates([(stretch(one),) for one in (1.0, 9.0, 2.0)], 1)

    assert found[CLIENT_P50].value == 2.0


def test_the_engines_p99_is_known_between_the_bounds_of_its_bucket() -> None:
    buckets = {1.0: 50.0, 5.0: 100.0, math.inf: 100.0}
    execution = (Stretch(window="whole", seconds=10.0, latencies=(1.0,), buckets=(buckets,)),)

    figure = estimates([execution], 1)[ENGINE_P99]

    assert figure.value == pytest.approx(4.92)
    assert set(figure.resamples) == {(1.0, 5.0)}


def test_the_slowest_engine_counts_and_beyond_the_buckets_is_infinite() -> None:
    fast, slow = {1.0: 100.0, math.inf: 100.0}, {1.0: 10.0, math.inf: 100.0}
    execution = (Stretch(window="whole", seconds=10.0, latencies=(1.0,), buckets=(fast, slow)),)

    figure = estimates([execution], 1)[ENGINE_P99]

    assert figure.value == math.inf
    assert set(figure.resamples) == {(1.0, math.inf)}


def test_the_stages_of_a_ramp_are_no_noise_of_its_matches() -> None:
    stages = [stretch(1.0, window=f"stage {stage}", matches=100.0 * stage) for stage in (1, 2) for _ in range(5)]

    assert rule.interval(estimates([tuple(stages)], 1)[MATCHES]) == (900.0, 900.0)


def test_the_rise_is_during_over_before() -> None:
    parts = [stretch(*[2.0] * 50, window="before"), stretch(*[3.0] * 50, window="during")]

    assert estimates([tuple(parts)], 1)[RISE].value == 1.5


def test_a_drawn_percentile_takes_each_stretch_as_often_as_it_was_drawn() -> None:
    orders = resampling._Orders([stretch(1.0, 2.0), stretch(9.0)])

    assert orders.percentile(SHARES[CLIENT_P50], [1, 0]) == 1.0
    assert orders.percentile(SHARES[CLIENT_P50], [0, 3]) == 9.0
    assert orders.percentile(SHARES[CLIENT_P50], [1, 2]) == 2.0
    assert orders.percentile(SHARES[CLIENT_P50], [0, 0]) == math.inf
    source = random.Random(1)  # noqa: S311 - no secret
    assert orders.percentile(SHARES[CLIENT_P50], [1, 1], source) in {1.0, 2.0, 9.0}


def test_no_orders_give_no_figures() -> None:
    assert estimates([], 1) == {}
    assert estimates([(stretch(),)], 1) == {}
