"""Judges a suite's run case by case, as its figures come; pure: the same figures give the same verdict."""

from collections.abc import Mapping
from dataclasses import replace

from lab.judge.bound import Bound
from lab.judge.repeated import judge_repeated
from lab.judge.verdict import CaseVerdict, Verdict, broken_case, judge, judge_case
from lab.measure.measurements import CaseMeasurements
from lab.settings import repetition
from lab.settings.suites import Case, Suite

NOT_RUN = "not run: the run was aborted"


class SuiteJudge:
    """A run under judgement.

    Args:
        suite: What was asked.
        rounds: How often its cases are run.
        scaling: What searches say of its topology's scaling, where it asks for that.

    Attributes:
        measured: The figures so far, by the names of their repetitions.
    """

    measured: dict[str, CaseMeasurements]

    def __init__(self, suite: Suite, *, rounds: int = 1, scaling: Bound | None = None) -> None:
        self._scaling = scaling
        self._suite = suite
        self._rounds = rounds
        self._verdicts: dict[str, CaseVerdict] = {}
        self.measured = {}

    def add(self, case: Case, number: int, measured: CaseMeasurements) -> CaseVerdict:
        """Judge a case of a round by its figures, and by those of the same round's valid cases before it."""
        name = repetition.name(case.id, number)
        self.measured[name] = measured
        valid = self._valid(number)
        around = {one: self._verdicts[repetition.name(one, number)].around for one in valid}
        return self._keep(name, judge_case(case, measured, valid, around))

    def add_broken(self, case: Case, number: int, reason: str) -> CaseVerdict:
        """The verdict on a case of which nothing was measured."""
        return self._keep(repetition.name(case.id, number), broken_case(case, reason))

    def verdict(self) -> Verdict:
        """The verdict on what was added; what was not is INVALID."""
        cases = [self._verdict_on(case) for case in self._suite.cases]
        return judge(self._suite, cases, scaling=self._scaling)

    def _keep(self, name: str, verdict: CaseVerdict) -> CaseVerdict:
        self._verdicts[name] = replace(verdict, case=name)
        return self._verdicts[name]

    def _verdict_on(self, case: Case) -> CaseVerdict:
        names = repetition.names(case.id, self._rounds)
        each = [self._verdicts.get(name) or replace(broken_case(case, NOT_RUN), case=name) for name in names]
        return judge_repeated(case, each) if len(each) > 1 else each[0]

    def _valid(self, number: int) -> dict[str, CaseMeasurements]:
        """The cases of a round so far whose figures say anything: what others may be compared with."""
        names = {case.id: repetition.name(case.id, number) for case in self._suite.cases}
        return {
            case: self.measured[name]
            for case, name in names.items()
            if name in self._verdicts and name in self.measured and self._verdicts[name].is_valid
        }


def judge_suite(
    suite: Suite,
    measured: Mapping[str, CaseMeasurements],
    *,
    rounds: int = 1,
    broken: Mapping[str, str] | None = None,
    scaling: Bound | None = None,
) -> Verdict:
    """Judge a whole run.

    Args:
        suite: What was asked.
        measured: The figures, by the names of the repetitions.
        rounds: How often each case was run.
        broken: Why a repetition has no figures.
        scaling: What searches say of its topology's scaling, where it asks for that.
    """
    run = SuiteJudge(suite, rounds=rounds, scaling=scaling)
    for number in range(1, rounds + 1):
        for case in suite.cases:
            name = repetition.name(case.id, number)
            if name in measured:
                run.add(case, number, measured[name])
            elif broken and name in broken:
                run.add_broken(case, number, broken[name])
    return run.verdict()
