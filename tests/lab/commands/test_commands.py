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
from lab.bringup import down, preview, standing, standstill, up
from lab.cluster.kube import Kube
from lab.cluster.lab import Lab
from lab.commands import command, doctor, lab_commands, project_checks, project_commands, run_commands, suite_commands
from lab.core.access import SPEC
from lab.core.causes import CLUSTER_FOREIGN
from lab.core.errors import LabError, PreflightError, ToolError, UsageError
from lab.core.ownership import TOPOLOGY
from lab.manifests import synthesis
from lab.present import progress, report, report_schema, table
from lab.present.table import Row
from lab.process import lock, shell
from lab.process.steps import Graph, Say, Step
from lab.runtime import choice
from lab.runtime.k3d import runtime as k3d_runtime
from lab.runtime.k3d import status, verify
from lab.settings import settings_schema
from lab.settings.settings import Settings
from lab.settings.topology import Topology
from lab.store import run_choice as report_choice
from tests.lab.doubles import FakeKube, lab_of
from tests.lab.runtimes import FakeRuntime


@pytest.fixture(autouse=True)
def _apart(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The committed settings and a state of its own, whatever the machine has."""
    monkeypatch.setattr(command, "load", lambda: settings)
    stand(monkeypatch)
    held = lock.held
    monkeypatch.setattr(lock, "held", lambda command: held(command, path=tmp_path / "lock"))


def test_a_dry_up_prints_what_it_would_run_on_and_its_plan_and_holds_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(up, "steps", lambda *_: [Step(name="a", run=lambda _: None, plan=lambda: ["k3d x"])])

    lab_commands.up("single", dry=True, runtime="k3d")

    assert capsys.readouterr().out == "runtime k3d: asked for by --runtime\na\n  k3d x\n"
    assert not (tmp_path / "lock").exists()


def test_up_ends_with_where_things_are_and_what_comes_next(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "carry_out", lambda _: Graph([]))

    lab_commands.up("single", dry=False, runtime="k3d")

    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith("the lab is up with topology single (")
    assert "http://127.0.0.1:3000" in lines[5]
    assert lines[-1] == "next: './invokew asr1' runs the suite, './invokew status' shows the lab"


@pytest.fixture
def runtime(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> FakeRuntime:
    """What all commands find the lab on."""
    found = FakeRuntime(lab_of(settings), stands="multi")
    monkeypatch.setattr(choice, "to_begin", lambda *_: found)
    monkeypatch.setattr(choice, "to_look", lambda *_: found)
    monkeypatch.setattr(choice, "to_end", lambda *_: (FakeRuntime(lab_of(settings), name="process"), found))
    return found


def test_up_has_what_it_brought_up_stand_once_all_of_it_is(
    runtime: FakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def carry_out(steps: list[Step]) -> Graph:
        runtime.asked += [step.name for step in steps]
        return Graph([])

    monkeypatch.setattr(progress, "carry_out", carry_out)

    lab_commands.up("", dry=False)

    assert runtime.asked == ["begin", "preflight", "bring up multi", "keep"]


def test_what_an_up_that_breaks_has_brought_up_stands_on(runtime: FakeRuntime, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says that the same command continues from there."""

    def breaks(_: object) -> None:
        raise UsageError("no")

    monkeypatch.setattr(progress, "carry_out", breaks)

    with pytest.raises(UsageError):
        lab_commands.up("", dry=False)

    assert runtime.asked == ["begin", "keep"]


def test_down_takes_away_whatever_stands(runtime: FakeRuntime, capsys: pytest.CaptureFixture[str]) -> None:
    lab_commands.down(keep_registry=False, dry=True)
    lab_commands.down(keep_registry=True, dry=False)

    assert capsys.readouterr().out.splitlines() == [
        "take process down, with its registry", "take k3d down, with its registry", "process is down", "k3d is down",
    ]  # fmt: skip
    assert runtime.asked == ["down"]


def foreign(say: Say, *, keep_registry: bool) -> list[str]:
    """A `down` that finds a cluster of another checkout."""
    del say, keep_registry
    raise PreflightError("cluster lab belongs to the checkout /other, not to /this", cause=CLUSTER_FOREIGN)


def test_a_cluster_of_another_checkout_is_left_alone_once_this_ones_processes_are_down(
    runtime: FakeRuntime, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(runtime, "down", foreign)

    lab_commands.down(keep_registry=True, dry=False)

    assert capsys.readouterr().out.splitlines() == [
        "process is down", "left alone: cluster lab belongs to the checkout /other, not to /this",
    ]  # fmt: skip


def test_a_cluster_of_another_checkout_is_refused_where_nothing_else_is_there(
    runtime: FakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "down", foreign)
    monkeypatch.setattr(choice, "to_end", lambda *_: (runtime,))

    with pytest.raises(PreflightError, match="belongs to the checkout /other"):
        lab_commands.down(keep_registry=True, dry=False)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The clusters that were taken over."""
    names: list[str] = []

    def take_over(name: str) -> str:
        names.append(name)
        return f"{name} is taken over"

    monkeypatch.setattr(standing, "take_over", take_over)
    return names


def test_a_cluster_is_taken_over_before_up_looks_at_it_and_before_down_takes_it_away(
    runtime: FakeRuntime, taken: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def carry_out(_: object) -> Graph:
        runtime.asked.append(f"{len(taken)} taken")
        return Graph([])

    monkeypatch.setattr(progress, "carry_out", carry_out)

    lab_commands.up("", dry=False, take_over=True)
    lab_commands.down(keep_registry=True, dry=False, take_over=True)

    name = runtime.lab.settings.name
    assert taken == [name, name]
    assert runtime.asked == ["begin", "1 taken", "keep", "down"]
    assert capsys.readouterr().out.splitlines()[-2:] == [f"{name} is taken over", "k3d is down"]


def test_where_there_is_no_cluster_to_take_over_the_flag_is_refused(
    runtime: FakeRuntime, taken: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice, "to_begin", lambda *_: FakeRuntime(runtime.lab, name="process"))

    with pytest.raises(UsageError, match="--take-over is for clusters of runtime k3d; the runtime is process"):
        lab_commands.up("", dry=False, take_over=True)

    assert taken == []


def test_stop_says_what_it_did_and_a_dry_one_what_it_would(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(standstill, "plan", lambda _: ["docker kill x"])
    monkeypatch.setattr(standstill, "stop", lambda _: ["cluster x stopped"])

    lab_commands.stop(dry=True)
    lab_commands.stop(dry=False)

    assert capsys.readouterr().out.splitlines() == ["docker kill x", "cluster x stopped"]


def test_logs_are_those_of_what_stands(runtime: FakeRuntime, capsys: pytest.CaptureFixture[str]) -> None:
    lab_commands.logs("gateway", follow=True, previous=True)

    assert runtime.asked == ["logs of gateway follow previous"]
    assert capsys.readouterr().out == ""


def test_a_command_ends_the_load_of_one_that_was_killed_and_says_so(
    runtime: FakeRuntime, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything else: it would be in the measurements, or keep the lab from going down."""

    def end_orphans() -> int:
        runtime.asked.append("end orphans")
        return 1

    monkeypatch.setattr(command, "end_orphans", end_orphans)
    monkeypatch.setattr(progress, "carry_out", lambda _: Graph([]))

    lab_commands.up("", dry=False)

    assert runtime.asked == ["end orphans", "begin", "keep"]
    assert capsys.readouterr().out.startswith("ended k6 with its load, which a killed command had left behind\n")


def asked_for_runtimes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What commands were told of a runtime; each choice is refused."""
    asked: list[str] = []

    def refuse(_: Lab, runtime: str, *__: object) -> None:
        asked.append(runtime)
        raise UsageError("refused")

    for name in ("to_begin", "to_look", "to_end"):
        monkeypatch.setattr(choice, name, refuse)
    return asked


OF_RUNTIME: dict[str, Callable[[str], None]] = {
    "up": lambda name: lab_commands.up("single", dry=True, runtime=name),
    "down": lambda name: lab_commands.down(keep_registry=True, dry=True, runtime=name),
    "asr1": lambda name: suite_commands.suite("asr1", profile="smoke", dry=True, runtime=name),
    "case": lambda name: suite_commands.case("a2", profile="smoke", dry=True, runtime=name),
    "capacity": lambda name: suite_commands.capacity("single", against="", profile="smoke", dry=True, runtime=name),
    "status": lab_commands.status,
    "verify": lambda name: lab_commands.verify("", dry=False, runtime=name),
    "logs": lambda name: lab_commands.logs("", follow=False, previous=False, runtime=name),
}


@pytest.mark.parametrize("command", OF_RUNTIME)
def test_the_runtime_that_a_command_names_is_chosen_before_anything_is_done(
    monkeypatch: pytest.MonkeyPatch, command: str, tmp_path: Path
) -> None:
    asked = asked_for_runtimes(monkeypatch)

    for name in ("process", ""):
        with pytest.raises(UsageError, match="refused"):
            OF_RUNTIME[command](name)

    assert asked == ["process", ""]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", [*OF_RUNTIME, "asr2"])
def test_the_tasks_of_a_lab_take_a_runtime_and_name_none_by_themselves(name: str) -> None:
    task: Task[Any] = getattr(tasks, name)

    assert inspect.signature(task.body).parameters["runtime"].default == ""


def test_manifests_are_synthesized_for_a_runtime_that_has_some_and_a_cluster_that_is_named(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setattr(project_commands, "load", lambda: settings)

    with pytest.raises(UsageError, match="runtime must be one of k3d, kubernetes; got 'process'"):
        project_commands.synth("process", dry=True)
    with pytest.raises(UsageError, match=r"the settings name no cluster: .* takes kubernetes\.context"):
        project_commands.synth("kubernetes", dry=True)


DRY: dict[str, tuple[Callable[[], None], str]] = {
    "synth": (lambda: project_commands.synth("k3d", dry=True), "python main.py"),
    "schema": (lambda: project_commands.schema(dry=True), "write experiment.schema.json\nwrite docs/report.schema.json"),
    "report": (lambda: run_commands.report("r1", dry=True), "write r1/report.html\nwrite r1/report.json\nwrite r1/report.md\nwrite r1/junit.xml"),
    "test": (lambda: project_commands.test(cluster=False, dry=True), "python -m mypy"),
    "test --cluster": (lambda: project_commands.test(cluster=True, dry=True), "python -m pytest -q -m cluster -x --durations=20 tests/cluster"),
}  # fmt: skip


@pytest.mark.parametrize("name", DRY)
def test_what_writes_or_runs_says_so_when_dry_and_does_nothing(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError

    for module, does in (
        (shell, "run"),
        (shell, "attach"),
        (settings_schema, "write"),
        (report_schema, "write"),
        (report, "write"),
    ):
        monkeypatch.setattr(module, does, never)
    for module in (synthesis, project_checks):
        monkeypatch.setattr(module, "node_path", lambda: "node")
    monkeypatch.setattr(report_choice, "folder", lambda _, run: Path(run))
    monkeypatch.setattr(settings_schema, "FILE", Path("experiment.schema.json"))
    monkeypatch.setattr(report_schema, "FILE", Path("docs/report.schema.json"))
    run, said = DRY[name]

    run()

    assert said in capsys.readouterr().out.replace(sys.executable, "python")
    assert not list(tmp_path.iterdir())


def test_a_topology_that_is_not_there_is_refused_before_anything_is_done() -> None:
    with pytest.raises(UsageError, match="topology must be one of single"):
        lab_commands.up("tripple", dry=False, runtime="k3d")


def namespace(topology: str | None) -> FakeKube:
    annotations = {TOPOLOGY: topology} if topology else {}
    return FakeKube({"Namespace": [{"metadata": {"name": SPEC.workloads, "annotations": annotations}}]})


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
    "up": lambda name: lab_commands.up(name, dry=True, runtime="k3d"),
    "images": lambda name: lab_commands.images(name, dry=True),
    "plan": lambda name: lab_commands.plan(name, full=False),
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


def stand(
    monkeypatch: pytest.MonkeyPatch, kube: FakeKube | None = None, kubeconfig: Path = Path("/lab/kubeconfig")
) -> None:
    """Every lab that is made has this cluster."""
    for module in (command, k3d_runtime):
        monkeypatch.setattr(module, "of", lambda chosen, **_: lab_of(chosen, kube, kubeconfig=kubeconfig))


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

    lab_commands.up("", dry=True, runtime="k3d")

    assert asked_for == ["single"]


@pytest.mark.parametrize(
    ("stands", "kept"),
    [("multi", "multi"), (None, "single"), ("shards-77", "single"), (ToolError("no answer"), "single")],
    ids=["a topology", "none", "one that the settings don't know", "one that does not answer"],
)
def test_of_any_runtime_the_topology_that_stands_is_kept(
    runtime: FakeRuntime, capsys: pytest.CaptureFixture[str], stands: str | LabError | None, kept: str
) -> None:
    runtime.stands = stands

    lab_commands.up("", dry=True)

    assert f"bring up {kept}\n" in capsys.readouterr().out


def test_up_does_not_go_on_with_the_client_that_asked_what_stands(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It may know the way to a cluster that is gone; `up` makes another one and writes its kubeconfig."""
    labs: dict[str, Lab] = {}
    (tmp_path / "kubeconfig").touch()
    stand(monkeypatch, FakeKube(), tmp_path / "kubeconfig")
    monkeypatch.setattr(Lab, "standing_topology", lambda lab: labs.update(asked=lab))

    def steps(lab: Lab, _: Topology) -> list[Step]:
        labs["brought_up"] = lab
        return []

    monkeypatch.setattr(up, "steps", steps)

    lab_commands.up("", dry=True, runtime="k3d")

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
        lab_commands.down(keep_registry=True, dry=False, runtime="k3d")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_any_way_of_stopping_a_command_ends_what_it_began_and_says_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    stopped: list[bool] = []
    monkeypatch.setattr(shell, "stop_all", lambda: stopped.append(True))
    monkeypatch.setattr(progress, "carry_out", lambda _: os.kill(os.getpid(), number))
    before = signal.getsignal(number)

    with pytest.raises(LabError, match=r"interrupted; .* continues from here, '.*down' removes everything") as caught:
        lab_commands.up("single", dry=False, runtime="k3d")

    assert caught.value.code == 1
    assert stopped
    assert signal.getsignal(number) is before


def test_a_second_interrupt_breaks_off_nothing_of_what_the_first_one_ends(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """As by a person who waits, or a pipeline that asks once more: programs and an outage would stay."""
    done: list[str] = []
    monkeypatch.setattr(shell, "stop_all", lambda: done.append("stopped"))

    def act() -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        finally:
            for number in command.ENDINGS:
                signal.raise_signal(number)
            done.append("undone")

    with pytest.raises(LabError, match="interrupted; go on"), command.stoppable("go on"):
        act()

    assert done == ["undone", "stopped"]
    assert capfd.readouterr().err == command.ENDING.decode() * len(command.ENDINGS)


@pytest.mark.parametrize(
    "act",
    [
        lab_commands.env,
        lambda: lab_commands.logs("", follow=False, previous=False, runtime="k3d"),
        lambda: lab_commands.port_forward("redpanda:9644", "auto"),
    ],
    ids=["env", "logs", "port-forward"],
)
def test_what_needs_a_lab_on_a_cluster_says_that_there_is_none_in_the_labs_own_words(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, act: Callable[[], None]
) -> None:
    """Before it asks for a tool or a kubectl complains of a file."""
    found = lab_of(settings, kubeconfig=tmp_path / "absent")
    found.__dict__["kube"] = Kube(found.access)
    monkeypatch.setattr(command, "current_lab", lambda **_: found)

    with pytest.raises(ToolError, match=r"no lab .* is up on a cluster; run './invokew up'"):
        act()


ANEW: dict[str, tuple[Callable[[], None], str]] = {
    "asr1": (lambda: suite_commands.suite("asr1", profile="smoke", dry=False, runtime="k3d"), ", './invokew attach' goes on with the run; what was measured is in runs/"),
    "case": (lambda: suite_commands.case("a2", profile="smoke", dry=False, runtime="k3d"), ", './invokew attach' goes on with the run; what was measured is in runs/"),
    "capacity": (lambda: suite_commands.capacity("single", against="", profile="smoke", dry=False, runtime="k3d"), ", what was measured is in runs/"),
    "verify": (lambda: lab_commands.verify("", dry=False, runtime="k3d"), ""),
}  # fmt: skip


@pytest.mark.parametrize("name", ANEW)
def test_what_measures_or_checks_says_that_it_begins_anew(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    command, where = ANEW[name]
    monkeypatch.setattr(shell, "stop_all", lambda: None)
    monkeypatch.setattr(up, "steps", lambda *_: [])
    for module, what in ((progress, "carry_out"), (verify, "site_of")):
        monkeypatch.setattr(module, what, lambda *_: os.kill(os.getpid(), signal.SIGINT))

    with pytest.raises(LabError, match=f"^interrupted; the same command starts again{where}$"):
        command()


def test_doctor_shows_all_and_fails_for_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = [Row(thing="Docker", state="missing", note="it is stopped", ok=False), Row(thing="k3d", state="5.8.3")]
    monkeypatch.setattr(doctor, "rows", lambda *_: found)

    with pytest.raises(PreflightError, match="Docker: it is stopped"):
        project_commands.doctor("single")

    assert "5.8.3" in capsys.readouterr().out


def test_a_table_off_a_terminal_is_a_line_a_row_however_long(capsys: pytest.CaptureFixture[str]) -> None:
    table.show([Row(thing="a", state="x" * 120, note="y" * 60), Row(thing="b", state="absent", ok=False)])

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert ("y" * 60) in lines[0]
    assert lines[1].startswith("✗")


def test_status_shows_what_its_runtime_says(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(status, "rows", lambda _: [Row(thing="topology", state="single")])

    lab_commands.status("k3d")

    assert "single" in capsys.readouterr().out


def test_a_status_of_which_something_is_missing_ends_with_4(
    runtime: FakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = [Row(thing="pod me-shard-a-1", state="pending", ok=False)]
    monkeypatch.setattr(runtime, "status", lambda: missing)

    with pytest.raises(ToolError, match=r"^pod me-shard-a-1: pending; run './invokew up'$") as caught:
        lab_commands.status()

    assert caught.value.code == 4
