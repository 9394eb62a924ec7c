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
    (found,) = (one for one in bounds(case("b3"), b3, {}) if one.name == "step_ms")
    return found


@pytest.mark.parametrize(
    ("by_stage", "is_met"),
    [
        ((2.0, 3.0, 2.5, 22.5), True),
        ((2.0, 22.1, 22.0, 22.0), False),
        ((2.0, 20.0, 40.0, 60.0), True),  # no step, though it rises
        ((150.0, 2.0, 2.0, 2.0), True),
        ((2.0, 2.0, 2.0, math.inf), False),
        ((math.inf, math.inf), False),
    ],
)
def test_p99_rises_without_a_step_from_stage_to_stage(by_stage: tuple[float, ...], *, is_met: bool) -> None:
    assert step(*by_stage).status is Status.of(is_met=is_met)


def test_the_line_has_every_stage_and_the_largest_step() -> None:
    assert step(2.0, 3.5, 3.0).line == "p99 by stage 2 ms, 3.5 ms, 3 ms; largest step +1.5 ms (limit 20 ms)"
    assert "largest step +infinite" in step(math.inf, math.inf).line
    assert step(2.0).status is Status.UNMEASURED


def in_engine(**changes: Any) -> CaseMeasurements:
    return measured(shards=(shard(latency={"whole": replace(engine(), **changes)}),))


def stretch(p99: float) -> Stretch:
    return Stretch(start=START + 130_000, end=START + 190_000, orders=1020, p99=p99)


SLOW_C = tuple(replace(one, client=client(250.0)) if one.shard == "c" else one for one in shards("b4", a=3.0))


@pytest.mark.parametrize(
    ("one", "figure", "line"),
    [
        (in_engine(p99=100.0), 100.0, "p99 3 ms at the client, 100 ms in the engine (limit 200 ms)"),
        # own buckets may end below the limit, and the contract's show 30 s as 1 s
        (in_engine(p99=100.0, is_beyond=True), math.inf, "p99 3 ms at the client, > 100 ms in the engine (limit 200 ms)"),
        # what misses its limit by little does not read like it
        (measured(p99=200.04), 200.04, "p99 200.04 ms at the client, 2 ms in the engine (limit 200 ms)"),
        (in_engine(p99=math.inf), math.inf, "p99 3 ms at the client, infinite in the engine (limit 200 ms)"),
        # a shard with 5 % of the orders may have them all slow and hardly show in the client's p99
        (measured("b4", shards=SLOW_C), 250.0, "p99 250 ms at the client, 2 ms in the slowest engine (limit 200 ms)"),
        (measured(worst=stretch(250.0)), 250.0, "p99 3 ms at the client, 2 ms in the engine; worst stretch 250 ms from 2:10 to 3:10 (limit 200 ms)"),
        # what lies between an outage's windows is in none of their stretches
        (measured(p99=250.0, worst=stretch(3.0)), 250.0, "p99 250 ms at the client, 2 ms in the engine; worst stretch 3 ms from 2:10 to 3:10 (limit 200 ms)"),
    ],
    ids=["the engine's", "beyond the buckets", "a near miss", "no order finished", "one slow shard", "the worst stretch", "between the stretches"],
)  # fmt: skip
def test_the_worst_p99_there_is_is_judged(one: CaseMeasurements, figure: float, line: str) -> None:
    (p99, *_) = bounds(case(one.case), one, {})

    assert (p99.figure, p99.status, p99.line) == (figure, Status.of(is_met=figure < 200), line)


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
