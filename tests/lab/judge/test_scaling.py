from dataclasses import replace

import pytest

from lab.judge.bound import Status
from lab.judge.scaling import scaled
from lab.measure.measurements import CaseMeasurements
from lab.settings.slo import ScalingSettings
from tests.lab.made import measured

NINETY = ScalingSettings(baseline="b1", efficiency=0.9)


def with_matches(name: str, per_minute: float) -> CaseMeasurements:
    """A case whose shards together have this match rate at its peak."""
    one = measured(name)
    part = {shard.shard: per_minute / len(one.loaded) if shard.is_loaded else 0.0 for shard in one.shards}
    return replace(one, shards=tuple(replace(shard, match_rate={one.peak: part[shard.shard]}) for shard in one.shards))


@pytest.mark.parametrize(
    ("matches", "is_met"),
    [(6000.0, True), (2700.0, True), (2699.9, False), (0.0, False)],
)
def test_three_shards_make_nine_tenths_of_three_times_the_matches_of_one(matches: float, *, is_met: bool) -> None:
    assert scaled(NINETY, with_matches("b3", matches), {"b1": with_matches("b1", 1000)}).status is Status.of(
        is_met=is_met
    )


def test_the_baseline_may_have_more_shards_than_one() -> None:
    """0.9 * 3/2 of what two shards make is 1.35 times as much."""
    two = with_matches("b2", 4000)
    fewer = replace(
        two, shards=(*two.shards[:2], replace(two.shards[2], is_loaded=False, match_rate={})), peak_rate=3000
    )
    base = sum(shard.match_rate["whole"] for shard in fewer.shards[:2])

    found = [scaled(NINETY, with_matches("b3", base * grown), {"b1": fewer}) for grown in (1.36, 1.34)]

    assert [bound.status for bound in found] == [Status.MET, Status.MISSED]


def test_a_load_that_was_the_limit_is_called_so() -> None:
    """At these rates both topologies do what they are asked: that says nothing of how far they go."""
    line = scaled(NINETY, with_matches("b3", 6048), {"b1": with_matches("b1", 1224)}).line

    assert line.startswith("throughput(3) = 6,048 matches/min, 4.94 times throughput(1) = 1,224 of b1 (at least 2.7")
    assert "asked for 4.94 times as much, so it was the limit, not the engines" in line
    assert "./invokew capacity" in line


def test_engines_that_fall_behind_the_load_are_not_excused_by_it() -> None:
    line = scaled(NINETY, with_matches("b3", 4000), {"b1": with_matches("b1", 1224)}).line

    assert line.endswith("the load asked for 4.94 times as much")


def test_without_valid_figures_of_the_baseline_nothing_is_judged() -> None:
    found = scaled(NINETY, measured("b3"), {"b2": measured("b2")})

    assert found.status is Status.UNMEASURED
    assert "needs valid figures of b1 in the same run" in found.line


def test_a_baseline_without_matches_is_nothing_to_compare_with() -> None:
    assert scaled(NINETY, measured("b3"), {"b1": with_matches("b1", 0)}).status is Status.UNMEASURED


def test_a_load_that_asks_for_less_than_what_is_to_be_shown_shows_nothing() -> None:
    gentle = replace(measured("b3"), peak_rate=2000)

    found = scaled(NINETY, gentle, {"b1": measured("b1")})

    assert found.status is Status.UNMEASURED
    assert "the load is 1.96 times that of b1 and can't show 2.7 times its matches" in found.line
