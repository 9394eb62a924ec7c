from dataclasses import replace

import pytest

from lab.core.windows import load_window
from lab.judge.bound import Bound, Status
from lab.judge.throughput import matches_kept
from lab.settings.slo import MatchesSettings
from tests.lab.made import START, measured

KEPT = MatchesSettings(per_minute=4750, minutes=4)


def kept(*by_slice: float, seconds: float = 300, bound: MatchesSettings = KEPT) -> Bound:
    """Two thirds of the fills in shard a, the others in b."""
    a, b, _ = measured("b2").shards
    shards = tuple(
        replace(shard, matches_per_minute=tuple(rate * part for rate in by_slice))
        for shard, part in ((a, 2 / 3), (b, 1 / 3))
    )
    return matches_kept(bound, measured("b2", shards=shards, load=load_window(START, seconds)))


@pytest.mark.parametrize(
    ("by_minute", "is_met", "longest"),
    [
        ((5000, 5000, 5000, 5000, 5000), True, 5),
        ((100, 4750, 4750, 4750, 4750), True, 4),
        ((5000, 5000, 4749, 5000, 5000), False, 2),  # four minutes, but not one after the other
        ((5330, 4090, 2500, 30, 0), False, 1),
        ((0, 0, 0, 0, 0), False, 0),
    ],
)
def test_a_rate_is_kept_in_consecutive_minutes(by_minute: tuple[float, ...], *, is_met: bool, longest: int) -> None:
    found = kept(*by_minute)

    assert found.status is Status.of(is_met=is_met)
    assert found.line.endswith(f"4 consecutive >= 4,750: {'yes' if is_met else 'no'} (longest {longest})")


@pytest.mark.parametrize(
    ("by_minute", "figure"),
    [
        ((5000, 5100, 5200, 4900, 100), 4900),
        ((100, 4750, 4751, 4752, 4753), 4750),
        ((5000, 5000, 4749, 5000, 5000), 4749),
        ((0, 0, 0, 0, 0), 0),
    ],
)
def test_its_figure_is_the_highest_rate_that_was_kept_as_long_as_asked(
    by_minute: tuple[float, ...], figure: float
) -> None:
    assert kept(*by_minute).figure == pytest.approx(figure)


def test_the_line_has_every_minute() -> None:
    assert kept(5912, 5870, 100, 0, 1).line.startswith("matches/min by minute: 5,912 5,870 100 0 1; ")


def test_the_rest_of_a_load_is_no_minute() -> None:
    assert kept(5000, 5000, 5000, 5000, seconds=210).status is Status.MISSED


def test_a_short_load_is_judged_by_its_thirds() -> None:
    found = kept(5000, 4000, 5000, seconds=30, bound=MatchesSettings(per_minute=4750, minutes=2))

    assert found.status is Status.MISSED
    assert found.line.startswith("matches/min by third: 5,000 4,000 5,000; 2 consecutive")
