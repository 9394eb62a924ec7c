from dataclasses import replace
from typing import Any

import pytest

from lab.judge.bound import Bound, Kind, Status
from lab.judge.verdict import CaseVerdict, Outcome, Verdict, judge
from lab.present.deciding import deciding
from tests.lab.made import suite


def told(case: str, outcome: Outcome = Outcome.PASS, **changes: Any) -> CaseVerdict:
    status = {Outcome.UNDECIDED: Status.UNDECIDED, Outcome.FAIL: Status.MISSED}.get(outcome, Status.MET)
    bound = Bound(name="rise", kind=Kind.LATENCY, status=status, line="rise", **changes)
    return CaseVerdict(case=case, outcome=outcome, reasons=("rise",), bounds=(bound,))


def undecided(case: str, decided_by: int | None = 6, **changes: Any) -> CaseVerdict:
    return told(case, Outcome.UNDECIDED, decided_by=decided_by, **changes)


def asr1(*cases: CaseVerdict, **changes: Any) -> Verdict:
    return judge(replace(suite(), **changes), cases)


def test_the_only_undecided_case_is_run_so_often_that_it_may_be_decided() -> None:
    assert deciding(suite(), asr1(told("a2"), undecided("a4"))) == (
        "./invokew case a4 --repeat=6 (about 30 min) would decide it",
    )


def test_with_the_cases_that_it_is_compared_with() -> None:
    asr2 = suite("b1", "b1-peak", "b2", "b3", "b4")
    one, several = undecided("b4"), (undecided("b4"), undecided("b2", 9))

    assert deciding(asr2, judge(asr2, [one])) == ("./invokew case b4 --repeat=6 (about 66 min) would decide it",)
    assert deciding(asr2, judge(asr2, several))[0].startswith("./invokew asr2 --repeat=9 (about ")


def test_a_scaling_that_searches_left_undecided_is_searched_again() -> None:
    asr2 = suite("b1", "b1-peak", "b2", "b3", "b4")
    scaling = Bound(
        name="scaling", kind=Kind.FILLS, status=Status.UNDECIDED, line="s", advice="search again: ./invokew"
    )

    assert deciding(asr2, judge(asr2, [told("b2")], scaling=scaling)) == ("search again: ./invokew",)


def test_in_the_profile_and_on_the_runtime_of_the_run() -> None:
    trial = replace(suite("a4", profile="smoke"), runtime="process")

    (line,) = deciding(trial, judge(trial, [undecided("a4")]))

    assert line.startswith("./invokew case a4 --profile=smoke --repeat=6 --runtime=process (about ")


@pytest.mark.parametrize(
    "verdict",
    [
        asr1(told("a2")),
        asr1(told("a2"), undecided("a4", None)),
        asr1(told("a2", Outcome.FAIL), undecided("a4")),  # which stays FAIL
        asr1(told("a2"), told("a3-100", Outcome.FAIL), undecided("a4")),  # which stays CONDITIONAL
    ],
    ids=["all met", "not by repetitions", "a miss", "a missed condition"],
)
def test_where_repetitions_would_not_decide_it_there_is_no_command(verdict: Verdict) -> None:
    assert deciding(suite(), verdict) == ()


def test_what_else_would_decide_it_is_said_instead() -> None:
    advised = undecided("a4", None, advice="a bucket of 250 ms in the engine's histogram would decide it")

    assert deciding(suite(), asr1(told("a2"), advised)) == (
        "a bucket of 250 ms in the engine's histogram would decide it",
    )
