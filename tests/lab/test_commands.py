"""What the tasks call: what a dry run does, what a failing one says, and who holds the lab meanwhile."""

import inspect
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from invoke.tasks import Task

import tasks
from lab import checks, commands, doctor, report, status, verify
from lab.access import NAMESPACE
from lab.bringup import down, up
from lab.bringup.steps import Graph, Step
from lab.errors import LabError, PreflightError, ToolError, UsageError
from lab.experiment import schema
from lab.experiment.settings import Settings
from lab.experiment.topology import Topology
from lab.lab import Lab
from lab.manifests import preview, synthesis
from lab.ownership import TOPOLOGY
from lab.process import lock, shell
from lab.report import choice
from lab.report import schema as report_schema
from lab.screen import table
from lab.status import Row
from tests.lab.doubles import FakeKube, lab_of


@pytest.fixture(autouse=True)
def _apart(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The committed settings and a state of its own, whatever the machine has."""
    monkeypatch.setattr(commands, "load", lambda: settings)
    monkeypatch.setattr(commands, "of", lambda chosen, **_: lab_of(chosen))
    held = lock.held
    monkeypatch.setattr(lock, "held", lambda command: held(command, path=tmp_path / "lock"))


def test_a_dry_up_prints_its_plan_and_holds_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(up, "steps", lambda *_: [Step(name="a", run=lambda _: None, plan=lambda: ["k3d x"])])

    commands.up("single", dry=True)

    assert capsys.readouterr().out == "a\n  k3d x\n"
    assert not (tmp_path / "lock").exists()


def test_up_ends_with_where_things_are_and_what_comes_next(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(up, "carry_out", lambda _: Graph([]))

    commands.up("single", dry=False)

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("the lab is up with topology single (")
    assert "http://127.0.0.1:3000" in lines[3]
    assert lines[-1] == "next: './invokew asr1' runs the suite, './invokew status' shows what stands"


DRY: dict[str, tuple[Callable[[], None], str]] = {
    "synth": (lambda: commands.synth(dry=True), "python main.py"),
    "schema": (lambda: commands.schema(dry=True), "write experiment.schema.json\nwrite docs/report.schema.json"),
    "report": (
        lambda: commands.report("r1", dry=True),
        "write r1/report.html\nwrite r1/report.json\nwrite r1/report.md\nwrite r1/junit.xml",
    ),
    "test": (lambda: commands.test(cluster=False, dry=True), "python -m mypy"),
    "test --cluster": (
        lambda: commands.test(cluster=True, dry=True),
        "python -m pytest -q -m cluster -x tests/cluster",
    ),
}


@pytest.mark.parametrize("name", DRY)
def test_what_writes_or_runs_says_so_when_dry_and_does_nothing(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError

    for module, does in (
        (shell, "run"),
        (shell, "attach"),
        (schema, "write"),
        (report_schema, "write"),
        (report, "write"),
    ):
        monkeypatch.setattr(module, does, never)
    for module in (synthesis, checks):
        monkeypatch.setattr(module, "node_path", lambda: "node")
    monkeypatch.setattr(choice, "folder", lambda _, run: Path(run))
    monkeypatch.setattr(schema, "FILE", Path("experiment.schema.json"))
    monkeypatch.setattr(report_schema, "FILE", Path("docs/report.schema.json"))
    run, said = DRY[name]

    run()

    assert said in capsys.readouterr().out.replace(sys.executable, "python")
    assert not list(tmp_path.iterdir())


def test_a_topology_that_is_not_there_is_refused_before_anything_is_done() -> None:
    with pytest.raises(UsageError, match="topology must be one of single"):
        commands.up("tripple", dry=False)


def namespace(topology: str | None) -> FakeKube:
    annotations = {TOPOLOGY: topology} if topology else {}
    return FakeKube({"Namespace": [{"metadata": {"name": NAMESPACE, "annotations": annotations}}]})


STANDING = {
    "a topology": (namespace("multi"), "multi"),
    "a switch that was cut short": (namespace("switching to multi"), "multi"),
    "one that the settings don't know": (namespace("shards-77"), "single"),
    "a switch to one that they don't know": (namespace("switching to shards-77"), "single"),
    "none": (namespace(None), "single"),
    "nothing of the lab": (FakeKube(), "single"),
    "a cluster that does not answer": (FakeKube(error=ToolError("connection refused")), "single"),
}
COMMANDS: dict[str, Callable[[str], None]] = {
    "up": lambda name: commands.up(name, dry=True),
    "images": lambda name: commands.images(name, dry=True),
    "plan": lambda name: commands.plan(name, full=False),
}


@pytest.fixture
def asked_for(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The topologies that commands went on with."""
    names: list[str] = []

    def steps(_: Lab, topology: Topology, **__: object) -> list[Step]:
        names.append(topology.name)
        return []

    monkeypatch.setattr(up, "steps", steps)
    monkeypatch.setattr(up, "image_steps", steps)
    monkeypatch.setattr(preview, "lines", steps)
    return names


def stand(monkeypatch: pytest.MonkeyPatch, kube: FakeKube, kubeconfig: Path) -> None:
    monkeypatch.setattr(commands, "of", lambda chosen, **_: lab_of(chosen, kube, kubeconfig=kubeconfig))


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("case", STANDING)
def test_the_topology_that_stands_is_kept_when_none_is_named(
    monkeypatch: pytest.MonkeyPatch, asked_for: list[str], tmp_path: Path, case: str, command: str
) -> None:
    kube, kept = STANDING[case]
    (tmp_path / "kubeconfig").touch()
    stand(monkeypatch, kube, tmp_path / "kubeconfig")

    COMMANDS[command]("")
    COMMANDS[command]("single")

    assert asked_for == [kept, "single"]


def test_without_a_kubeconfig_no_cluster_is_asked(
    monkeypatch: pytest.MonkeyPatch, asked_for: list[str], tmp_path: Path
) -> None:
    stand(monkeypatch, namespace("multi"), tmp_path / "absent")

    commands.up("", dry=True)

    assert asked_for == ["single"]


def test_up_does_not_go_on_with_the_client_that_asked_what_stands(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It may know the way to a cluster that is gone; `up` makes another one and writes its kubeconfig."""
    labs: dict[str, Lab] = {}
    (tmp_path / "kubeconfig").touch()
    stand(monkeypatch, FakeKube(), tmp_path / "kubeconfig")
    monkeypatch.setattr(status, "standing", lambda lab: labs.update(asked=lab))

    def steps(lab: Lab, _: Topology) -> list[Step]:
        labs["brought_up"] = lab
        return []

    monkeypatch.setattr(up, "steps", steps)

    commands.up("", dry=True)

    assert labs["asked"] is not labs["brought_up"]


@pytest.mark.parametrize(
    ("task", "default"),
    [(tasks.up, ""), (tasks.images, ""), (tasks.plan, ""), (tasks.capacity, "single"), (tasks.doctor, "single")],
    ids=lambda value: getattr(value, "name", value),
)
def test_the_tasks_that_mend_a_lab_name_no_topology_by_themselves(task: Task[Any], default: str) -> None:
    assert inspect.signature(task.body).parameters["topology"].default == default


def test_one_command_at_a_time_changes_the_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(down, "down", lambda *_, **__: [])

    with lock.held("up"), pytest.raises(UsageError, match=rf"'up' \(pid {os.getpid()}\) is changing the lab; wait"):
        commands.down(keep_registry=True, dry=False)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_any_way_of_stopping_a_command_ends_what_it_began_and_says_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    stopped: list[bool] = []
    monkeypatch.setattr(shell, "stop_all", lambda: stopped.append(True))
    monkeypatch.setattr(up, "carry_out", lambda _: os.kill(os.getpid(), number))
    before = signal.getsignal(number)

    with pytest.raises(LabError, match=r"interrupted; .* goes on from here, '.*down' takes all away") as caught:
        commands.up("single", dry=False)

    assert caught.value.code == 1
    assert stopped
    assert signal.getsignal(number) is before


ANEW: dict[str, tuple[Callable[[], None], str]] = {
    "asr1": (lambda: commands.suite("asr1", profile="smoke", dry=False), ", what was measured is in runs/"),
    "case": (lambda: commands.case("a2", profile="smoke", dry=False), ", what was measured is in runs/"),
    "capacity": (
        lambda: commands.capacity("single", against="", profile="smoke", dry=False),
        ", what was measured is in runs/",
    ),
    "verify": (lambda: commands.verify("", dry=False), ""),
}


@pytest.mark.parametrize("name", ANEW)
def test_what_measures_or_checks_says_that_it_begins_anew(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    command, where = ANEW[name]
    monkeypatch.setattr(shell, "stop_all", lambda: None)
    monkeypatch.setattr(up, "steps", lambda *_: [])
    for module, what in ((up, "carry_out"), (verify, "site_of")):
        monkeypatch.setattr(module, what, lambda *_: os.kill(os.getpid(), signal.SIGINT))

    with pytest.raises(LabError, match=f"^interrupted; the same command begins anew{where}$"):
        command()


def test_doctor_shows_all_and_fails_for_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = [Row(thing="Docker", state="missing", note="it is stopped", ok=False), Row(thing="k3d", state="5.8.3")]
    monkeypatch.setattr(doctor, "rows", lambda *_: found)

    with pytest.raises(PreflightError, match="Docker: it is stopped"):
        commands.doctor("single")

    assert "5.8.3" in capsys.readouterr().out


def test_a_table_off_a_terminal_is_a_line_a_row_however_long(capsys: pytest.CaptureFixture[str]) -> None:
    table.show([Row(thing="a", state="x" * 120, note="y" * 60), Row(thing="b", state="absent", ok=False)])

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert ("y" * 60) in lines[0]
    assert lines[1].startswith("✗")


def test_status_shows_its_rows(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(status, "rows", lambda _: [Row(thing="topology", state="single")])

    commands.status()

    assert "single" in capsys.readouterr().out
