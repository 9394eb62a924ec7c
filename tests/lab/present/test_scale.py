import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.present import scale
from lab.present.scale import Scale

KNOWN = st.lists(st.floats(0, 1e9), min_size=1, max_size=10)


def made(*known: float, may_be_log: bool = True) -> Scale:
    return scale.values(known, start=200.0, end=0.0, may_be_log=may_be_log)


def test_values_far_apart_are_shown_logarithmically() -> None:
    """2 ms and an objective of 200 ms are both to be read."""
    far = made(2.0, 200.0)

    assert far.is_log
    assert far(2.0) - far(20.0) == pytest.approx(far(20.0) - far(200.0))


@pytest.mark.parametrize("known", [(100.0, 200.0), (0.0, 200.0), ()])
def test_values_near_each_other_or_0_are_shown_from_0(known: tuple[float, ...]) -> None:
    near = made(*known)

    assert not near.is_log
    assert near.low == 0


def test_counts_are_never_shown_logarithmically() -> None:
    assert not made(1.0, 5000.0, may_be_log=False).is_log


@given(KNOWN, st.booleans())
def test_every_value_has_its_place_between_the_ends(known: list[float], may_be_log: bool) -> None:
    fit = scale.values(known, start=200.0, end=0.0, may_be_log=may_be_log)

    assert all(-1e-6 <= fit(value) <= 200 + 1e-6 for value in known)
    assert fit.high >= max(known)
    assert [fit(value) for value in sorted(known)] == sorted((fit(value) for value in known), reverse=True)


@given(KNOWN, st.booleans())
def test_ticks_are_a_few_within_the_axis(known: list[float], may_be_log: bool) -> None:
    fit = scale.values(known, start=200.0, end=0.0, may_be_log=may_be_log)
    ticks = scale.ticks(fit)

    assert 1 <= len(ticks) <= 12
    assert all(fit.low * (1 - 1e-6) <= tick <= fit.high * (1 + 1e-6) for tick in ticks)


def test_ticks_are_round() -> None:
    assert scale.ticks(made(870.0)) == (0, 200, 400, 600, 800, 1000)
    assert scale.ticks(made(1.2, 200.0)) == (1, 3, 10, 30, 100, 300)
    assert scale.ticks(made(20.0, 200.0)) == (20, 50, 100, 200, 500)


@pytest.mark.parametrize(("seconds", "wanted", "step"), [(38, 8, 5), (300, 10, 30), (600, 3, 300), (86400, 5, 18000)])
def test_times_are_divided_as_a_clock_is(seconds: float, wanted: int, step: float) -> None:
    ticks = scale.times(seconds, wanted)

    assert ticks[1] - ticks[0] == step
    assert ticks[-1] <= seconds < ticks[-1] + step


@given(st.lists(st.floats(0, 200), min_size=1, max_size=6))
def test_labels_are_moved_apart_and_stay_in_order(places: list[float]) -> None:
    moved = scale.spread(places, 14.0, 0.0, 200.0)

    ordered = sorted(moved)
    assert all(right - left >= 14 - 1e-6 for left, right in pairwise(ordered))
    assert all(-1e-6 <= place <= 200 + 1e-6 for place in moved)
    assert [p for _, p in sorted(zip(places, moved, strict=True))] == ordered


def test_labels_that_are_apart_stay_where_they_are() -> None:
    assert scale.spread([100.0, 20.0], 14.0, 0.0, 200.0) == (100.0, 20.0)


def test_an_endless_value_has_no_part_in_the_axis() -> None:
    assert math.isfinite(made(2.0, math.inf).high)
