import math
import random
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.judge.median import CONFIDENCE, FEWEST, place, spread

figures = st.lists(st.floats(0, 1e6), min_size=2, max_size=25)


@pytest.mark.parametrize(
    ("count", "is_more_better", "middle"),
    [(1, False, 1), (3, False, 2), (3, True, 2), (4, False, 3), (4, True, 2), (5, True, 3)],
)
def test_the_median_is_a_figure_that_was_measured_and_of_two_the_worse(
    count: int, *, is_more_better: bool, middle: int
) -> None:
    assert place(count, is_more_better=is_more_better) == middle


@pytest.mark.parametrize(("count", "held"), [(2, 0.5), (3, 0.75), (4, 0.875), (5, 0.9375)])
def test_fewer_than_six_have_their_range_and_say_how_little_it_is(count: int, held: float) -> None:
    found = spread([float(n) for n in range(count)], is_more_better=False)

    assert found.is_range
    assert (found.low, found.high, found.coverage) == (0, count - 1, held)
    assert held < CONFIDENCE


@pytest.mark.parametrize("count", range(FEWEST, 30))
def test_an_interval_holds_the_true_median_as_often_as_it_says(count: int) -> None:
    """Counted over every way in which the figures may lie on either side of it, as coins fall."""
    for is_more_better in (False, True):
        found = spread([float(n) for n in range(1, count + 1)], is_more_better=is_more_better)
        below = [math.comb(count, n) / 2**count for n in range(count + 1)]
        held = sum(chance for n, chance in enumerate(below) if found.low <= n < found.high)

        assert not found.is_range
        assert found.coverage == pytest.approx(held)
        assert found.coverage >= CONFIDENCE


def test_the_coverage_is_that_of_all_ways_to_fall() -> None:
    """The same without a formula: each of six figures below or above the true median."""
    found = spread([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], is_more_better=False)
    ways = list(product([False, True], repeat=6))

    assert found.coverage == sum(1 <= sum(way) < 6 for way in ways) / len(ways)


@pytest.mark.parametrize("count", [16, 17, 24])
def test_where_it_is_wide_enough_it_is_the_interval_of_drawing_with_replacement(count: int) -> None:
    source = random.Random(3)  # noqa: S311 - no secret
    values = sorted(source.lognormvariate(0, 1) for _ in range(count))
    middle = place(count, is_more_better=False)
    drawn = sorted(sorted(source.choices(values, k=count))[middle - 1] for _ in range(20_000))

    found = spread(values, is_more_better=False)

    assert (found.low, found.high) == (drawn[500], drawn[19_499])


@given(figures, st.booleans())
def test_the_median_lies_in_its_interval_and_the_order_of_repetitions_is_nothing(
    values: list[float], is_more_better: bool
) -> None:
    found = spread(values, is_more_better=is_more_better)
    median = sorted(values)[place(len(values), is_more_better=is_more_better) - 1]
    turned = spread(values[::-1], is_more_better=is_more_better)

    assert found.low <= median <= found.high
    assert (turned.low, turned.high) == (found.low, found.high)
    assert found.figures == tuple(values)


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)), min_size=2, max_size=20))
def test_higher_figures_never_have_a_lower_interval(pairs: list[tuple[float, float]]) -> None:
    before = spread([value for value, _ in pairs], is_more_better=False)
    after = spread([value + more for value, more in pairs], is_more_better=False)

    assert before.low <= after.low
    assert before.high <= after.high


def test_an_endless_figure_is_the_highest() -> None:
    assert spread([3.0, math.inf, 2.0], is_more_better=False).high == math.inf
