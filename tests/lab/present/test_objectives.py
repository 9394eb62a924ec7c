"""The first thing that a report shows: each objective, what was measured, and how far it is from its limit."""

from typing import Any

import pytest

from lab.core.figures import MILLISECONDS, PER_MINUTE, SHARE
from lab.judge.bound import Bound, Kind, Status
from lab.judge.verdict import Outcome
from lab.measure.correctness import Correctness, Way
from lab.present import not_shown, objectives
from lab.present.case_document import CaseReport
from tests.lab import made


def case(**bound: Any) -> CaseReport:
    given: dict[str, Any] = {
        "name": "p99_ms",
        "kind": Kind.LATENCY,
        "status": Status.MET,
        "line": "",
        "figure": 4.0,
        "limit": 200.0,
        "low": 3.7,
        "high": 4.9,
        "unit": MILLISECONDS,
    }
    return CaseReport(case="a2", title="", verdict=Outcome.PASS, reasons=(), bounds=(Bound(**{**given, **bound}),))


def row(**bound: Any) -> tuple[str, ...]:
    found = objectives.table([case(**bound)])
    assert found is not None
    (only,) = found.rows
    return tuple(only)


def test_an_objective_is_told_with_its_interval_and_how_far_it_is_from_its_limit() -> None:
    assert row() == ("a2: p99", "200 ms", "4 ms", "3.7 to 4.9 ms", "40.8 times below", "met")


def test_what_the_verdict_turns_on_comes_first() -> None:
    statuses = (Status.MET, Status.UNDECIDED, Status.MISSED, Status.MET, Status.UNMEASURED)

    found = objectives.objectives(case(status=status) for status in statuses)

    assert [one.status for one in found] == [
        Status.MISSED, Status.UNMEASURED, Status.UNDECIDED, Status.MET, Status.MET,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("bound", "margin"),
    [
        ({"status": Status.MISSED, "figure": 260.0, "low": 250.0, "high": 900.0}, "25 % above"),
        ({"status": Status.UNDECIDED, "figure": 199.0, "low": 150.0, "high": 250.0}, "-"),
        ({"status": Status.UNMEASURED, "figure": None, "low": None, "high": None}, "-"),
        ({"figure": 150.0, "low": None, "high": None}, "25 % below"),
        ({"figure": 0.0, "low": None, "high": None, "limit": 0.01, "unit": SHARE, "kind": Kind.ERRORS}, "far below"),
    ],
)
def test_the_margin_is_from_the_end_of_the_interval_that_is_nearest_to_the_limit(
    bound: dict[str, Any], margin: str
) -> None:
    assert row(**bound)[4] == margin


@pytest.mark.parametrize(
    ("status", "low", "high", "margin"),
    [(Status.MET, 5000.0, 5100.0, "5.26 % above"), (Status.MISSED, 2000.0, 2100.0, "2.26 times below")],
)
def test_more_is_better_of_matches(status: Status, low: float, high: float, margin: str) -> None:
    found = row(
        name="matches",
        kind=Kind.FILLS,
        status=status,
        figure=low,
        low=low,
        high=high,
        limit=4750.0,
        unit=PER_MINUTE,
        is_more_better=True,
    )

    assert (found[1], found[4]) == ("at least 4,750 matches/min", margin)


@pytest.mark.parametrize(
    ("correctness", "said"),
    [
        (None, "was not checked in a2."),
        ({"unchecked": "there are no records", "is_silent": True}, "was not checked in a2: there are no records."),
        ({}, ""),
    ],
)
def test_fills_that_nobody_checked_are_told(correctness: dict[str, Any] | None, said: str) -> None:
    whole = {"way": Way.REPLAY, "accepted": 9, "orders": 9, "fills": 9, "replayed": 9, "lost": 0, "found": 0}
    found = None if correctness is None else Correctness(**{**whole, **correctness})
    seen = case().model_copy(update={"measured": made.measured("a2", correctness=found)})

    lines = [line for line in not_shown.not_shown("smoke", "process", None, [seen]) if line.startswith("FILLS: ")]

    assert [line.endswith(said) for line in lines] == ([True] if said else [])


def test_a_trial_says_that_it_shows_no_objective_and_a_run_of_processes_what_it_left_out() -> None:
    trial, place = not_shown.not_shown("smoke", "process", None, [])

    assert trial == not_shown.TRIAL
    assert place.endswith("the broker was a stand-in.")


def test_a_scaling_that_nobody_searched_for_is_among_what_is_not_shown() -> None:
    line = "scaling: NOT JUDGED (./invokew capacity)"
    scaling = Bound(name="scaling", kind=Kind.FILLS, status=Status.UNMEASURED, line=line)

    *_, told = not_shown.not_shown("smoke", "k3d", None, [], scaling)

    assert told == "SCALING: how far more shards go than one. Scaling: NOT JUDGED (./invokew capacity)."
