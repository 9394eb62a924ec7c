import math
from dataclasses import replace
from typing import Any

import pytest

from lab.judge.bound import Bound, Status
from lab.judge.bounds import bounds
from lab.measure.measurements import CaseMeasurements
from lab.measure.stretches import Stretch
from tests.lab.made import START, case, client, engine, latency, measured, shard, shards


def step(*by_stage: float) -> Bound:
    stages = {f"stage {number}": latency(p99) for number, p99 in enumerate(by_stage, start=1)}
    b3 = measured("b3", client={"whole": latency(), **stages})
    (found,) = (one for one in bounds(case("b3"), b3, {}) if one.name == "step_ms" and not one.of)
    return found


@pytest.mark.parametrize(
    ("by_stage", "status"),
    [
        ((2.0, 3.0, 2.5, 12.5), Status.MET),
        ((2.0, 42.0, 42.0, 42.0), Status.MISSED),
        ((2.0, 10.0, 18.0, 26.0), Status.MET),  # no step, though it rises
        ((100.0, 100.0, 95.0, 110.0), Status.UNDECIDED),  # by so much a load differs from itself
        ((100.0, 100.0, 100.0, 190.0), Status.MISSED),
        ((150.0, 2.0, 2.0, 2.0), Status.MET),
        ((2.0, 2.0, 2.0, math.inf), Status.MISSED),
        ((math.inf, math.inf), Status.MISSED),
    ],
)
def test_p99_rises_without_a_step_from_stage_to_stage(by_stage: tuple[float, ...], status: Status) -> None:
    assert step(*by_stage).status is status


def test_the_line_has_every_stage_and_the_largest_step() -> None:
    assert (
        step(2.0, 3.5, 3.0).line
        == "p99 by stage 2 ms, 3.5 ms, 3 ms; largest step +1.5 ms [+0.386 ms, +2.79 ms] (limit 20 ms)"
    )
    assert "largest step +infinite" in step(math.inf, math.inf).line
    assert step(2.0).status is Status.UNMEASURED


def in_engine(**changes: Any) -> CaseMeasurements:
    return measured(shards=(shard(latency={"whole": replace(engine(), **changes)}),))


def stretch(p99: float, low: float = 0.0) -> Stretch:
    return Stretch(start=START + 130_000, end=START + 190_000, orders=1020, p99=p99, low=low)


SLOW_C = tuple(replace(one, client=client(250.0)) if one.shard == "c" else one for one in shards("b4", a=3.0))


BUCKETS = {"p99_at_least": 1.0, "p99_at_most": 5.0, "low": 1.0, "high": 5.0}


@pytest.mark.parametrize(
    ("one", "figure", "line"),
    [
        (in_engine(**BUCKETS), 3.0, "p99 3 ms at the client, 1 to 5 ms in the engine (limit 200 ms)"),
        (in_engine(**BUCKETS | {"p99_at_most": 500.0, "low": 250.0, "high": 500.0}), 500.0, "p99 3 ms at the client, 250 to 500 ms in the engine (limit 200 ms)"),
        # own buckets may end below the limit, and the contract's show 30 s as 1 s
        (in_engine(**BUCKETS | {"p99_at_most": math.inf, "low": 1000.0, "high": math.inf}), math.inf, "p99 3 ms at the client, > 1,000 ms in the engine (limit 200 ms)"),
        # what misses its limit by little does not read like it
        (measured(p99=200.04), 200.04, "p99 200.04 ms at the client, 2 ms in the engine (limit 200 ms)"),
        # a shard with 5 % of the orders may have them all slow and hardly show in the client's p99
        (measured("b4", shards=SLOW_C), 250.0, "p99 3 ms at the client, 2 ms in the engine of shard a; missed: 250 ms at the client of shard c (limit 200 ms)"),
        (measured(stretches=(stretch(250.0, 240.0),)), 250.0, "p99 3 ms at the client, 2 ms in the engine; worst stretch 250 ms from 2:10 to 3:10; missed: 250 [240, 250] ms at the client from 2:10 to 3:10 (limit 200 ms)"),
        (measured(stretches=(replace(stretch(500.0, 250.0), by="engine", of="a"),)), 500.0, "p99 3 ms at the client, 2 ms in the engine; missed: 250 to 500 ms in the engine from 2:10 to 3:10 (limit 200 ms)"),
        (measured(p99=250.0, stretches=(stretch(3.0),)), 250.0, "p99 250 ms at the client, 2 ms in the engine; worst stretch 3 ms from 2:10 to 3:10 (limit 200 ms)"),
    ],
    ids=["by its buckets", "beyond the limit", "beyond the buckets", "a near miss", "one slow shard", "the worst stretch", "the engine's worst stretch", "better in its worst stretch"],
)  # fmt: skip
def test_the_worst_p99_there_is_is_judged(one: CaseMeasurements, figure: float, line: str) -> None:
    (p99, *_) = bounds(case(one.case), one, {})

    assert (p99.figure, p99.status, p99.line) == (figure, Status.of(is_met=figure < 200), line)


def seen(low: float, p99: float, high: float) -> CaseMeasurements:
    return measured(client={"whole": replace(latency(p99), low=low, high=high)})


@pytest.mark.parametrize(
    ("one", "status", "decided_by"),
    [
        (seen(180.0, 190.0, 199.9), Status.MET, None),
        (seen(180.0, 190.0, 200.0), Status.UNDECIDED, 2),
        (seen(150.0, 170.0, 300.0), Status.UNDECIDED, 13),
        (seen(150.0, 201.0, 400.0), Status.UNDECIDED, None),  # a hundred repetitions would not
        (seen(200.0, 210.0, 220.0), Status.MISSED, None),
        (seen(3.0, 4.0, math.inf), Status.UNDECIDED, None),  # so few orders bound it by nothing
        (in_engine(**BUCKETS | {"p99_at_most": 250.0, "low": 100.0, "high": 250.0}), Status.UNDECIDED, None),
        (in_engine(**BUCKETS | {"p99_at_most": 200.0, "low": 100.0, "high": 200.0}), Status.MET, None),
        (in_engine(**BUCKETS | {"high": math.inf}), Status.MET, None),  # of few orders: what there is is below
        (measured(stretches=(stretch(250.0, 150.0),)), Status.UNDECIDED, 6),
    ],
)  # fmt: skip
def test_p99_is_met_or_missed_only_with_its_whole_interval(
    one: CaseMeasurements, status: Status, decided_by: int | None
) -> None:
    (p99, *_) = bounds(case(), one, {})

    assert (p99.status, p99.decided_by) == (status, decided_by)
    assert ("undecided" in p99.line) is (status is Status.UNDECIDED)


def test_an_engine_between_two_bounds_around_the_limit_says_which_bound_would_decide() -> None:
    (p99, *_) = bounds(case(), in_engine(**BUCKETS | {"p99_at_most": 250.0, "low": 100.0, "high": 250.0}), {})

    assert p99.line == (
        "p99 3 ms at the client, 100 to 250 ms in the engine, undecided: a bucket bound at 200 ms in the engine's "
        "histogram would decide it (limit 200 ms)"
    )


@pytest.mark.parametrize(
    ("errors", "orders", "status"),
    [
        (0, 4590, Status.MET), (32, 4590, Status.MET), (40, 4590, Status.UNDECIDED), (50, 4590, Status.UNDECIDED),
        (61, 4590, Status.MISSED), (0, 136, Status.UNDECIDED), (10, 136, Status.MISSED), (0, 0, Status.UNDECIDED),
    ],
)  # fmt: skip
def test_few_orders_say_little_of_errors_and_many_failed_ones_are_a_miss(
    errors: int, orders: int, status: Status
) -> None:
    found = measured(client={"whole": latency(orders=orders, errors=errors)})
    (errors_bound,) = (one for one in bounds(case(), found, {}) if one.name == "error_rate")

    assert errors_bound.status is status


@pytest.mark.parametrize("name", ["a2", "a4", "b2", "b3", "b4"])
def test_every_bound_has_its_figure_limit_and_unit(name: str) -> None:
    """What repetitions and comparisons are made of; a bound is met just where its figure is within its limit."""
    others = {one: measured(one) for one in ("b1-peak", "b2")}

    for bound in bounds(case(name), measured(name), others):
        assert bound.figure is not None
        assert bound.limit is not None
        assert bound.unit in {"ms", "share", "times", "matches/min"}
        is_met = bound.figure >= bound.limit if bound.is_more_better else bound.figure <= bound.limit
        assert bound.status is Status.of(is_met=is_met)
