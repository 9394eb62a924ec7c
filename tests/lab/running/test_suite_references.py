"""A run's cases are compared with those before them, as far as their figures say anything."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lab.experiment.suites import Case
from lab.judging.verdict import Outcome, Verdict
from lab.measure.measurements import CaseMeasurements
from lab.running import suite_run
from lab.running.runs import Run
from lab.running.suite_run import SuiteRun
from lab.screen.results import Display
from tests.lab.made import generator, measured, suite

ASR2 = suite("b1", "b2", "b3", "b4")


def verdict_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **figures: CaseMeasurements) -> Verdict:
    """Run ASR 2 with these figures of some cases, and good ones of the others."""

    class Scripted:
        def __init__(self, _bench: object, _run: object, chosen: Case, _topology: object) -> None:
            self._case = chosen.id

        def measure(self) -> CaseMeasurements:
            return figures.get(self._case, measured(self._case))

    monkeypatch.setattr(suite_run, "CaseRun", Scripted)
    bench: Any = None
    return SuiteRun(ASR2, Run.create(tmp_path, ASR2, datetime.now(UTC)), bench, Display(ASR2)).cases()


def came_to(verdict: Verdict) -> dict[str, Outcome]:
    return {case.case: case.outcome for case in verdict.cases}


def test_scaling_and_isolation_are_judged_against_earlier_cases(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verdict = verdict_on(tmp_path, monkeypatch)

    assert verdict.outcome is Outcome.PASS
    assert {bound.name for case in verdict.cases for bound in case.bounds} >= {"scaling", "isolation"}


@pytest.mark.parametrize(("reference", "compared"), [("b1", "b3"), ("b2", "b4")])
def test_nothing_is_compared_with_a_case_that_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reference: str, compared: str
) -> None:
    invalid = measured(reference, generator=generator(dropped=5))

    outcomes = came_to(verdict_on(tmp_path, monkeypatch, **{reference: invalid}))

    assert {case for case, outcome in outcomes.items() if outcome is Outcome.INVALID} == {reference, compared}


def test_a_case_that_misses_its_objective_is_a_reference_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcomes = came_to(verdict_on(tmp_path, monkeypatch, b1=measured("b1", errors=50)))

    assert (outcomes["b1"], outcomes["b3"]) == (Outcome.FAIL, Outcome.PASS)
