"""Runs a suite: every case in its turn, whatever became of the one before; then the verdict, and all of it is kept."""

import traceback
from datetime import UTC, datetime

from lab import report
from lab.errors import FaultError, InvalidRunError, LabError, SloMissedError
from lab.experiment.suites import Case, Suite
from lab.judging.verdict import CaseVerdict, Verdict, broken_case, judge, judge_case
from lab.lab import Lab
from lab.measure.measurements import CaseMeasurements
from lab.outage.fault_schedule import MakeFault
from lab.paths import ROOT, RUNS
from lab.process.shell import InterruptedLabError
from lab.running import provenance
from lab.running.bench import Bench, bench_of
from lab.running.case import CaseRun
from lab.running.k6_process import end_orphans
from lab.running.runs import Run
from lab.screen.results import Display


class SuiteRun:
    """One execution of a suite, with its folder; `measured` fills as cases end."""

    measured: dict[str, CaseMeasurements]

    def __init__(self, suite: Suite, run: Run, bench: Bench, display: Display) -> None:
        self._suite = suite
        self._run = run
        self._bench = bench
        self._display = display
        self._verdicts: dict[str, CaseVerdict] = {}
        self.measured = {}

    def cases(self) -> Verdict:
        """Run the cases and judge them; the verdict is written however this ends, so it is INVALID until then."""
        self._keep()
        try:
            for case in self._suite.cases:
                self._display.begin(case.id, case.settings.title)
                self._verdicts[case.id] = self._case(case)
                self._display.end(self._verdicts[case.id])
        finally:
            verdict = self._keep()
        return verdict

    def _keep(self) -> Verdict:
        verdict = self.verdict()
        self._run.write("verdict.json", {**_shown(verdict), "run": self._run.id})
        return verdict

    def verdict(self) -> Verdict:
        """The verdict on what has run; what has not is INVALID."""
        missing = "not run: the run broke off before it ended"
        return judge(
            self._suite,
            [self._verdicts.get(case.id) or broken_case(case, missing) for case in self._suite.cases],
        )

    def _case(self, case: Case) -> CaseVerdict:
        try:
            measured = CaseRun(self._bench, self._run, case, self._suite.topology).measure()
        except InterruptedLabError:
            raise
        except LabError as error:
            return broken_case(case, error.summary)
        except Exception as error:  # noqa: BLE001 - the next case runs whatever this one did
            self._run.write(f"{case.id}/error.json", {"traceback": traceback.format_exc().splitlines()})
            return broken_case(case, f"{type(error).__name__}: {error}; see {case.id}/error.json")
        verdict = judge_case(case, measured, self._valid())
        self.measured[case.id] = measured
        return verdict

    def _valid(self) -> dict[str, CaseMeasurements]:
        """The cases so far whose figures say anything: what others may be compared with."""
        return {case: measured for case, measured in self.measured.items() if self._verdicts[case].is_valid}


def run_suite(lab: Lab, suite: Suite, *, make_fault: MakeFault, password: str) -> Verdict:
    """Run a suite on a lab that is up, show it and keep it under `runs/`.

    Args:
        lab: The lab; its topology is the suite's already.
        suite: What to run.
        make_fault: Opens the broker's outage.
        password: Grafana's.
    """
    end_orphans()
    run = Run.create(RUNS, suite, datetime.now(UTC))
    with Display(suite) as display:
        for note in provenance.keep(lab, suite, run):
            display.console.print(note)
        bench = bench_of(lab, suite.topology, display, make_fault=make_fault, password=password)
        execution = SuiteRun(suite, run, bench, display)
        verdict = execution.cases()
    display.show(verdict, execution.measured, str(run.path.relative_to(ROOT)))
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


def _shown(verdict: Verdict) -> dict[str, object]:
    return {
        "suite": verdict.suite,
        "profile": verdict.profile,
        "verdict": verdict.outcome,
        "reason": verdict.reason,
        "exit_code": verdict.exit_code,
        "cases": [
            {"case": case.case, "verdict": case.outcome, "reasons": case.reasons, "bounds": case.bounds}
            for case in verdict.cases
        ],
    }
