"""Runs a suite on a lab that is up, shows it, and keeps it under `runs/`."""

from datetime import UTC, datetime
from functools import partial

from lab.conduct import provenance
from lab.conduct.place import Place
from lab.core.errors import FaultError, InvalidRunError, SloMissedError
from lab.core.paths import ROOT, RUNS
from lab.diagnose.broken_case import explain_in
from lab.judge.verdict import Verdict
from lab.present import report
from lab.present.results import Display
from lab.run import marks
from lab.run.suite_run import SuiteRun
from lab.settings.suites import Suite
from lab.store.runs import Run


def run_suite(place: Place, suite: Suite, *, rounds: int = 1) -> Verdict:
    """Run a suite on a lab that is up, show it and keep it under `runs/`.

    Args:
        place: What the lab stands on; its topology is the suite's already.
        suite: What to run.
        rounds: How often its cases are run.
    """
    with (
        Display(suite) as display,
        place.load_context(suite.topology, display.progress, display.console.print) as context,
    ):
        run = Run.create(RUNS, suite, datetime.now(UTC))
        for note in provenance.keep(place, suite, run):
            display.console.print(note)
        execution = SuiteRun(
            suite,
            run,
            context,
            display,
            explain=explain_in(place, run.path, say=partial(display.console.print, markup=False)),
            rounds=rounds,
        )
        verdict = execution.cases()
    display.show(verdict, execution.judge.measured, str(run.path.relative_to(ROOT)))
    each = [one for case in verdict.cases for one in (case.repetitions or (case,))]
    for said in marks.leave(context.grafana, run, marks.of_cases(execution.judge.measured, each)):
        display.console.print(said, markup=False)
    display.console.print(report.conclude(run.path))
    return verdict


def require_pass(verdict: Verdict) -> None:
    """Turn a verdict into the exit code that scripts ask for.

    Raises:
        FaultError: A fault was not injected or not recovered.
        InvalidRunError: The run can't be judged.
        SloMissedError: The verdict is CONDITIONAL or FAIL.
    """
    for kind in (FaultError, InvalidRunError, SloMissedError):
        if verdict.exit_code == kind.exit_code:
            raise kind(f"{verdict.suite} is {verdict}")
