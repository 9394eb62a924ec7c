import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab.compare import comparison, resampling, rule
from lab.compare.comparison import row, rows
from lab.compare.resampling import Estimate
from lab.compare.rule import MARGINS, Assessment, Change
from lab.compare.stretch import Execution, Stretch
from tests.lab.compare.simulated import simulated

NAMES = st.sampled_from(sorted(MARGINS))
FIGURE = st.floats(0, 1e4)
CHANGE = st.floats(-1e4, 1e4)


def exactly(*values: float) -> Estimate:
    return Estimate(value=values[0], resamples=tuple((one, one) for one in values))


@given(NAMES, FIGURE, CHANGE, FIGURE, FIGURE)
def test_a_worse_figure_never_gets_a_better_assessment(
    name: str, before: float, middle: float, length: float, further: float
) -> None:
    """The same interval, moved to the worse: what was worse stays so, and nothing becomes better or the same."""
    order = [Assessment.BETTER, Assessment.SAME, Assessment.NOISE, Assessment.WORSE]
    sign = -1 if name in rule.MORE_IS_BETTER else 1
    one = Change(value=middle, low=middle - length, high=middle + length)
    other = Change(value=middle + sign * further, low=one.low + sign * further, high=one.high + sign * further)

    first, second = rule.assess(name, before, one), rule.assess(name, before, other)

    if first is Assessment.WORSE:
        assert second is Assessment.WORSE
    if first is not Assessment.BETTER:
        assert second is not Assessment.BETTER
    if first is Assessment.SAME:
        assert order.index(second) >= order.index(first)


@given(NAMES, FIGURE)
def test_no_change_is_the_same(name: str, before: float) -> None:
    assert rule.assess(name, before, Change(value=0, low=0, high=0)) is Assessment.SAME


@given(st.integers(0, 5), st.floats(0, 200), st.floats(0, 200))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.usefixtures("few_resamples")
def test_a_larger_slowdown_never_turns_worse_into_anything_else(seed: int, slower: float, more: float) -> None:
    """Through everything: the resampled orders, percentiles, and the assessment; however many resamples."""
    before = [simulated(("before", seed), seconds=26.0)]
    first, second = (
        rows(before, [simulated(("after", seed), seconds=26.0, slower=by)]) for by in (slower, slower + more)
    )

    was = {one.name for one in first if one.assessment is Assessment.WORSE}
    assert was <= {one.name for one in second if one.assessment is Assessment.WORSE}


def test_the_larger_of_the_two_margins_counts() -> None:
    margin = MARGINS[resampling.CLIENT_P99]

    assert margin.at(4.0) == 10.0
    assert margin.at(400.0) == 40.0
    assert margin.at(math.inf) == 10.0


P99, MATCHES = resampling.CLIENT_P99, resampling.MATCHES


@pytest.mark.parametrize(
    ("name", "before", "after", "assessment"),
    [
        (P99, exactly(4.0), exactly(13.9), Assessment.SAME),
        (P99, exactly(4.0, 4.0), exactly(40.0, 13.0), Assessment.NOISE),
        (MATCHES, exactly(1200.0), exactly(1000.0), Assessment.WORSE),
        (MATCHES, exactly(1000.0), exactly(1200.0), Assessment.BETTER),
        (P99, exactly(4.0), exactly(math.inf), Assessment.WORSE),
        (P99, exactly(math.inf), exactly(4.0), Assessment.BETTER),
        (P99, exactly(math.inf), exactly(math.inf), Assessment.SAME),
    ],
    ids=["sure but small", "may be small", "fewer matches", "more matches", "now infinite", "infinite before", "infinite twice"],
)  # fmt: skip
def test_a_change_is_assessed_by_its_interval_and_the_margin(
    name: str, before: Estimate, after: Estimate, assessment: Assessment
) -> None:
    assert row(name, before, after).assessment is assessment


def test_a_figure_of_an_invalid_case_is_shown_but_never_named() -> None:
    one = row(resampling.CLIENT_P99, exactly(4.0), exactly(400.0), why_not="INVALID after")

    assert (one.before, one.after, one.assessment) == (4.0, 400.0, Assessment.UNJUDGED)


def test_a_percentile_of_too_few_orders_is_never_named() -> None:
    one = row(resampling.CLIENT_P999, exactly(4.0), exactly(400.0), is_few=True)

    assert (one.assessment, one.note) == (Assessment.NOISE, "too few orders")


@pytest.mark.parametrize(
    ("name", "enough"),
    [
        (resampling.CLIENT_P50, 10),
        (resampling.CLIENT_P95, 100),
        (resampling.CLIENT_P99, 500),
        (resampling.CLIENT_P999, 5000),
    ],
)
def test_of_a_percentile_five_orders_have_to_lie_beyond(name: str, enough: int) -> None:
    """docs/compare.md: 500 orders for p99, 5,000 for p99.9."""
    assert comparison._is_few(name, enough - 1)
    assert not comparison._is_few(name, enough)


def test_a_figure_that_one_run_lacks_is_not_known() -> None:
    one = row(resampling.RISE, exactly(1.0), None)

    assert (one.assessment, one.change, one.noise[1]) == (Assessment.UNKNOWN, None, None)


def test_failed_orders_are_worse() -> None:
    def execution(errors: int) -> Execution:
        return tuple(
            Stretch(window="whole", seconds=10.0, latencies=(*[1.0] * (200 - errors), *[math.inf] * errors))
            for _ in range(10)
        )

    found = {one.name: one for one in rows([execution(0)], [execution(6)])}

    assert found[resampling.ERRORS].assessment is Assessment.WORSE
    assert found[resampling.ERRORS].after == 0.03
    assert found[resampling.CLIENT_P99].assessment is Assessment.WORSE
