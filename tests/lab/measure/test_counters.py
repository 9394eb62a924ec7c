import math
from bisect import bisect_left
from itertools import accumulate, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.core.windows import Window
from lab.measure.counters import (
    Point,
    Series,
    at,
    born,
    earliest,
    increase,
    is_beyond,
    least,
    longest_gap,
    per_second,
    quantile,
    resets,
    since,
)

POINTS = ((0.0, 10.0), (5000.0, 20.0), (10_000.0, 40.0))


def series(*points: tuple[float, float]) -> Series:
    return Series(labels={}, points=points)


@pytest.mark.parametrize(
    ("instant", "value"), [(0, 10), (2500, 15), (5000, 20), (7500, 30), (10_000, 40), (-1, 10), (99_999, 40)]
)
def test_between_two_scrapes_a_counter_rises_along_a_straight_line(instant: float, value: float) -> None:
    assert at(POINTS, instant) == value


@settings(deadline=None)
@given(st.lists(st.integers(0, 50), min_size=2, max_size=30), st.lists(st.floats(0, 150_000), max_size=4))
def test_the_increases_of_adjoining_windows_add_up(steps: list[int], cuts: list[float]) -> None:
    one = series(*((n * 5000.0, float(total)) for n, total in enumerate(accumulate(steps))))
    edges = [0.0, *sorted(cuts), 150_000.0]

    parts = [increase([one], Window(name="w", start=a, end=b)) for a, b in pairwise(edges)]

    assert sum(parts) == pytest.approx(increase([one], Window(name="w", start=0, end=150_000)))
    assert min(parts) >= 0


@pytest.mark.parametrize(
    ("window", "speed"),
    [
        (Window(name="load", start=0, end=10_000), 3.0),
        (Window(name="load", start=-5000, end=15_000), 3.0),
        (Window(name="load", start=4000, end=20_000), pytest.approx((40 - 18) / 6)),
        (Window(name="load", start=10_000, end=20_000), None),
        (Window(name="load", start=-20_000, end=-10_000), None),
    ],
)
def test_a_counters_speed_is_that_of_the_time_its_points_cover(window: Window, speed: float | None) -> None:
    assert per_second(series(*POINTS), window) == speed


def test_one_point_has_no_speed() -> None:
    assert per_second(series((0.0, 10.0)), Window(name="load", start=-1, end=1)) is None


@pytest.mark.parametrize(
    ("points", "instant", "until", "count"),
    [(POINTS, 7000, math.inf, 20), (POINTS, 5000, 10_000, 20), (POINTS, 4000, 7500, 20), ((), 5000, math.inf, 0)],
)
def test_an_exact_count_is_taken_from_a_scrape_on(
    points: tuple[Point, ...], instant: float, until: float, count: float
) -> None:
    assert since(points, instant, until) == count


def test_a_counter_that_is_exposed_late_began_at_0() -> None:
    """Some libraries expose a labelled counter only once it has counted."""
    late = series((10_000, 8), (15_000, 20))

    whole = born(late, [0, 5000, 10_000, 15_000])

    assert whole.points == ((5000, 0), (10_000, 8), (15_000, 20))
    assert increase([whole], Window(name="w", start=0, end=15_000)) == 20


@pytest.mark.parametrize("scrapes", [[], [10_000, 15_000]])
def test_a_counter_that_every_scrape_had_is_left_as_it_is(scrapes: list[float]) -> None:
    known = series((10_000, 8), (15_000, 20))

    assert born(known, scrapes) == known


def test_gauges_are_summed_at_their_first_scrape_within() -> None:
    two = [series((0, 1), (5000, 30)), series((1000, 2), (6000, 40))]

    assert earliest(two, Window(name="w", start=4000, end=9000)) == 70
    assert earliest(two, Window(name="w", start=5500, end=9000)) is None
    assert earliest([], Window(name="w", start=0, end=9000)) is None


def test_a_counter_that_falls_is_a_restart() -> None:
    one = series((0, 50), (5000, 3), (10_000, 9))

    assert resets([one], Window(name="w", start=1000, end=20_000)) == 1
    assert resets([one], Window(name="w", start=6000, end=20_000)) == 0


def test_the_least_value_is_that_of_the_scrapes_within() -> None:
    assert least([series(*POINTS)], Window(name="w", start=1, end=9999)) == 20
    assert least([series(*POINTS)], Window(name="w", start=1, end=2)) is None


@pytest.mark.parametrize(
    ("instants", "gap"),
    [
        ([0, 5, 10, 15, 20, 25], 5),
        ([0, 5, 20, 25], 15),
        ([0, 5, 10], 10),  # nothing up to the window's end
        ([12, 17, 22], 10),  # nothing from its start
        ([], 18),
        ([-60, 0, 5, 10, 15, 20], 5),  # what lies before the window doesn't count
    ],
)
def test_the_longest_time_without_a_scrape_is_found(instants: list[float], gap: float) -> None:
    points = [(instant * 1000.0, 1.0) for instant in instants]

    assert longest_gap(points, Window(name="w", start=2000, end=20_000)) == gap


@settings(deadline=None)
@given(st.lists(st.floats(0.01, 999), min_size=1, max_size=200), st.sampled_from([0.5, 0.95, 0.99]))
def test_a_quantile_lies_in_the_bucket_of_the_true_one(values: list[float], share: float) -> None:
    bounds = [1, 5, 10, 25, 50, 100, 200, 500, 1000]
    buckets = {float(bound): float(sum(value <= bound for value in values)) for bound in bounds}
    buckets[math.inf] = float(len(values))

    found = quantile(buckets, share)

    true = sorted(values)[max(1, math.ceil(share * len(values) - 1e-9)) - 1]
    place = bisect_left(bounds, true)
    assert (bounds[place - 1] if place else 0) <= found <= bounds[place]


@pytest.mark.parametrize(
    ("buckets", "beyond"),
    [
        ({1.0: 0.0, math.inf: 10.0}, True), ({1.0: 98.0, math.inf: 100.0}, True), ({math.inf: 10.0}, True),
        ({1.0: 99.0, math.inf: 100.0}, False), ({1.0: 0.0, math.inf: 0.0}, False), ({}, False),
    ],
)  # fmt: skip
def test_a_quantile_above_the_last_bound_is_beyond(buckets: dict[float, float], *, beyond: bool) -> None:
    assert is_beyond(buckets, 0.99) is beyond


def test_nothing_observed_is_infinite() -> None:
    """A missing figure must never look like a good one."""
    assert quantile({1.0: 0.0, math.inf: 10.0}, 0.99) == 1.0  # beyond the last bound it is that one
    assert quantile({1.0: 0.0, math.inf: 0.0}, 0.99) == math.inf
    assert quantile({}, 0.99) == math.inf
