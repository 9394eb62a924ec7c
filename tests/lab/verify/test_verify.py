"""`verify`: which criteria are checked, in what order, and what the findings make of the exit code."""

import threading
import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from lab.commands import command, lab_commands
from lab.core.errors import ToolError, UsageError
from lab.process import lock, shell
from lab.runtime import choice
from lab.settings.settings import Settings
from lab.verify.criteria import CRITERIA, Checks, Criterion
from lab.verify.finding import Finding
from lab.verify.verification import Result, carry_out, choose, plan, require_all, show, summary
from tests.lab.doubles import lab_of
from tests.lab.runtimes import FakeRuntime

GOOD = Finding(ok=True, evidence="it holds")


def criterion(id_: str, *, disturbs: bool = False) -> Criterion:
    return Criterion(id=id_, text=f"{id_} holds", disturbs=disturbs)


def silent(*_words: str) -> None:
    """Hear nothing."""


def run(checks: Checks, *, disturbing: Sequence[str] = (), lacking: Sequence[str] = ()) -> dict[str, Finding]:
    """Check criteria, some of which have no check; what was found, in the order in which it is told."""
    criteria = [criterion(id_, disturbs=id_ in disturbing) for id_ in (*lacking, *checks)]
    found = carry_out(checks, criteria, silent, runtime="process")
    return {result.criterion.id: result.finding for result in found}


def test_all_criteria_of_the_spec_are_checked_in_its_order() -> None:
    assert [one.id for one in choose("")] == [
        *(f"ac{number}" for number in range(1, 15)),
        "control",
        "names",
        "scraped",
        "room",
        "drift",
    ]


def test_some_are_chosen_by_id_whatever_their_order_and_case() -> None:
    assert [one.id for one in choose("drift, AC9,ac5")] == ["ac5", "ac9", "drift"]


def test_a_check_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(UsageError, match=r"check must be one of ac1, .*drift; got 'ac15'"):
        choose("ac1,ac15")


@pytest.mark.parametrize("only", [" ", ",", "ac1,"])
def test_an_empty_name_is_none_of_all_checks(only: str) -> None:
    """Some of them disturb the lab: they are not what a slip of the hand asks for."""
    with pytest.raises(UsageError, match=r"check must be one of ac1, .*drift; got ''"):
        choose(only)


def test_a_plan_names_each_and_says_what_goes_by_itself() -> None:
    lines = plan(choose("ac8,ac14"))

    assert lines == [
        "ac8: GET /health at the entry is 200",
        "ac14: the broker goes and comes back, orders go on; by itself",
    ]


def test_what_disturbs_runs_after_all_that_only_reads_and_alone() -> None:
    under_way: set[str] = set()
    seen: list[tuple[str, frozenset[str]]] = []
    lock = threading.Lock()

    def check(id_: str) -> Any:
        def checking() -> Finding:
            with lock:
                under_way.add(id_)
            time.sleep(0.02)
            with lock:
                seen.append((id_, frozenset(under_way)))
                under_way.remove(id_)
            return GOOD

        return checking

    found = run({id_: check(id_) for id_ in "abc"}, disturbing="ab")

    assert [name for name, _ in seen] == ["c", "a", "b"]
    assert all(beside == {name} for name, beside in seen)
    assert list(found) == ["a", "b", "c"]


def test_the_real_disturbers_are_those_that_load_or_take_away() -> None:
    assert [one.id for one in CRITERIA if one.disturbs] == ["ac11", "ac12", "ac13", "ac14"]


def test_a_check_that_fails_counts_against_its_criterion_and_lets_the_others_go_on() -> None:
    def breaks(error: Exception) -> Any:
        def check() -> Finding:
            raise error

        return check

    found = run(
        {
            "tool": breaks(ToolError("k3d failed", details=("first", "last"))),
            "bug": breaks(KeyError("x")),
            "good": lambda: GOOD,
        }
    )

    assert found["tool"] == Finding(ok=False, evidence="k3d failed: last")
    assert found["bug"] == Finding(ok=False, evidence="KeyError: 'x'")
    assert found["good"] == GOOD


def test_an_interrupt_is_no_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell, "stop_all", lambda: None)

    def interrupted() -> Finding:
        raise shell.InterruptedLabError("interrupted")

    with pytest.raises(shell.InterruptedLabError):
        run({"a": interrupted, "b": lambda: GOOD})


@pytest.mark.parametrize("disturbing", ["", "x"])
def test_a_criterion_without_a_check_does_not_apply_and_lets_the_others_go_on(disturbing: str) -> None:
    said: list[str] = []
    criteria = [criterion("x", disturbs=bool(disturbing)), criterion("good")]

    results = carry_out({"good": lambda: GOOD}, criteria, said.append, runtime="process")

    assert [(result.criterion.id, result.finding) for result in results] == [
        ("x", Finding(ok=None, evidence="does not apply to the runtime process")),
        ("good", GOOD),
    ]
    assert said == ["checking good"]


def test_where_nothing_applies_nothing_is_checked() -> None:
    assert run({}, lacking=("a", "b")) == dict.fromkeys(
        ("a", "b"), Finding(ok=None, evidence="does not apply to the runtime process")
    )


def results(**findings: bool | None) -> list[Result]:
    return [
        Result(criterion=criterion(name), finding=Finding(ok=ok, evidence=f"seen of {name}"), seconds=1.25)
        for name, ok in findings.items()
    ]


def test_a_failed_check_ends_with_4_and_the_command_that_repeats_it() -> None:
    with pytest.raises(ToolError) as raised:
        require_all(results(ac1=True, ac2=False, ac6=None, ac9=False))

    assert raised.value.exit_code == 4
    assert raised.value.summary == (
        "2 of 4 checks failed: ac2, ac9; run './invokew up', then './invokew verify --only=ac2,ac9'"
    )


def test_what_is_for_another_topology_or_runtime_fails_nothing() -> None:
    found = results(ac1=True, ac6=None)

    require_all(found)
    assert summary(found) == "passed: 1; for another topology or runtime: 1"


def test_the_table_shows_mark_criterion_evidence_and_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    show(results(ac1=True, ac2=False, ac6=None))

    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["✓", "ac1", "ac1", "holds", "seen", "of", "ac1", "1.25", "s"],
        ["✗", "ac2", "ac2", "holds", "seen", "of", "ac2", "1.25", "s"],
        ["–", "ac6", "ac6", "holds", "seen", "of", "ac6", "1.25", "s"],  # noqa: RUF001 - not a minus
    ]


@pytest.fixture
def runtime(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeRuntime:
    """The command on a lab that is up, with a state of its own."""
    held = lock.held
    monkeypatch.setattr(lock, "held", lambda name: held(name, path=tmp_path / "lock"))
    monkeypatch.setattr(command, "load", lambda: settings)
    monkeypatch.setattr(command, "of", lambda chosen, **_: lab_of(chosen))
    chosen = FakeRuntime(lab_of(settings), checked={"ac8": lambda: GOOD})
    monkeypatch.setattr(choice, "to_look", lambda *_: chosen)
    return chosen


def test_a_dry_run_only_names_the_checks(
    runtime: FakeRuntime, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    lab_commands.verify("ac8", dry=True)

    assert capsys.readouterr().out == "ac8: GET /health at the entry is 200\n"
    assert runtime.asked == []
    assert not (tmp_path / "lock").exists()


@pytest.mark.parametrize(("ok", "last"), [(True, "passed: 1"), (False, "seen of ac8")])
def test_the_table_is_shown_whatever_was_found(
    runtime: FakeRuntime, capsys: pytest.CaptureFixture[str], ok: bool, last: str
) -> None:
    runtime.checked = {"ac8": lambda: Finding(ok=ok, evidence="seen of ac8")}

    with nullcontext() if ok else pytest.raises(ToolError, match="1 of 1 checks failed: ac8"):
        lab_commands.verify("ac8", dry=False)

    assert runtime.asked == ["begin", "checks"]
    assert last in capsys.readouterr().out.splitlines()[-1]


def test_what_does_not_apply_to_what_stands_is_named_so_and_fails_nothing(
    runtime: FakeRuntime, capsys: pytest.CaptureFixture[str]
) -> None:
    runtime.name = "process"

    lab_commands.verify("ac1,ac8", dry=False)

    lines = capsys.readouterr().out.splitlines()
    assert "does not apply to the runtime process" in lines[-3]
    assert lines[-1] == "passed: 1; for another topology or runtime: 1"
