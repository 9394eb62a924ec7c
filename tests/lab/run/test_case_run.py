import json
import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import pytest

from lab.cluster.fault import Instants
from lab.core import causes
from lab.core.causes import Cause
from lab.core.errors import LabError, ToolError
from lab.measure import extract, samples
from lab.measure.counters import Series
from lab.measure.lab_state import LabState
from lab.measure.measurements import CaseMeasurements
from lab.measure.metrics import Metrics, Selector
from lab.measure.null_path import NullPath
from lab.process.shell import Command
from lab.run import absence, case_run, k6_process, outlook, watch
from lab.run.books import Emptied
from lab.run.case_progress import Progress
from lab.run.case_run import CaseRun
from lab.run.control_stream import ControlStream
from lab.run.grafana import Grafana
from lab.run.here import Here
from lab.run.load_context import LoadContext
from lab.run.outlook import Loss
from lab.run.state_reader import StateReader
from lab.settings.suites import Case, capacity_case
from lab.store.files import EventsFile, RecordingFile
from lab.store.folder import Folder
from lab.store.rejudging import measured_again
from lab.store.runs import Run
from lab.tools import k6
from tests.lab.consumers import NothingPublished
from tests.lab.made import LAB_STATE, SETTINGS, case, suite
from tests.lab.runtimes import never

FAKE = Path(__file__).parents[1] / "fake_k6.py"
QUICK = NullPath(p99=1.0, asked=170, answered=170)
EMPTIED = Emptied(restart=3.0, seconds=9.0, pods={"me-shard-a-1-2": "agent-0"})


class Recorded:
    """Metrics that have one series of everything, which rises by 3 a minute; or that don't answer."""

    def __init__(self, *, answers: bool = True) -> None:
        self._answers = answers

    def within(self, deadline: float) -> Self:
        del deadline
        return self

    def points(self, wanted: Selector, *, since: float, until: float) -> tuple[Series, ...]:
        del wanted, since, until
        self._require_answer()
        labels = {"shard": "a", "pod": "me-shard-a-1-2", "le": "+Inf", "side": "ask"}
        now = time.time() * 1000
        return (Series(labels=labels, points=((now + 1e6, 2.0), (now + 1e6 + 20_000, 3.0))),)

    def latest(self, wanted: Selector) -> tuple[Series, ...]:
        return self.points(wanted, since=0, until=0)

    def scraped(self, wanted: Selector) -> tuple[float, ...]:
        del wanted
        self._require_answer()
        return (math.inf,)

    def now(self) -> float | None:
        self._require_answer()
        return time.time() * 1000

    def _require_answer(self) -> None:
        if not self._answers:
            raise ToolError("prometheus does not answer")


def silent_cluster() -> LabState:
    raise ToolError("the cluster doesn't answer")


class Marks(Grafana):
    def __init__(self, *, answers: bool = True) -> None:
        super().__init__("http://127.0.0.1:1", password="x")
        self.marked: list[tuple[str, ...]] = []
        self._answers = answers

    def annotate(self, text: str, *, start: float, end: float, tags: Any) -> None:  # noqa: ARG002 - its signature
        if not self._answers:
            raise ToolError("grafana does not answer")
        self.marked.append((text, *tags))


class Broker:
    def __init__(self) -> None:
        self.instants = Instants()

    def __enter__(self) -> "Broker":  # noqa: PYI034 - a double
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def inject(self) -> None:
        self.instants.asked = self.instants.gone = round(time.time() * 1000)

    def recover(self) -> None:
        self.instants.recovery_asked = self.instants.ready = round(time.time() * 1000)


@pytest.fixture
def said() -> list[str]:
    """What was worth a line."""
    return []


@pytest.fixture
def broke() -> list[LabError]:
    """What broke while a case was measured."""
    return []


@pytest.fixture
def execute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: list[str], broke: list[LabError]
) -> Callable[..., CaseMeasurements]:
    """Runs a case with a stand-in for k6 that does as told."""
    monkeypatch.setattr(k6_process, "LEDGER", tmp_path / "processes")
    run = Run(tmp_path, "r1")
    run.path.mkdir()
    build = k6.run_command

    def executed(
        told: dict[str, Any],
        *,
        chosen: Case | None = None,
        metrics: Metrics | None = None,
        remote_write: str | None = "http://127.0.0.1:1",
        has_grafana: bool = True,
        grafana: Grafana | None = None,
        on_progress: Callable[[Progress], None] = lambda _: None,
        empty_books: Callable[[], Emptied] = lambda: EMPTIED,
        name: str | None = None,
        read: Callable[[], LabState] = lambda: LAB_STATE,
        broker_pods: Callable[[], Sequence[str]] = lambda: (),
        measure_path: Callable[[Case, Path], NullPath] = lambda *_: QUICK,
        control: str | None = None,
        look_for_loss: Callable[[], Loss | None] = lambda: None,
        program: str = "k6",
        runners: int = 1,
    ) -> CaseMeasurements:
        def fake(program: str, load: k6.Load, endpoints: k6.Endpoints) -> Command:
            words = build(program, load, endpoints).argv[1:]
            env = {"FAKE_K6": json.dumps(told)}
            return Command(argv=(sys.executable, str(FAKE), *words), env=env, cwd=tmp_path, deadline=30)

        monkeypatch.setattr(k6, "run_command", fake)
        here = Here(program=program, entry="http://127.0.0.1:8080", remote_write=remote_write, runners=runners)
        context = LoadContext(
            make_load=here.load,
            make_steady=here.steady,
            metrics=metrics or Recorded(),
            remote_write=remote_write,
            grafana=grafana or Marks() if has_grafana else None,
            make_fault=Broker,
            empty_books=empty_books,
            make_consumer=NothingPublished,
            state=StateReader(read),
            measure_path=measure_path,
            control=control,
            broker_pods=broker_pods,
            look_for_loss=look_for_loss,
            try_out=never,
            on_progress=on_progress,
            say=said.append,
        )
        asked = chosen or case()
        execution = CaseRun(context, run, asked, suite().topology, seed=7, name=name or asked.id)
        measured = execution.measure()
        broke.extend(execution.broke)
        return measured

    return executed


def short(name: str, **changes: Any) -> Case:
    one = case(name)
    return Case(id=name, script=one.script, settings=one.settings.model_copy(update=changes), limits=one.limits)


def outage(last: int = 0, **changes: Any) -> Case:
    """A4 with its outage at the load's begin."""
    fault = case("a4").settings.fault
    assert fault is not None
    return short("a4", fault=fault.model_copy(update={"after": 0, "for_": last}), **changes)


def events(tmp_path: Path, name: str = "a2") -> list[str]:
    file = Folder(tmp_path / "r1").read(EventsFile, name)
    return [event.what for event in file.events] if file else []


def test_a_case_leaves_its_evidence_in_its_folder(execute: Callable[..., CaseMeasurements], tmp_path: Path) -> None:
    measured = execute({"points": 100})

    assert measured.sent == 100
    assert measured.problems == ()
    kept = {path.name for path in (tmp_path / "r1" / "a2").iterdir()}
    assert kept == {
        "events.json",
        "k6.log",
        "measurements.json",
        "prometheus.json",
        "samples.csv.gz",
        "recording.json",
        "records.tsv.gz",
    }
    assert events(tmp_path) == [
        "calibration of the path",
        "k6 started",
        "load began",
        "k6 ended with 0",
    ]


def test_the_last_scrape_comes_a_second_after_the_last_answer(
    execute: Callable[..., CaseMeasurements], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else what an engine has under way at that scrape would be counted as never matched."""
    waited: list[float] = []

    def wait(*_: object, after: float, deadline: float) -> bool:
        waited.append(after)
        return deadline > 0

    monkeypatch.setattr(case_run, "wait_for_answers", wait)

    execute({"points": 100})

    answered = samples.read(tmp_path / "r1" / "a2" / k6.SAMPLES).answered
    assert answered is not None
    assert waited == [answered + 1000]


def test_runners_leave_a_folder_each_and_are_measured_together_then_and_again(
    execute: Callable[..., CaseMeasurements], tmp_path: Path
) -> None:
    measured = execute({"points": 50}, runners=3)

    assert measured.sent == 150
    assert measured.problems == ()
    assert [(one.name, one.orders) for one in measured.generator.runners] == [
        (f"runner {number} of 3", 50) for number in (1, 2, 3)
    ]
    folder = Folder(tmp_path / "r1")
    assert [file for file in folder.of_a_case("a2") if file.endswith(k6.SAMPLES)] == [
        f"a2/runner-{number}/{k6.SAMPLES}" for number in (1, 2, 3)
    ]
    again = measured_again(folder, "a2", case(), suite().topology)
    assert again is not None
    assert (again.sent, again.client) == (150, measured.client)


PROBLEMS: dict[str, tuple[dict[str, Any], str, Cause | None]] = {
    "a threshold crossed is a result": ({"points": 10, "code": 99}, "", None),
    "a script that throws, in k6's last words": (
        {"points": 10, "code": 107, "says": 'level=error msg="TypeError: x is not a function\\n\\tat y"'},
        "k6 ended with 107: the script threw an exception: TypeError: x is not a function; look at ",
        causes.SCRIPT_ERROR,
    ),
    "a load without orders": (
        {"points": 0},
        "loadtests/test-asr1-a2-normal-load.js sent no order",
        causes.LOAD_GENERATOR,
    ),
}


@pytest.mark.parametrize(("told", "says", "cause"), PROBLEMS.values(), ids=PROBLEMS)
def test_how_k6_ended_is_a_problem_unless_it_is_a_result(
    execute: Callable[..., CaseMeasurements],
    broke: list[LabError],
    told: dict[str, Any],
    says: str,
    cause: Cause | None,
) -> None:
    measured = execute(told)

    assert measured.generator.exit_code == told.get("code", 0)
    assert "".join(measured.problems).startswith(says)
    assert [error.summary for error in broke] == list(measured.problems)
    assert [error.cause for error in broke] == ([cause] if cause else [])


def test_what_does_not_answer_is_told(execute: Callable[..., CaseMeasurements]) -> None:
    measured = execute({"points": 10}, metrics=Recorded(answers=False), read=silent_cluster)

    assert measured.problems == ("prometheus does not answer",)
    assert measured.unknown == "the cluster doesn't answer"
    assert measured.sent == 10


@pytest.mark.parametrize("after", [extract.AFTER, -1000.0], ids=["a little", "beyond what is fetched"])
def test_a_script_that_goes_on_after_the_case_is_stopped(
    execute: Callable[..., CaseMeasurements], monkeypatch: pytest.MonkeyPatch, after: float
) -> None:
    """A user's own script knows nothing of smoke's shorter duration."""
    monkeypatch.setattr(k6, "OVERRUN", 0)
    monkeypatch.setattr(extract, "AFTER", after)

    measured = execute({"points": 10, "endless": True}, chosen=short("a2", duration=1, warmup=0))

    assert measured.problems == ()
    assert any("went on" in warning for warning in measured.warnings)


FULL = Loss(what="node agent-0: DiskPressure: no room", of_machine=True)
GONE = Loss(what="pod me-shard-a-1-2 ends soon after each start (OOMKilled, exit code 137; 2 restarts)")


@pytest.fixture
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks for losses at once, and lets one end the load as soon as its warm-up is over."""
    monkeypatch.setattr(outlook, "EVERY", 0.01)
    monkeypatch.setattr(case_run, "EVIDENCE", 0.0)
    monkeypatch.setattr(case_run, "LOOK", 0.05)


@pytest.mark.usefixtures("looks_often")
def test_a_machine_without_room_ends_the_load_and_is_what_broke(
    execute: Callable[..., CaseMeasurements], broke: list[LabError], tmp_path: Path
) -> None:
    seen: list[Progress] = []

    measured = execute(
        {"points": 10, "endless": True},
        on_progress=seen.append,
        look_for_loss=lambda: FULL if any(one.doing == "load" for one in seen) else None,
    )

    assert measured.problems == (f"the load was ended early: {FULL.what}",)
    assert [error.cause for error in broke] == [causes.DISK_FULL]
    assert measured.ended_early is None
    assert measured.sent == 10, "k6 was stopped so that it wrote what it had"
    assert f"ended early: {FULL.what}" in events(tmp_path)


@pytest.mark.usefixtures("looks_often")
def test_an_engine_that_is_gone_for_good_ends_the_load_with_what_is_known(
    execute: Callable[..., CaseMeasurements], broke: list[LabError], tmp_path: Path
) -> None:
    measured = execute({"points": 10, "endless": True}, chosen=short("a2", warmup=0), look_for_loss=lambda: GONE)

    assert (measured.ended_early, measured.problems, broke) == (GONE.what, (), [])
    assert measured.sent == 10
    again = measured_again(Folder(tmp_path / "r1"), "a2", short("a2", warmup=0), suite().topology)
    assert again is not None
    assert again.ended_early == GONE.what


@pytest.mark.usefixtures("looks_often")
@pytest.mark.parametrize(
    "chosen", [short("a2", warmup=3600), outage(warmup=0)], ids=["not yet judged", "a fault that is asked for"]
)
def test_a_loss_that_no_judged_figure_can_show_ends_nothing(
    execute: Callable[..., CaseMeasurements], chosen: Case
) -> None:
    measured = execute({"points": 10}, chosen=chosen, look_for_loss=lambda: GONE)

    assert (measured.ended_early, measured.generator.exit_code) == (None, 0)


def test_the_outage_is_measured_and_marked(execute: Callable[..., CaseMeasurements]) -> None:
    marks = Marks()

    measured = execute({"points": 10}, chosen=outage(), grafana=marks)

    assert measured.outage is not None
    assert measured.fault_error is None
    assert measured.generator.series == 1, "k6's own series are counted where it writes some"
    assert marks.marked == [("a4: broker away", "fault", "run:r1", "case:a4", "testid:r1-a4")]


def test_an_outage_that_fails_is_what_broke(
    execute: Callable[..., CaseMeasurements], broke: list[LabError], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stuck(_: Broker) -> None:
        raise ToolError("the broker is stuck")

    monkeypatch.setattr(Broker, "inject", stuck)

    measured = execute({"points": 10}, chosen=outage())

    assert measured.fault_error == "the broker is stuck"
    assert [(error.summary, error.cause) for error in broke] == [("the broker is stuck", causes.OUTAGE_FAILED)]


def test_an_outage_that_cannot_be_marked_is_a_warning(execute: Callable[..., CaseMeasurements]) -> None:
    measured = execute({"points": 10}, chosen=outage(), grafana=Marks(answers=False))

    assert measured.problems == ()
    assert "the outage is not marked on the dashboards: grafana does not answer" in measured.warnings


def test_without_a_prometheus_and_a_dashboard_nothing_is_said_of_them(
    execute: Callable[..., CaseMeasurements],
) -> None:
    measured = execute({"points": 10}, chosen=outage(), remote_write=None, has_grafana=False)

    assert measured.outage is not None
    assert measured.generator.series is None
    assert not [warning for warning in measured.warnings if "Prometheus" in warning or "mark" in warning]


def test_progress_tells_what_goes_on_and_what_is_seen_of_the_load(
    execute: Callable[..., CaseMeasurements], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(k6, "OVERRUN", 0)
    monkeypatch.setattr(watch, "LOOK", 0.1)
    told: list[Progress] = []

    execute(
        {"points": 10, "endless": True}, chosen=short("a2", duration=1, warmup=0, clean=True), on_progress=told.append
    )

    assert list(dict.fromkeys(one.doing for one in told)) == [
        "restarting the shards", "measuring the path", "starting k6", "load", "reading what was measured",
    ]  # fmt: skip
    last = [one for one in told if one.doing == "load"][-1]
    assert (last.seen.rate, last.seen.matches, last.requests) == (0.0, 3.0, 7)


def test_an_interrupt_ends_k6_and_keeps_the_events(execute: Callable[..., CaseMeasurements], tmp_path: Path) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.elapsed is not None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        execute({"points": 10, "endless": True}, on_progress=interrupt)

    assert (tmp_path / "r1" / "a2" / "samples.csv.gz").exists()
    assert (tmp_path / "r1" / "a2" / "events.json").exists()


def test_fails_when_k6_is_not_there(execute: Callable[..., CaseMeasurements], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")

    with pytest.raises(ToolError, match="k6 can't be started"):
        execute({})


def test_a_clean_case_begins_with_empty_books(
    execute: Callable[..., CaseMeasurements], tmp_path: Path, said: list[str]
) -> None:
    execute({"points": 10}, chosen=short("a2", clean=True))

    assert events(tmp_path)[:4] == [
        "restart of the shards asked for",
        "books empty: me-shard-a-1-2 on agent-0",
        "calibration of the path",
        "k6 started",
    ]
    assert said == ["a2: the shards restarted in 3 s, their books are empty after 9 s"]


def test_no_load_comes_on_books_that_cannot_be_emptied(
    execute: Callable[..., CaseMeasurements], tmp_path: Path
) -> None:
    def broken() -> Emptied:
        raise ToolError("me-shard-a has no ready pod")

    with pytest.raises(ToolError, match="no ready pod"):
        execute({"points": 10}, chosen=short("a2", clean=True), empty_books=broken)

    assert not (tmp_path / "r1" / "a2" / "k6.log").exists()


def test_other_cases_leave_the_shards_alone_and_may_be_in_a_run_more_than_once(
    execute: Callable[..., CaseMeasurements], tmp_path: Path
) -> None:
    def never() -> Emptied:
        raise AssertionError

    measured = execute({"points": 10}, name="try-03-24000", empty_books=never)

    assert (measured.problems, measured.testid) == ((), "r1-try-03-24000")
    assert (tmp_path / "r1" / "try-03-24000" / "measurements.json").exists()


def test_what_stands_around_a_load_is_kept(execute: Callable[..., CaseMeasurements], tmp_path: Path) -> None:
    measured = execute({"points": 10})

    kept = Folder(tmp_path / "r1").read(RecordingFile, "a2")
    assert (measured.unknown, measured.changes, measured.path) == (None, (), QUICK)
    assert kept is not None
    assert kept.around.first is not None
    assert kept.around.first == kept.around.after
    assert kept.around.first.files == {"file experiment.yaml": "2"}


def test_a_case_can_be_measured_again_from_its_files(execute: Callable[..., CaseMeasurements], tmp_path: Path) -> None:
    measured = execute({"points": 100})

    assert measured_again(Folder(tmp_path / "r1"), "a2", case("a2"), suite().topology) == measured


def test_a_search_for_the_capacity_measures_no_path(execute: Callable[..., CaseMeasurements], tmp_path: Path) -> None:
    """At each try it would take longer than the try."""

    def never(*_: object) -> NullPath:
        raise AssertionError

    topology = suite().topology
    chosen = capacity_case(SETTINGS, topology, "smoke", 1020)
    measured = execute({"points": 10}, chosen=chosen, measure_path=never, name="try-01-1020")

    assert measured.path is None
    assert "calibration of the path" not in events(tmp_path, "try-01-1020")


def test_an_outage_is_looked_at_while_it_is_in_force(
    execute: Callable[..., CaseMeasurements], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(k6, "OVERRUN", 0)
    monkeypatch.setattr(absence, "EVERY", 0.01)
    chosen = outage(1, duration=1, warmup=0)

    away = execute({"points": 10, "endless": True}, chosen=chosen)
    there = execute({"points": 10, "endless": True}, chosen=chosen, broker_pods=lambda: ("redpanda-0",))

    assert (away.broker_polls > 0, away.broker_seen) == (True, 0)
    assert there.broker_seen == there.broker_polls > 0


def test_the_control_flows_from_before_the_load_to_its_end(
    execute: Callable[..., CaseMeasurements], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside: list[tuple[str, bool]] = []

    class Stream(ControlStream):
        def __enter__(self) -> Self:
            beside.append(("begins", (tmp_path / "r1" / "a2" / k6.LOG).exists()))
            return self

        def __exit__(self, *_: object) -> None:
            beside.append(("ends", (tmp_path / "r1" / "a2" / k6.SAMPLES).exists()))

    monkeypatch.setattr(case_run, "ControlStream", Stream)

    measured = execute({"points": 10}, control="http://127.0.0.1:8081")

    assert beside == [("begins", False), ("ends", True)]
    assert events(tmp_path)[1:3] == ["the control's stream flows", "k6 started"]
    assert not [warning for warning in measured.warnings if "control" in warning]


def test_a_control_that_fails_is_a_warning_and_the_load_counts(execute: Callable[..., CaseMeasurements]) -> None:
    measured = execute({"points": 10}, control="http://127.0.0.1:8081", program="/nowhere/k6")

    assert (measured.problems, measured.sent) == ((), 10)
    assert any(
        "the control's stream beside the load failed, so it excuses nothing: k6 can't be started" in line
        for line in measured.warnings
    )


@pytest.mark.parametrize("rate", [0, 20])
def test_no_control_runs_where_none_is_asked_for_or_a_capacity_is_sought(
    execute: Callable[..., CaseMeasurements], tmp_path: Path, rate: int
) -> None:
    """What a search ends by is often a busy machine, which is not to be excused."""
    chosen = capacity_case(SETTINGS, suite().topology, "smoke", 1020) if rate else without_control()
    execute({"points": 10}, chosen=chosen, control="http://127.0.0.1:8081", name="one")

    assert not (tmp_path / "r1" / "one" / "control").exists()


def without_control() -> Case:
    one = case("a2")
    return replace(one, limits=one.limits.model_copy(update={"control": 0}))
