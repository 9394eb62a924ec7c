"""`verify`: which checks run, in what order, and what their findings make of the exit code."""

import threading
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from lab import commands, verify
from lab.acceptance import teardown
from lab.acceptance.check import Check
from lab.acceptance.criteria import CHECKS
from lab.acceptance.finding import Finding
from lab.acceptance.site import Site
from lab.errors import ToolError, UsageError
from lab.outage import fault
from lab.ownership import TOPOLOGY
from lab.process import lock, shell
from lab.toolbox import k3d
from lab.toolbox.k3d import ClusterState
from lab.verify import Result, carry_out, choose, plan, require_all, show, site_of, summary
from tests.lab.doubles import FakeKube
from tests.lab.sites import SETTINGS, site

GOOD = Finding(ok=True, evidence="it holds")


def check(id_: str, look: Any = lambda _: GOOD, *, disturbs: bool = False) -> Check:
    return Check(id=id_, criterion=f"{id_} holds", look=look, disturbs=disturbs)


def silent(_words: str) -> None:
    """Hear nothing."""


def run(*checks: Check) -> dict[str, Finding]:
    return {result.check.id: result.finding for result in carry_out(site(), checks, silent)}


def test_all_criteria_of_the_spec_are_checked_in_its_order() -> None:
    assert [one.id for one in choose("")] == [
        *(f"ac{number}" for number in range(1, 15)),
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


def test_a_plan_names_each_and_says_what_goes_by_itself() -> None:
    lines = plan(choose("ac8,ac14"))

    assert lines == [
        "ac8: GET /health at the entry is 200",
        "ac14: the broker goes and comes back, orders go on; by itself",
    ]


def test_what_disturbs_runs_after_all_that_only_looks_and_alone() -> None:
    under_way: set[str] = set()
    seen: list[tuple[str, frozenset[str]]] = []
    lock = threading.Lock()

    def look(id_: str) -> Any:
        def looking(_site: Site) -> Finding:
            with lock:
                under_way.add(id_)
            time.sleep(0.02)
            with lock:
                seen.append((id_, frozenset(under_way)))
                under_way.remove(id_)
            return GOOD

        return looking

    found = run(check("a", look("a"), disturbs=True), check("b", look("b"), disturbs=True), check("c", look("c")))

    assert [name for name, _ in seen] == ["c", "a", "b"]
    assert all(beside == {name} for name, beside in seen)
    assert list(found) == ["a", "b", "c"]


def test_the_real_disturbers_are_those_that_load_or_take_away() -> None:
    assert [one.id for one in CHECKS if one.disturbs] == ["ac11", "ac12", "ac13", "ac14"]


def test_a_look_that_fails_counts_against_its_criterion_and_lets_the_others_go_on() -> None:
    def breaks(error: Exception) -> Any:
        def look(_site: Site) -> Finding:
            raise error

        return look

    found = run(
        check("tool", breaks(ToolError("k3d failed", details=("first", "last")))),
        check("bug", breaks(KeyError("x"))),
        check("good"),
    )

    assert found["tool"] == Finding(ok=False, evidence="k3d failed: last")
    assert found["bug"] == Finding(ok=False, evidence="KeyError: 'x'")
    assert found["good"] == GOOD


def test_an_interrupt_is_no_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell, "stop_all", lambda: None)

    def interrupted(_site: Site) -> Finding:
        raise shell.InterruptedLabError("interrupted")

    with pytest.raises(shell.InterruptedLabError):
        run(check("a", interrupted), check("b"))


def results(**findings: bool | None) -> list[Result]:
    return [
        Result(check=check(name), finding=Finding(ok=ok, evidence=f"seen of {name}"), seconds=1.25)
        for name, ok in findings.items()
    ]


def test_a_failed_check_ends_with_4_and_the_command_that_repeats_it() -> None:
    with pytest.raises(ToolError) as raised:
        require_all(results(ac1=True, ac2=False, ac6=None, ac9=False))

    assert raised.value.exit_code == 4
    assert raised.value.summary == (
        "2 of 4 checks failed: ac2, ac9; run './invokew up', then './invokew verify --only=ac2,ac9'"
    )


def test_what_is_for_another_topology_fails_nothing() -> None:
    found = results(ac1=True, ac6=None)

    require_all(found)
    assert summary(found) == "passed: 1; for another topology: 1"


def test_the_table_shows_mark_criterion_evidence_and_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    show(results(ac1=True, ac2=False, ac6=None))

    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["✓", "ac1", "ac1", "holds", "seen", "of", "ac1", "1.2", "s"],
        ["✗", "ac2", "ac2", "holds", "seen", "of", "ac2", "1.2", "s"],
        ["–", "ac6", "ac6", "holds", "seen", "of", "ac6", "1.2", "s"],  # noqa: RUF001 - not a minus
    ]


@pytest.fixture
def up(monkeypatch: pytest.MonkeyPatch) -> FakeKube:
    """A lab that is up, of which nothing is to be healed."""
    monkeypatch.setattr(k3d, "cluster_state", lambda *_: ClusterState(servers=1, agents=3, running=4))
    monkeypatch.setattr(teardown, "take_away", lambda *_: [])
    monkeypatch.setattr(fault, "heal", lambda _: None)
    return FakeKube({"Namespace": [{"metadata": {"name": "matching-engine", "annotations": {TOPOLOGY: "multi"}}}]})


def test_the_topology_that_stands_is_checked(up: FakeKube) -> None:
    assert site_of(site(kube=up).lab, silent).topology.name == "multi"


def test_without_a_cluster_it_says_how_to_get_one(up: FakeKube, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(k3d, "cluster_state", lambda *_: None)

    with pytest.raises(ToolError, match=r"there is no cluster matching-engine-exp to check; run './invokew up'"):
        site_of(site(kube=up).lab, silent)


def test_a_half_made_lab_is_not_checked(up: FakeKube) -> None:
    up.objects = {"Namespace": [{"metadata": {"name": "matching-engine"}}]}

    with pytest.raises(ToolError, match=r"no topology stands in cluster matching-engine-exp; run './invokew up'"):
        site_of(site(kube=up).lab, silent)


def test_a_switch_that_is_not_ended_is_not_checked(up: FakeKube) -> None:
    up.objects["Namespace"][0]["metadata"]["annotations"][TOPOLOGY] = "switching to single"

    with pytest.raises(
        ToolError,
        match=r"topology must be one of .*multi.*; the cluster says 'switching to single'; run './invokew up'",
    ):
        site_of(site(kube=up).lab, silent)


def test_what_a_killed_check_left_behind_goes_first_and_is_told(up: FakeKube, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teardown, "take_away", lambda *_: ["network k3d-x-ac11"])
    monkeypatch.setattr(fault, "heal", lambda _: "outage was left behind; redpanda is back at 1")
    said: list[str] = []

    site_of(site(kube=up).lab, said.append)

    assert said == [
        "network k3d-x-ac11 was left behind by an earlier check and is removed",
        "outage was left behind; redpanda is back at 1",
    ]


def test_what_can_not_be_removed_is_left_for_its_own_check_to_tell(
    up: FakeKube, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: Any) -> list[str]:
        raise ToolError("network k3d-x-ac11 has active endpoints")

    monkeypatch.setattr(teardown, "take_away", refuses)

    assert site_of(site(kube=up).lab, silent).topology.name == "multi"


@pytest.fixture
def command(up: FakeKube, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The command on a lab that is up, with a state of its own."""
    held = lock.held
    monkeypatch.setattr(lock, "held", lambda name: held(name, path=tmp_path / "lock"))
    monkeypatch.setattr(commands, "load", lambda: SETTINGS)
    monkeypatch.setattr(commands, "of", lambda *_, **__: site(kube=up).lab)


def test_a_dry_run_only_names_the_checks(command: None, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    commands.verify("ac8", dry=True)

    assert capsys.readouterr().out == "ac8: GET /health at the entry is 200\n"
    assert not (tmp_path / "lock").exists()


@pytest.mark.parametrize(("ok", "last"), [(True, "passed: 1"), (False, "seen of ac8")])
def test_the_table_is_shown_whatever_was_found(
    command: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], ok: bool, last: str
) -> None:
    monkeypatch.setattr(verify, "carry_out", lambda *_: results(ac8=ok))

    with nullcontext() if ok else pytest.raises(ToolError, match="1 of 1 checks failed: ac8"):
        commands.verify("ac8", dry=False)

    assert last in capsys.readouterr().out.splitlines()[-1]
