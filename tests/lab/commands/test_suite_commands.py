"""What the tasks of suites and of capacity call: what a dry run says, and what is refused before anything is done."""

from pathlib import Path
from typing import Any

import pytest

from lab.commands import command, suite_commands
from lab.conduct import search
from lab.conduct import suite as conducted
from lab.core.errors import PreflightError, SloMissedError, UsageError
from lab.judge.capacity import Capacity
from lab.judge.rate_search import Interval
from lab.judge.verdict import Verdict, judge, judge_case
from lab.settings.repetition import require_apart
from lab.settings.settings import Settings
from lab.settings.suites import Suite
from tests.lab.made import case, measured
from tests.lab.runtimes import FakeRuntime
from tests.lab.searches import capacity, failed, held

pytestmark = pytest.mark.usefixtures("runtime")


@pytest.fixture
def searched(request: pytest.FixtureRequest, runtime: FakeRuntime, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The topologies of which the capacity was sought; that of `multi` is below the least, and it carries any demand."""
    names: list[str] = []
    carries = getattr(request, "param", "multi")

    def sought(on: object, suite: Suite, *, engine_cpu: str | None = None, demand: int | None = None) -> Capacity:
        assert (on, suite.runtime, engine_cpu) == (runtime, "process", None)
        names.append(suite.topology.name)
        if demand is not None:
            low, high = (demand, None) if suite.topology.name == carries else (None, demand)
            return capacity(held(demand), interval=Interval(rate=demand, low=low, high=high))
        return capacity(failed(1020)) if suite.topology.name == "multi" else capacity(held(24_000))

    monkeypatch.setattr(search, "run_capacity", sought)
    return names


def test_a_dry_search_says_what_it_would_try(capsys: pytest.CaptureFixture[str]) -> None:
    suite_commands.capacity("multi", against="single", profile="full", dry=True)

    lines = capsys.readouterr().out.splitlines()
    read = ["scripts", "  k6 inspect loadtests/capacity.js"]
    assert lines[:5] == ["preflight", "bring up single", "  do it", *read]
    assert lines[5].startswith("the capacity of single: from 5,040 orders/min, twice as much")
    assert lines[6:11] == ["preflight", "bring up multi", "  do it", *read]
    assert lines[11].startswith("the capacity of multi: ")
    assert lines[11].endswith("no wider than 10 %; up to 20 tries of 20 s with random arrivals, on clean books")


def test_what_is_compared_with_is_sought_first(searched: list[str], runtime: FakeRuntime) -> None:
    with pytest.raises(SloMissedError, match="below 1,020 orders/min"):
        suite_commands.capacity("multi", against="single", profile="smoke", dry=False)

    assert searched == ["single", "multi"]
    single, multi = (["preflight", f"bring up {name}", "scripts"] for name in ("single", "multi"))
    assert runtime.asked == ["begin", "stay", *single, *multi, "leave"]


def test_nothing_is_brought_up_where_no_run_can_be_kept(
    runtime: FakeRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file lies where the runs are to go: a suite and a search say so at once."""
    (tmp_path / "runs").touch()
    monkeypatch.setattr(suite_commands, "RUNS", tmp_path / "runs")

    with pytest.raises(PreflightError, match="no run can be kept"):
        suite_commands.suite("asr1", profile="smoke", dry=False)
    with pytest.raises(PreflightError, match="no run can be kept"):
        suite_commands.capacity("single", against="", profile="smoke", dry=False)

    assert runtime.asked == ["begin", "begin"]


def test_searches_are_repeated_in_turn(searched: list[str]) -> None:
    """So that what changes on the machine meanwhile spreads over both topologies."""
    suite_commands.capacity("single", against="", profile="full", dry=False, repeat=3)

    assert searched == ["single"] * 3


@pytest.mark.parametrize(
    ("searched", "tried"), [("single", ["single"]), ("multi", ["single", "multi"])], indirect=["searched"]
)
def test_the_topology_of_the_fewest_shards_that_carries_a_rate_is_named(
    searched: list[str], tried: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    suite_commands.demand("5040", profile="full", dry=False)

    assert searched == tried
    assert capsys.readouterr().out.splitlines()[-1].startswith(f"{tried[-1]} carries 5,040 orders/min")


@pytest.mark.parametrize("searched", ["none"], indirect=True)
def test_a_rate_that_nothing_carries_is_missed(searched: list[str]) -> None:
    with pytest.raises(SloMissedError, match=r"no topology of the settings carries 5,040 orders/min: not even multi"):
        suite_commands.demand("5040", profile="full", dry=False)

    assert searched == ["single", "multi"]


@pytest.mark.parametrize("wanted", ["0", "-1", "x", "1.5", "10000001", "9" * 5000])
def test_a_demand_is_a_rate(wanted: str) -> None:
    got = wanted[:79]
    with pytest.raises(UsageError, match=f"for must be a rate in orders a minute, 1 to 10000000; got {got}"):
        suite_commands.demand(wanted, profile="full", dry=False)


@pytest.mark.parametrize(("limit", "says"), [("30m", "needs Kubernetes"), ("2", "below resources.engine.limits.cpu")])
def test_a_limit_of_cpu_that_can_not_be_is_refused_before_anything_is_brought_up(
    runtime: FakeRuntime, limit: str, says: str
) -> None:
    with pytest.raises(UsageError, match=says):
        suite_commands.capacity("single", against="", profile="full", dry=False, engine_cpu=limit)

    assert runtime.asked == []


def test_one_topology_is_sought_alone(searched: list[str]) -> None:
    suite_commands.capacity("single", against="", profile="full", dry=False)

    assert searched == ["single"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"topology": "tripple"}, "topology must be one of single, multi"),
        ({"against": "one"}, "topology must be one of single, multi"),
        ({"against": "multi"}, r"fewer shards than single \(1\); got 'multi' \(3\)"),
        ({"topology": "multi", "against": "multi"}, r"^against must be .* than multi \(3\); got 'multi' \(3\)$"),
        ({"profile": "quick"}, "profile must be one of full, smoke; got 'quick'"),
    ],
)
def test_what_is_not_described_is_refused_before_anything_is_done(
    searched: list[str], asked: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        suite_commands.capacity(**{"topology": "single", "against": "", "profile": "full", **asked}, dry=False)

    assert not searched


def test_a_case_is_run_after_those_that_it_is_compared_with(capsys: pytest.CaptureFixture[str]) -> None:
    suite_commands.case("b3", profile="smoke", dry=True)

    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines if line.startswith("case ")] == ["case b1-peak", "case b3"]
    assert [line.split("-")[-1] for line in lines if "k6 inspect" in line] == ["peak.js", "ramp.js"]


def test_a_case_of_no_suite_is_refused() -> None:
    with pytest.raises(UsageError, match=r"case must be one of a1, .*; got 'capacity'"):
        suite_commands.case("capacity", profile="smoke", dry=True)


def test_a_suite_is_run_on_the_runtime_that_was_chosen_and_that_is_left_afterwards(
    runtime: FakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[tuple[str, str, int]] = []

    def run_suite(on: object, suite: Suite, *, rounds: int) -> Verdict:
        assert on is runtime
        ran.append((suite.id, suite.runtime, rounds))
        return judge(suite, [judge_case(case("a2"), measured("a2", p99=250.0))])

    monkeypatch.setattr(conducted, "run_suite", run_suite)

    with pytest.raises(SloMissedError, match=r"^asr1 is FAIL \(PROCESS, SMOKE\), for the reasons above$"):
        suite_commands.suite("asr1", profile="smoke", dry=False, repeat=2)

    assert ran == [("asr1", "process", 2)]
    assert runtime.asked == ["begin", "stay", "preflight", "bring up single", "scripts", "leave"]


def test_a_dry_run_says_its_rounds(capsys: pytest.CaptureFixture[str]) -> None:
    suite_commands.suite("asr1", profile="smoke", dry=True, repeat=3)
    suite_commands.suite("asr1", profile="smoke", dry=True)

    lines = capsys.readouterr().out.splitlines()
    end = lines.index("3 rounds of these cases")
    assert len(lines[:end]) > 6
    assert lines[:end] == lines[end + 1 :]


@pytest.mark.parametrize("repeat", [0, -1, 100])
def test_rounds_that_cannot_be_meant_are_refused(repeat: int) -> None:
    with pytest.raises(UsageError, match=rf"^repeat must be from 1 to 99; got {repeat}$"):
        suite_commands.suite("asr2", profile="full", dry=True, repeat=repeat)
    with pytest.raises(UsageError, match="repeat must be"):
        suite_commands.case("b4", profile="full", dry=True, repeat=repeat)


def test_a_case_called_as_a_repetition_of_another_is_refused() -> None:
    """They would share a folder."""
    require_apart(["a3-100", "a3-1000"], 99)
    with pytest.raises(UsageError, match="case 'a2-2' has the name of repetition 2 of case 'a2'; rename one"):
        require_apart(["a2", "a2-2"], 2)


def test_the_suites_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    suite_commands.suite_table("full")

    assert "asr2: ASR 2: 5,000 matches a minute over three shards" in capsys.readouterr().out


def test_a_title_is_shown_as_it_is_written(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    title = "[red]p99[/old] [p50/p99] :warning:"
    a2 = settings.cases["a2"].model_copy(update={"title": title})
    titled = settings.model_copy(update={"cases": {**settings.cases, "a2": a2}})
    monkeypatch.setattr(command, "load", lambda: titled)

    suite_commands.suite_table("full")

    assert title in capsys.readouterr().out
