"""Runs a suite on a lab that is up, shows it, and keeps it under `runs/`."""

from lab.conduct import keeping
from lab.conduct.place import Place
from lab.conduct.session import opened
from lab.core.errors import FaultError, InvalidRunError, SloMissedError
from lab.diagnose.broken_case import explain_in
from lab.judge.bound import Bound
from lab.judge.scaling import scaled
from lab.judge.verdict import Verdict
from lab.present.deciding import deciding
from lab.run import marks
from lab.run.suite_run import SuiteRun
from lab.settings.suites import Suite
from lab.store.capacities import capacities
from lab.store.files import SearchesFile
from lab.store.interrupted_run import InterruptedRun
from lab.store.runs import Run


def run_suite(place: Place, suite: Suite, *, rounds: int = 1, again: InterruptedRun | None = None) -> Verdict:
    """Run a suite on a lab that is up, show it and keep it under `runs/`.

    Args:
        place: What the lab stands on; its topology is the suite's already.
        suite: What to run.
        rounds: How often its cases are run.
        again: The run to go on with; None begins one.
    """
    with (
        opened(place, suite, again) as session,
        keeping.keeping(place, session.run, session.display) as listener,
    ):
        explain = explain_in(place, session.run.path, say=session.display.say)
        execution = SuiteRun(
            suite,
            session.run,
            session.context,
            listener,
            explain=explain,
            rounds=rounds,
            scaling=_scaling(place, suite, session.run),
            again=again,
        )
        verdict = execution.cases()
    session.display.show(verdict, execution.judge.measured, session.folder)
    each = [one for case in verdict.cases for one in (case.repetitions or (case,))]
    session.conclude(marks.of_cases(execution.judge.measured, each))
    keeping.end(place, session.run)
    return verdict


def _scaling(place: Place, suite: Suite, run: Run) -> Bound | None:
    """What the searches under `runs/` say of the suite's scaling; they are kept with the run, which rests on them."""
    if suite.scaling is None:
        return None
    engine = ", ".join(place.engines())
    searches = tuple(one for one in capacities(run.path.parent) if one.basis.get("engine") == engine)
    run.write(SearchesFile(engine=engine, searches=searches))
    return scaled(suite, engine, searches)


def require_pass(verdict: Verdict, suite: Suite) -> None:
    """Turn a verdict into the exit code that scripts ask for, with what would decide it as the last line.

    Args:
        verdict: What a run came to.
        suite: What was run.

    Raises:
        FaultError: A fault was not injected or not recovered.
        InvalidRunError: The run can't be judged.
        SloMissedError: The verdict is CONDITIONAL or FAIL.
    """
    for kind in (FaultError, InvalidRunError, SloMissedError):
        if verdict.exit_code == kind.exit_code:
            raise kind(f"{verdict.suite} is {verdict}, for the reasons above", details=deciding(suite, verdict))
