import pytest

from lab.core.windows import Outage, Window, judged, load_window, slices

OUTAGE = Outage(began=60_000, in_force=62_000, ending=182_000, over=190_000)


def test_without_a_fault_all_after_the_warm_up_is_judged() -> None:
    assert judged(load_window(1000, 300), warmup=30) == (Window(name="whole", start=31_000, end=301_000),)


def test_an_outage_makes_windows_around_it_and_one_of_its_going_and_coming_too() -> None:
    windows = {one.name: (one.start, one.end) for one in judged(load_window(0, 270), warmup=15, outage=OUTAGE)}

    assert windows == {
        "whole": (15_000, 270_000),
        "before": (15_000, 60_000),
        "during": (62_000, 182_000),
        "outage": (60_000, 190_000),
        "after": (190_000, 270_000),
    }


def test_a_recovery_after_the_loads_end_leaves_no_time_after() -> None:
    windows = {one.name: one for one in judged(load_window(0, 120), warmup=15, outage=OUTAGE)}

    assert windows["during"].end == 120_000
    assert windows["after"].seconds == 0


def test_each_stage_of_a_ramp_is_judged_but_for_the_warm_up() -> None:
    windows = judged(load_window(1000, 60), warmup=15, stages=[10, 20, 30])

    assert {one.name: (one.start, one.end) for one in windows} == {
        "whole": (16_000, 61_000),
        "stage 2": (16_000, 31_000),  # the warm-up takes all of the first and some of the second
        "stage 3": (31_000, 61_000),
    }


def test_a_windows_end_is_not_in_it() -> None:
    window = Window(name="w", start=10, end=20)

    assert (10 in window, 19.9 in window, 20 in window) == (True, True, False)


@pytest.mark.parametrize(
    ("seconds", "lengths"),
    [
        (300, [60] * 5),
        (270, [60] * 4 + [30]),
        (255, [60] * 4),  # a rest of 15 s says little of a minute
        (285, [60] * 4 + [45]),
        (120, [40] * 3),  # too short for minutes: thirds
        (30, [10] * 3),
    ],
)
def test_rates_are_taken_by_the_minute(seconds: float, lengths: list[float]) -> None:
    assert [pytest.approx(length) for length in lengths] == [one.seconds for one in slices(load_window(0, seconds))]
