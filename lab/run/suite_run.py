"""Runs a suite: every case in its turn, whatever became of the one before; then the verdict, which is kept."""

import traceback
from dataclasses import replace
from datetime import UTC, datetime

from lab.core.errors import LabError
from lab.judge.repeated import judge_repeated
from lab.judge.verdict import CaseVerdict, Verdict, broken_case, judge, judge_case
from lab.measure.measurements import CaseMeasurements
from lab.process.shell import InterruptedLabError
from lab.run.case_run import CaseRun
from lab.run.listener import Explain, Listener
from lab.run.load_context import LoadContext
from lab.settings import repetition
from lab.settings.suites import Case, Suite
from lab.store.runs import Run

NOT_RUN = "not run: the run was aborted"


class SuiteRun:
    """One execution of a suite, with its folder.

    Args:
        suite: What to run.
        run: Its folder.
        context: What cases are run with.
        listener: Who is told.
        explain: Told of each case that breaks.
        rounds: How often the whole suite is run: a case's repetitions lie a round apart, so that what changes on the
            machine meanwhile spreads over all cases.

    Attributes:
        measured: Fills as cases end, by the names of their repetitions.
    """

    measured: dict[str, CaseMeasurements]

    def __init__(  # noqa: PLR0913 - the last two have a value that does nothing
        self,
        suite: Suite,
        run: Run,
        context: LoadContext,
        listener: Listener,
        *,
        explain: Explain = lambda *_: None,
        rounds: int = 1,
    ) -> None:
        self._suite = suite
        self._run = run
        self._context = context
        self._listener = listener
        self._explain = explain
        self._rounds = rounds
        self._verdicts: dict[str, CaseVerdict] = {}
        self.measured = {}

    def cases(self) -> Verdict:
        """Run the cases and judge them; the verdict is written however this ends, so it is INVALID until then."""
        self._keep()
        try:
            for number in range(1, self._rounds + 1):
                if self._rounds > 1:
                    self._listener.say(f"round {number} of {self._rounds}")
                self._round(number)
        finally:
            verdict = self._keep()
        return verdict

    def _round(self, number: int) -> None:
        for case in self._suite.cases:
            name = repetition.name(case.id, number)
            self._listener.begin(name, case.settings.title)
            self._verdicts[name] = replace(self._case(case, name, number), case=name)
            self._listener.end(self._verdicts[name])

    def _keep(self) -> Verdict:
        verdict = self.verdict()
        self._run.write("verdict.json", {**shown(verdict, self._rounds), "run": self._run.id})
        return verdict

    def verdict(self) -> Verdict:
        """The verdict on what has run; what has not is INVALID."""
        return judge(self._suite, [self._verdict_on(case) for case in self._suite.cases])

    def _verdict_on(self, case: Case) -> CaseVerdict:
        names = [repetition.name(case.id, number) for number in range(1, self._rounds + 1)]
        verdicts = [self._verdicts.get(name) or replace(broken_case(case, NOT_RUN), case=name) for name in names]
        return judge_repeated(case, verdicts) if len(verdicts) > 1 else verdicts[0]

    def _case(self, case: Case, name: str, number: int) -> CaseVerdict:
        began = datetime.now(UTC)
        try:
            measured = CaseRun(self._context, self._run, case, self._suite.topology, name=name).measure()
        except InterruptedLabError:
            raise
        except LabError as error:
            self._explain(name, began, error)
            return broken_case(case, error.summary)
        except Exception as error:  # noqa: BLE001 - the next case runs whatever this one did
            lines = traceback.format_exc().splitlines()
            self._run.write(f"{name}/error.json", {"traceback": lines})
            self._explain(name, began, error)
            return broken_case(case, f"{type(error).__name__}: {error}; see {name}/error.json")
        if broke := [*measured.problems, *filter(None, [measured.fault_error])]:
            self._explain(name, began, LabError(broke[0], details=broke[1:]))
        verdict = judge_case(case, measured, self._valid(number))
        self.measured[name] = measured
        return verdict

    def _valid(self, number: int) -> dict[str, CaseMeasurements]:
        """The cases of this round so far whose figures say anything: what others may be compared with."""
        names = {case.id: repetition.name(case.id, number) for case in self._suite.cases}
        return {
            case: self.measured[name]
            for case, name in names.items()
            if name in self.measured and self._verdicts[name].is_valid
        }


def shown(verdict: Verdict, rounds: int) -> dict[str, object]:
    """What `verdict.json` says of a run of so many rounds."""
    return {
        "suite": verdict.suite,
        "profile": verdict.profile,
        "runtime": verdict.runtime,
        "verdict": verdict.outcome,
        "reason": verdict.reason,
        "exit_code": verdict.exit_code,
        **({"repeat": rounds} if rounds > 1 else {}),
        "cases": [_shown_case(case) for case in verdict.cases],
    }


def _shown_case(case: CaseVerdict) -> dict[str, object]:
    shown = {"case": case.case, "verdict": case.outcome, "reasons": case.reasons, "bounds": case.bounds}
    if case.repetitions:
        shown["repetitions"] = [_shown_case(one) for one in case.repetitions]
    return shown
