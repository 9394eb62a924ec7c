import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.core import figures
from lab.core.figures import (
    MILLISECONDS,
    PER_MINUTE,
    SHARE,
    TIMES,
    beside,
    change,
    clock,
    count,
    duration,
    figure,
    interval,
    ms,
    number,
    ratio,
    share,
    size,
    span,
)

INF = math.inf


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1_234_567.8, "1,234,568"),
        (1234.5, "1,234"),
        (187.4, "187"),
        (99.96, "100"),
        (56.78, "56.8"),
        (12.0, "12"),
        (1.254, "1.25"),
        (1.1, "1.1"),
        (0.1234, "0.123"),
        (0.05, "0.05"),
        (0.001, "0.001"),
        (0.000_999, "< 0.001"),
        (-1e-12, "> -0.001"),
        (0.0, "0"),
        (-56.78, "-56.8"),
        (INF, "infinite"),
        (-INF, "-infinite"),
        (math.nan, "-"),
        (None, "-"),
    ],
)
def test_a_figure_has_three_digits_or_all_of_its_whole_part(value: float | None, text: str) -> None:
    assert number(value) == text
    assert number(value, "s") == (f"{text} s" if text[-1].isdigit() else text)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (ms(1234.5), "1,234 ms"),
        (ms(0.25), "0.25 ms"),
        (ms(INF), "infinite"),
        (ms(5000.0, is_beyond=True), "> 5,000 ms"),
        (ms(INF, is_beyond=True), "infinite"),
        (ms(None, is_beyond=True), "-"),
        (share(0.025), "2.5 %"),
        (share(1.0), "100 %"),
        (share(0.000_001), "< 0.001 %"),
        (share(None), "-"),
        (count(999.98), "1,000"),
        (count(0.4, "orders"), "0 orders"),
        (count(INF), "infinite"),
        (figure(5912.4, "matches/min"), "5,912 matches/min"),
        (figures.seconds(0.25), "0.25 s"),
        (size(512 * 2**20), "512 MiB"),
        (size(7.65 * 2**30), "7.65 GiB"),
        (size(None), "-"),
        (ratio(1.254, 0.9, 1.6), "1.25 [0.9, 1.6]"),
        (ratio(INF, 2.0, INF), "infinite [2, infinite]"),
        (ratio(1.254), "1.25"),
        (clock(125.4), "2:05"),
        (clock(-5), "-0:05"),
        (clock(None), "-"),
        (span(60, 125), "1:00 to 2:05"),
        (duration(330), "5m30s"),
        (duration(60), "1m"),
        (duration(0), "0s"),
    ],
)
def test_each_kind_of_figure_has_one_form(written: str, text: str) -> None:
    assert written == text


@pytest.mark.parametrize(
    ("low", "high", "unit", "text"),
    [
        (12.5, 1234.5, "ms", "12.5 to 1,234 ms"),
        (0.0, 0.025, "share", "0 to 2.5 %"),
        (0.9, 1.6, "times", "0.9 to 1.6"),
        (12.5, INF, "ms", "12.5 ms to infinite"),
        (INF, INF, "ms", "infinite to infinite"),
        (None, None, "ms", "- to -"),
        (4750.0, 5912.4, "matches/min", "4,750 to 5,912 matches/min"),
    ],
)
def test_an_interval_names_its_unit_once(low: float | None, high: float | None, unit: str, text: str) -> None:
    assert interval(low, high, unit) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (12.5, "ms", "+12.5 ms"),
        (-1234.5, "ms", "-1,234 ms"),
        (0.0, "ms", "±0 ms"),
        (0.000_1, "ms", "±0 ms"),
        (0.005, "share", "+0.5 points"),
        (-0.25, "times", "-0.25"),
        (INF, "ms", "+infinite"),
        (-INF, "share", "-infinite"),
        (None, "ms", "-"),
    ],
)
def test_a_change_has_a_sign_and_a_share_changes_by_points(value: float | None, unit: str, text: str) -> None:
    assert change(value, unit) == text


@given(st.floats(min_value=0.001, max_value=1e12), st.sampled_from(sorted([*figures.UNITS, figures.PER_MINUTE])))
def test_a_figure_reads_as_what_it_is_but_for_its_fourth_digit(value: float, unit: str) -> None:
    """The text's own number lies within what three digits leave open, and half a whole one for counts."""
    shown = float(figure(value, unit).split(" ")[0].replace(",", "").removesuffix("%"))

    assert shown == pytest.approx(
        value * 100 if unit == "share" else value, rel=0.006, abs=0.001 if value < 1 else 0.51
    )


@pytest.mark.parametrize(
    ("value", "limit", "unit", "text"),
    [
        (200.4, 200.0, MILLISECONDS, "200.4 ms"), (199.96, 200.0, MILLISECONDS, "199.96 ms"), (200.0, 200.0, MILLISECONDS, "200 ms"),
        (3.42, 200.0, MILLISECONDS, "3.42 ms"), (0.010004, 0.01, SHARE, "1.0004 %"), (1.1004, 1.1, TIMES, "1.1004"),
        (4749.6, 4750.0, PER_MINUTE, "4,749.6 matches/min"), (math.inf, 200.0, MILLISECONDS, "infinite"), (None, 200.0, MILLISECONDS, "-"),
    ],
)  # fmt: skip
def test_a_figure_beside_its_limit_is_told_apart_from_it(
    value: float | None, limit: float, unit: str, text: str
) -> None:
    """A miss that reads like its limit would be a riddle."""
    assert beside(value, limit, unit) == text
