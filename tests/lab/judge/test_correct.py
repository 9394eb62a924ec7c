from typing import Any

import pytest

from lab.judge.bound import Bound, Kind, Status
from lab.judge.correct import correct
from lab.judge.repeated import judge_repeated
from lab.judge.verdict import Outcome, judge_case
from lab.measure.correctness import Correctness, Divergence, Way
from tests.lab.made import case, measured

LOST_FILL = Divergence(kind="lost fill", line="for o-1 expected 5 at 15000 of seed-1; none comes", book=("SELL",))


def checked(**changes: Any) -> Correctness:
    found = {
        "way": Way.REPLAY,
        "accepted": 5100,
        "orders": 5100,
        "fills": 6050,
        "replayed": 6050,
        "lost": 0,
        "found": 0,
    }
    return Correctness(**{**found, **changes})


def wrong(**changes: Any) -> Correctness:
    return checked(found=3, divergences=(LOST_FILL,), **changes)


def statuses(found: Correctness, lost: int | None = 0) -> dict[str, Status]:
    return {bound.name: bound.status for bound in correct(found, lost=lost)}


def test_an_engine_that_did_the_right_thing_meets_both_bounds() -> None:
    bounds = tuple(correct(checked(), lost=0))

    assert [bound.line for bound in bounds] == [
        "5,100 orders and 6,050 fills, as the replay has them",
        "0 of 5,100 accepted orders lost (limit 0)",
    ]
    assert {bound.kind for bound in bounds} == {Kind.CORRECTNESS}
    assert {bound.status for bound in bounds} == {Status.MET}


def test_the_first_divergence_is_in_the_line() -> None:
    (bound,) = correct(wrong(), lost=None)

    assert bound.status is Status.MISSED
    assert bound.line == (
        "the engine did something else: lost fill: for o-1 expected 5 at 15000 of seed-1; none comes, and 2 more; "
        "5,100 orders and 6,050 fills were published"
    )


def test_an_order_lost_in_an_outage_misses_both() -> None:
    assert statuses(wrong(lost=1)) == {"correct": Status.MISSED, "lost": Status.MISSED}


def test_an_engine_that_publishes_nothing_is_neither_right_nor_wrong() -> None:
    assert statuses(checked(orders=0, fills=0, unchecked="no records", is_silent=True)) == {}


def test_records_that_could_not_be_read_are_not_measured() -> None:
    assert statuses(checked(unchecked="7 records were gone before they could be read")) == {
        "correct": Status.UNMEASURED
    }


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        (None, Outcome.PASS),
        (checked(), Outcome.PASS),
        (checked(unchecked="no records", is_silent=True), Outcome.PASS),
        (wrong(), Outcome.FAIL),
        (checked(unchecked="the broker doesn't answer"), Outcome.INVALID),
    ],
)
def test_what_it_makes_of_a_case_that_is_fast(found: Correctness | None, outcome: Outcome) -> None:
    assert judge_case(case(), measured("a2", correctness=found)).outcome is outcome


def test_one_wrong_repetition_is_one_too_many() -> None:

    each = [judge_case(case(), measured("a2", correctness=found)) for found in (checked(), checked(), wrong())]
    verdict = judge_repeated(case(), each)
    bounds: dict[str, Bound] = {bound.name: bound for bound in verdict.bounds}

    assert (verdict.outcome, bounds["correct"].status) == (Outcome.FAIL, Status.MISSED)
