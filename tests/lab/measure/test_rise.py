import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.measure.interval import Estimate, percentile
from lab.measure.latency import P99
from lab.measure.rise import between, compare, ratio


def drawn(source: random.Random, count: int, scale: float = 1.0) -> Estimate:
    return percentile(sorted(scale * source.lognormvariate(0, 0.5) for _ in range(count)), P99)


def test_the_intervals_of_ratio_and_difference_hold_the_truth() -> None:
    source = random.Random(1)  # noqa: S311 - no secret
    p99 = math.exp(0.5 * 2.3263)
    found = [compare(drawn(source, 765), drawn(source, 2040, scale=1.5)) for _ in range(200)]

    assert sum(one.ratio.low <= 1.5 <= one.ratio.high for one in found) >= 0.92 * 200
    assert sum(one.difference.low <= 0.5 * p99 <= one.difference.high for one in found) >= 0.92 * 200


def test_drift_that_is_no_rise_is_in_the_interval() -> None:
    source = random.Random(1)  # noqa: S311 - no secret
    found = [
        compare(
            drawn(source, 1650, math.exp(source.gauss(0, 0.25))),
            drawn(source, 7560, math.exp(source.gauss(0, 0.25))),
            drift=0.25,
        )
        for _ in range(100)
    ]

    assert sum(one.ratio.low <= 1 <= one.ratio.high for one in found) >= 90


estimates = st.tuples(st.floats(0.1, 1e4), st.floats(0.1, 1e4), st.floats(0.1, 1e4)).map(
    lambda ends: Estimate(low=min(ends), value=sorted(ends)[1], high=max(ends))
)


@given(estimates, estimates, st.sampled_from([0.0, 0.13, 0.25]))
def test_an_interval_holds_its_figure_and_lies_within_the_farthest_ends(
    before: Estimate, after: Estimate, drift: float
) -> None:
    found = compare(before, after, drift=drift)
    farthest = between(before, after)

    assert found.ratio.low <= found.ratio.value * (1 + 1e-9)
    assert found.ratio.value <= found.ratio.high * (1 + 1e-9)
    if not drift:
        assert farthest.ratio.low <= found.ratio.low * (1 + 1e-9)
        assert found.difference.high <= farthest.difference.high + 1e-6 * after.high


def test_a_percentile_that_nothing_bounds_leaves_a_ratio_open() -> None:
    open_before = compare(Estimate(value=4.0, low=3.0, high=math.inf), Estimate.exact(8.0))
    open_after = compare(Estimate.exact(4.0), Estimate(value=8.0, low=7.0, high=math.inf))

    assert open_before.ratio.low == 0.0
    assert open_after.ratio.high == math.inf
    assert open_after.difference.high == math.inf


@pytest.mark.parametrize(("before", "during"), [(1.0, math.inf), (math.inf, 1.0), (math.inf, math.inf), (0.0, 1.0)])
def test_what_cannot_be_compared_rose_endlessly(before: float, during: float) -> None:
    assert ratio(before, during) == math.inf
