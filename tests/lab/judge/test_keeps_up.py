from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from lab.judge.bound import Bound, Kind, Status
from lab.judge.keeps_up import kept_up
from lab.measure.measurements import CaseMeasurements, ShardMeasurements
from lab.settings.slo import KeepsUpSettings
from tests.lab.made import measured

FLOOR = 10.0
NINETY = KeepsUpSettings(baseline="b1-peak", efficiency=0.9, cpu=1.5, p99=2)


def case(name: str, share: float = 1.0, **by_shard: Any) -> CaseMeasurements:
    """A case with this share of its fills, and these changes of each loaded shard."""
    one = measured(name)

    def changed(shard: ShardMeasurements) -> ShardMeasurements:
        fewer = {window: rate * share for window, rate in shard.match_rate.items()}
        return replace(shard, match_rate=fewer, **(by_shard if shard.is_loaded else {}))

    return replace(one, shards=tuple(map(changed, one.shards)))


def slow(p99: float, name: str = "b3") -> dict[str, Any]:
    """The changes of shards with this p99 in the engine."""
    shards = measured(name).loaded
    return {"latency": {window: replace(one, p99=p99) for window, one in shards[0].latency.items()}}


def bounds(many: CaseMeasurements, base: CaseMeasurements | None = None) -> Mapping[str, Bound]:
    return {bound.name: bound for bound in kept_up(NINETY, many, {"b1-peak": base or measured("b1-peak")}, floor=FLOOR)}


def test_three_shards_that_do_as_one_does_keep_up() -> None:
    found = bounds(measured("b3"))

    assert {bound.status for bound in found.values()} == {Status.MET}
    assert [bound.kind for bound in found.values()] == [Kind.FILLS, Kind.LATENCY, Kind.LATENCY]
    fills = found["keeps_up"]
    assert fills.line.startswith(
        "kept up with the load: throughput(3) = 6,048 matches/min, 3 times throughput(1) = 2,016"
    )
    assert fills.figure == pytest.approx(3)
    assert fills.limit == pytest.approx(2.7)


@pytest.mark.parametrize(
    ("share", "status"),
    [(0.97, Status.MET), (0.9, Status.UNDECIDED), (0.8, Status.MISSED), (0.6, Status.MISSED), (0.0, Status.MISSED)],
)
def test_fills_that_are_lost_are_a_miss(share: float, status: Status) -> None:
    assert bounds(case("b3", share))["keeps_up"].status is status


def test_a_load_that_goes_to_one_shard_shows_nothing_and_is_an_alarm() -> None:
    """Its engine makes three times the baseline's matches, as it takes three times the orders."""
    one = measured("b3")
    first = one.shards[0]
    all_of_it = replace(
        first,
        match_rate={window: 3 * rate for window, rate in first.match_rate.items()},
        latency={window: replace(seen, orders=3 * seen.orders) for window, seen in first.latency.items()},
    )
    idle = [
        replace(
            shard,
            match_rate=dict.fromkeys(shard.match_rate, 0.0),
            latency={window: replace(seen, orders=0) for window, seen in shard.latency.items()},
        )
        for shard in one.shards[1:]
    ]

    found = bounds(replace(one, shards=(all_of_it, *idle)))["keeps_up"]

    assert found.status is Status.UNMEASURED
    assert (
        "ALARM: more than the baseline's load on one shard: the shards took a 5,040, b 0, c 0 orders/min" in found.line
    )


def test_more_fills_than_so_many_shards_can_make_are_an_alarm() -> None:
    found = bounds(case("b3", 1.3))["keeps_up"]

    assert found.status is Status.UNMEASURED
    assert "ALARM: more than 3 times" in found.line


def test_a_baseline_at_another_load_per_shard_shows_nothing() -> None:
    found = {bound.name: bound for bound in kept_up(NINETY, measured("b3"), {"b1-peak": measured("b1")}, floor=FLOOR)}[
        "keeps_up"
    ]

    assert found.status is Status.UNMEASURED
    assert "at another load per shard nothing is shown" in found.line


@pytest.mark.parametrize(
    ("blocks", "status"),
    [((1.5, 1.6, 1.4), Status.MET), ((2.2, 2.3, 2.1), Status.UNDECIDED), ((4.0, 4.1, 3.9), Status.MISSED)],
)
def test_an_engine_that_needs_much_more_cpu_for_an_order_does_not_keep_up(
    blocks: tuple[float, ...], status: Status
) -> None:
    assert bounds(case("b3", cpu_per_order={"stage 4": blocks}))["keeps_up_cpu"].status is status


def test_cpu_that_is_not_known_of_one_shard_is_not_met_by_the_others() -> None:
    known = case("b3", cpu_per_order={"stage 4": (1.5, 1.6, 1.4)})
    *others, last = known.shards

    found = bounds(replace(known, shards=(*others, replace(last, cpu_per_order={}))))["keeps_up_cpu"]

    assert found.status is Status.UNMEASURED
    assert found.line.endswith("it is not known of shard c")


@pytest.mark.parametrize("blocks", [{}, {"stage 4": (9.0,)}], ids=["nobody measures it", "a trial is one block"])
def test_cpu_that_is_not_known_is_not_judged(blocks: dict[str, tuple[float, ...]]) -> None:
    assert set(bounds(case("b3", cpu_per_order=blocks))) == {"keeps_up", "keeps_up_p99"}


@pytest.mark.parametrize(
    ("p99", "base", "status"),
    [
        (9.0, 2.0, Status.MET),  # both below the floor
        (60.0, 2.0, Status.MISSED),
        (100.0, 100.0, Status.MET),
        (180.0, 100.0, Status.UNDECIDED),
        (500.0, 100.0, Status.MISSED),
    ],
)
def test_a_p99_well_above_the_baselines_does_not_keep_up(p99: float, base: float, status: Status) -> None:
    many, one = case("b3", **slow(p99)), case("b1-peak", **slow(base, "b1-peak"))

    assert bounds(many, one)["keeps_up_p99"].status is status


def test_without_valid_figures_of_the_baseline_nothing_is_judged() -> None:
    (found,) = kept_up(NINETY, measured("b3"), {"b2": measured("b2")}, floor=FLOOR)

    assert found.status is Status.UNMEASURED
    assert "needs valid figures of b1-peak in the same run" in found.line


def test_a_baseline_without_matches_is_nothing_to_compare_with() -> None:
    assert bounds(measured("b3"), case("b1-peak", 0.0))["keeps_up"].status is Status.UNMEASURED
