"""A run's cases are compared with those before them, as far as their figures say anything."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lab.judge.verdict import Outcome, Verdict
from lab.measure.measurements import CaseMeasurements
from lab.present.results import Display
from lab.run import suite_run
from lab.run.suite_run import SuiteRun
from lab.settings.suites import Case
from lab.store.runs import Run
from tests.lab.made import generator, measured, shards, suite

ASR2 = suite("b1", "b1-peak", "b2", "b3", "b4")


def verdict_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rounds: int = 1, **figures: CaseMeasurements
) -> Verdict:
    """Run ASR 2 with these figures of some cases or repetitions (`b2_2`), and good ones of the others."""

    class Scripted:
        broke = ()

        def __init__(
            self, _bench: object, _run: object, chosen: Case, _topology: object, *, name: str, **_: object
        ) -> None:
            self._case, self._name = chosen.id, name.replace("-", "_")

        def measure(self) -> CaseMeasurements:
            return figures.get(self._name, measured(self._case))

    monkeypatch.setattr(suite_run, "CaseRun", Scripted)
    context: Any = None
    return SuiteRun(ASR2, Run.create(tmp_path, ASR2, datetime.now(UTC)), context, Display(ASR2), rounds=rounds).cases()


def outcomes_of(verdict: Verdict) -> dict[str, Outcome]:
    return {case.case: case.outcome for case in verdict.cases}


def test_keeping_up_and_isolation_are_judged_against_earlier_cases(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verdict = verdict_on(tmp_path, monkeypatch)

    assert verdict.outcome is Outcome.PASS
    assert {bound.name for case in verdict.cases for bound in case.bounds} >= {"keeps_up", "isolation"}


@pytest.mark.parametrize(("reference", "compared"), [("b1-peak", "b3"), ("b2", "b4")])
def test_nothing_is_compared_with_a_case_that_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reference: str, compared: str
) -> None:
    invalid = measured(reference, problems=("k6 broke",))

    outcomes = outcomes_of(verdict_on(tmp_path, monkeypatch, 1, **{reference.replace("-", "_"): invalid}))

    assert {case for case, outcome in outcomes.items() if outcome is Outcome.INVALID} == {reference, compared}


def test_a_case_that_misses_its_objective_is_a_reference_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcomes = outcomes_of(verdict_on(tmp_path, monkeypatch, b1=measured("b1", errors=50)))

    assert (outcomes["b1"], outcomes["b3"]) == (Outcome.FAIL, Outcome.PASS)


def test_a_repetition_is_compared_with_the_cases_of_its_own_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both lie near each other in time; a round without a valid reference has nothing to compare with."""
    slow = measured("b2", shards=shards("b2", b=9.0, c=9.0))
    invalid = measured("b2", problems=("k6 broke",))

    by_round = verdict_on(tmp_path, monkeypatch, 3, b2_2=slow).cases[4]
    without = verdict_on(tmp_path, monkeypatch, 2, b2_2=invalid).cases[4]

    figures = {bound.of: bound.by_repetition for bound in by_round.bounds if bound.of.startswith("shard")}
    assert figures == {"shard b": (1.0, 3.0 / 9.0, 1.0), "shard c": (1.0, 3.0 / 9.0, 1.0)}
    assert without.outcome is Outcome.INVALID
    assert without.reason.startswith("b4-2: isolation needs valid figures of b2")


def test_what_went_wrong_around_a_reference_spoils_what_it_can_have_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the reference had it harder, the other case looks better, and the other way round."""
    slow, quick = generator(cpu_share=0.97), generator(dropped=5)

    harder = verdict_on(tmp_path, monkeypatch, 1, b2=measured("b2", generator=slow)).cases
    easier = verdict_on(tmp_path, monkeypatch, 1, b2=measured("b2", generator=quick)).cases

    assert [case.outcome for case in harder if case.case in {"b2", "b4"}] == [Outcome.PASS, Outcome.INVALID]
    assert harder[-1].reason.startswith("b2, which this is compared with: k6 was short of CPU")
    assert [case.outcome for case in easier if case.case in {"b2", "b4"}] == [Outcome.INVALID, Outcome.PASS]
