"""Runs a suite: every case in its turn, whatever became of the one before; then the verdict, which is kept."""

import shutil
import traceback
from datetime import UTC, datetime

from lab.core.errors import LabError
from lab.judge.bound import Bound
from lab.judge.suite_judge import SuiteJudge
from lab.judge.verdict import CaseVerdict, Verdict
from lab.process.shell import InterruptedLabError
from lab.run.case_run import CaseRun
from lab.run.listener import Explain, Listener
from lab.run.load_context import LoadContext
from lab.settings import repetition
from lab.settings.suites import Case, Suite
from lab.store.files import ErrorFile, VerdictFile
from lab.store.interrupted_run import InterruptedRun
from lab.store.runs import Run


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
        scaling: What searches say of its topology's scaling, where it asks for that.
        again: The run to go on with: its cases that have ended are not run again, whatever they came to.

    Attributes:
        judge: Knows the figures of the cases that have ended, and what they came to.
    """

    judge: SuiteJudge

    def __init__(  # noqa: PLR0913 - the last four have a value that does nothing
        self,
        suite: Suite,
        run: Run,
        context: LoadContext,
        listener: Listener,
        *,
        explain: Explain = lambda *_: None,
        rounds: int = 1,
        scaling: Bound | None = None,
        again: InterruptedRun | None = None,
    ) -> None:
        self._suite = suite
        self._run = run
        self._context = context
        self._listener = listener
        self._explain = explain
        self._rounds = rounds
        self._again = again
        self.judge = SuiteJudge(suite, rounds=rounds, scaling=scaling)

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
            if self._again and name in self._again.ended:
                verdict = self.judge.add(case, number, self._again.ended[name])
                self._listener.say(f"{name} had ended: {verdict.headline}")
                continue
            self._listener.begin(name, case.settings.title)
            self._listener.end(self._case(case, name, number))

    def _keep(self) -> Verdict:
        verdict = self.judge.verdict()
        self._run.write(
            VerdictFile(run=self._run.id, rounds=self._rounds, exit_code=verdict.exit_code, verdict=verdict)
        )
        return verdict

    def _case(self, case: Case, name: str, number: int) -> CaseVerdict:
        began = datetime.now(UTC)
        notes = []
        if self._again and name in self._again.begun:
            shutil.rmtree(self._run.path / name, ignore_errors=True)
            notes = ["it was begun a second time: what conducted the run ended in the middle of it"]
        execution = CaseRun(
            self._context, self._run, case, self._suite.topology, seed=self._suite.seed, name=name, notes=notes
        )
        try:
            measured = execution.measure()
        except InterruptedLabError:
            raise
        except LabError as error:
            self._explain(name, began, error)
            return self.judge.add_broken(case, number, error.summary)
        except Exception as error:  # noqa: BLE001 - the next case runs whatever this one did
            self._run.write(ErrorFile(traceback=tuple(traceback.format_exc().splitlines())), name)
            self._explain(name, began, error)
            reason = f"{type(error).__name__}: {error}; see {name}/{ErrorFile.FILE}"
            return self.judge.add_broken(case, number, reason)
        if execution.broke:
            first, *others = execution.broke
            details = [error.summary for error in others]
            self._explain(name, began, LabError(first.summary, details=details, cause=first.cause))
        return self.judge.add(case, number, measured)
