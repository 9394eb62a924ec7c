from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lab.conduct import session
from lab.conduct.suite import require_pass, run_suite
from lab.core.errors import FaultError, InvalidRunError, LabError, SloMissedError, ToolError
from lab.judge.verdict import Outcome, Verdict, judge, judge_case
from lab.present.results import Display
from lab.process.shell import InterruptedLabError
from lab.run import suite_run
from lab.run.suite_run import SuiteRun
from lab.settings.suites import Case
from lab.store.files import VerdictFile
from lab.store.folder import Folder
from lab.store.interrupted_run import InterruptedRun
from lab.store.runs import Run
from tests.lab.doubles import lab_of
from tests.lab.made import SETTINGS, case, measured, suite
from tests.lab.runtimes import FakeRuntime


@pytest.fixture
def execution(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., SuiteRun]:
    """A suite whose cases, or repetitions of them, come to what the table says: measurements, or an exception."""

    def made(table: dict[str, Any], **more: Any) -> SuiteRun:
        class Scripted:
            def __init__(
                self, _bench: object, run: Run, chosen: Case, _topology: object, *, name: str, **_: object
            ) -> None:
                self._case, self._name = chosen, name
                self.broke: list[ToolError] = []
                run.case(name)

            def measure(self) -> Any:
                outcome = table.get(self._name, measured(self._case.id))
                if isinstance(outcome, BaseException):
                    raise outcome
                self.broke += map(ToolError, outcome.problems)
                return outcome

        monkeypatch.setattr(suite_run, "CaseRun", Scripted)
        run = Run.create(tmp_path, suite(), datetime.now(UTC))
        context: Any = None
        return SuiteRun(suite(), run, context, Display(suite()), **more)

    return made


def kept(tmp_path: Path) -> VerdictFile:
    found = Folder(tmp_path / (tmp_path / "latest").read_text().strip()).read(VerdictFile)
    assert found is not None
    return found


def test_every_case_runs_and_the_verdict_is_kept(execution: Callable[..., SuiteRun], tmp_path: Path) -> None:
    verdict = execution({}).cases()

    assert verdict.outcome is Outcome.PASS
    assert (kept(tmp_path).verdict, kept(tmp_path).exit_code, kept(tmp_path).rounds) == (verdict, 0, 1)
    assert [one.outcome for one in verdict.cases] == ["NOT JUDGED", *["PASS"] * 5]
    assert not any(one.repetitions for one in verdict.cases)


@pytest.mark.parametrize("error", [ToolError("k6 can't be started"), KeyError("status")])
def test_a_case_that_breaks_lets_the_next_ones_run(execution: Callable[..., SuiteRun], error: Exception) -> None:
    run = execution({"a1": error, "a2": error})

    verdict = run.cases()

    assert list(run.judge.measured) == ["a3-100", "a3-1000", "a3-10000", "a4"]
    assert verdict.outcome is Outcome.INVALID


def test_a_run_that_broke_off_goes_on_with_the_cases_that_are_left(execution: Callable[..., SuiteRun]) -> None:
    """Those that ended are not run again, whatever they came to."""
    ended = {"a1": measured("a1"), "a2": measured("a2", problems=("k6 was killed",))}
    again = InterruptedRun(
        run=Run(Path(), "r1"), suite=suite(), settings=SETTINGS, rounds=1, ended=ended, begun=frozenset(), state=None
    )
    run = execution({"a1": ToolError("run again"), "a2": measured("a2")}, again=again)

    verdict = run.cases()

    assert run.judge.measured == {**ended, **{name: measured(name) for name in again.left}}
    assert verdict.outcome is Outcome.INVALID


def test_an_unforeseen_error_leaves_its_traceback(execution: Callable[..., SuiteRun], tmp_path: Path) -> None:
    execution({"a2": KeyError("status")}).cases()

    (path,) = tmp_path.glob("*/a2/error.json")
    assert "KeyError: 'status'" in path.read_text()


def test_a_run_that_is_killed_is_invalid(execution: Callable[..., SuiteRun], tmp_path: Path) -> None:
    """Nothing is written by a runner that gets SIGKILL: the verdict must be there before."""
    seen: list[str] = []
    run = execution({})
    run._listener.begin = lambda *_: seen.append(kept(tmp_path).verdict.outcome)  # type: ignore[method-assign]

    run.cases()

    assert seen[0] == "INVALID"


@pytest.mark.parametrize("error", [KeyboardInterrupt(), InterruptedLabError("interrupted")])
def test_an_interrupted_run_is_kept_as_invalid(
    execution: Callable[..., SuiteRun], tmp_path: Path, error: BaseException
) -> None:
    with pytest.raises(type(error)):
        execution({"a2": error}).cases()

    assert kept(tmp_path).verdict.outcome is Outcome.INVALID
    assert "a2: not run: the run was aborted" in kept(tmp_path).verdict.reason


def test_a_case_that_breaks_is_explained_under_its_own_name(execution: Callable[..., SuiteRun]) -> None:
    told: list[tuple[str, str]] = []
    table = {
        "a1": ToolError("k6 can't be started"),
        "a2-2": measured(problems=("k6 ended with 107", "no sample")),
        "a4": KeyError("status"),
    }

    execution(table, rounds=2, explain=lambda name, _, error: told.append((name, str(error)))).cases()

    assert [name for name, _ in told] == ["a1", "a4", "a2-2"]
    assert "k6 ended with 107" in told[2][1]


NAMES = ("a1", "a2", "a3-100", "a3-1000", "a3-10000", "a4")


def test_the_suite_is_run_round_by_round(
    execution: Callable[..., SuiteRun], capsys: pytest.CaptureFixture[str]
) -> None:
    """Not a case several times in a row: what changes on the machine meanwhile is to spread over all of them."""
    run = execution({}, rounds=3)

    run.cases()

    assert list(run.judge.measured) == [*NAMES, *(f"{name}-2" for name in NAMES), *(f"{name}-3" for name in NAMES)]
    said = capsys.readouterr().out
    assert said.index("round 2 of 3") < said.index("a1-2 warm-up") < said.index("round 3 of 3")


def test_repetitions_and_what_they_come_to_are_kept(execution: Callable[..., SuiteRun], tmp_path: Path) -> None:
    verdict = execution({"a2": measured(p99=250.0)}, rounds=3).cases()

    a2 = verdict.cases[1]
    assert (kept(tmp_path).verdict, kept(tmp_path).rounds) == (verdict, 3)
    assert (verdict.outcome, a2.case, a2.outcome) == ("CONDITIONAL", "a2", "UNDECIDED")
    assert [(one.case, one.outcome) for one in a2.repetitions] == [
        ("a2", "FAIL"),
        ("a2-2", "PASS"),
        ("a2-3", "PASS"),
    ]
    assert a2.bounds[0].by_repetition == (250.0, 3.0, 3.0)
    assert (a2.bounds[0].low, a2.bounds[0].high) == (3.0, 250.0)


def test_a_round_that_broke_off_makes_its_cases_invalid(execution: Callable[..., SuiteRun], tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        execution({"a2-2": KeyboardInterrupt()}, rounds=2).cases()

    assert kept(tmp_path).verdict.outcome is Outcome.INVALID
    assert "a2: a2-2: not run: the run was aborted" in kept(tmp_path).verdict.reason


def test_a_suite_is_run_on_the_bench_of_its_runtime_and_kept_with_what_it_ran_on(
    execution: Callable[..., SuiteRun],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    execution({"a4": ToolError("k6 can't be started")})
    monkeypatch.setattr(session, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(session, "ROOT", tmp_path)
    runtime = FakeRuntime(lab_of(SETTINGS), name="process")

    verdict = run_suite(runtime, replace(suite(), runtime="process"))

    assert runtime.asked == ["load context of single", "collect", "end of the load context"]
    assert (verdict.runtime, kept(tmp_path / "runs").verdict.runtime) == ("process", "process")
    (run,) = (path for path in (tmp_path / "runs").iterdir() if path.is_dir())
    assert {"provenance.json", "settings.json", "verdict.json"} <= {path.name for path in run.iterdir()}
    assert not (run / "grafana.json").exists()
    said = capsys.readouterr().out
    assert "all of it on one machine" in said
    assert "a4 broke: k6 can't be started" in said
    assert "\nINVALID (PROCESS)\n" in said


def test_where_there_is_no_bench_there_is_no_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unscraped(*_: object) -> Any:
        raise ToolError("me-shard-a is not scraped")

    monkeypatch.setattr(session, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(FakeRuntime, "load_context", unscraped)

    with pytest.raises(ToolError, match="not scraped"):
        run_suite(FakeRuntime(lab_of(SETTINGS)), suite())

    assert not (tmp_path / "runs").exists()


def test_a_shard_that_fills_nothing_ends_the_suite_before_it_has_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unfilled() -> str:
        raise ToolError("the BUY to shard a was not accepted")

    monkeypatch.setattr(session, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(FakeRuntime, "try_out", staticmethod(unfilled))

    with pytest.raises(ToolError, match="was not accepted"):
        run_suite(FakeRuntime(lab_of(SETTINGS)), suite())

    assert not (tmp_path / "runs").exists()


def verdict(name: str = "a2", **figures: Any) -> Verdict:
    one = judge_case(case(name), measured(name, **figures))
    return judge(suite(name), [one])


@pytest.mark.parametrize(
    ("missed", "error"),
    [
        (verdict(p99=250.0), SloMissedError),
        (verdict(problems=("k6 broke",)), InvalidRunError),
        (verdict("a4", fault_error="stuck"), FaultError),
    ],
)
def test_a_verdict_that_is_no_pass_ends_the_command_with_its_code(missed: Verdict, error: type[LabError]) -> None:
    with pytest.raises(error, match="asr1 is "):
        require_pass(missed, suite("a2"))

    assert missed.exit_code == error.exit_code


def test_a_pass_ends_it_with_0() -> None:
    require_pass(verdict(), suite("a2"))
