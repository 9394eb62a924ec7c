"""What `down` takes away, what it leaves, and that it may be said twice."""

from pathlib import Path

import pytest

from lab.bringup import down, k3d_cluster, standing
from lab.cluster.lab import Lab
from lab.core import causes
from lab.core.errors import PreflightError, ToolError
from lab.process import ledger
from lab.process.ledger import Entry, Identity
from lab.tools import docker, k3d
from tests.lab import k3d_lists
from tests.lab.caused import by
from tests.lab.doubles import Recorder, silent
from tests.lab.k3d_lists import NAME


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(down, "STATE", tmp_path / ".lab")
    return tmp_path / ".lab"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, state: Path) -> Recorder:
    """A machine that has nothing of the lab."""
    del state
    recorder = Recorder().instead_of_run(monkeypatch, down, k3d_cluster, k3d, standing)
    recorder.on("inspect", code=1, stderr="Error response from daemon: No such container: x")
    monkeypatch.setattr(docker, "engine", lambda: None)
    monkeypatch.setattr(ledger, "alive", lambda **_: ())
    monkeypatch.setattr(ledger, "stop", lambda *_, **__: None)
    return recorder


def changing(run: Recorder) -> list[str]:
    """The commands that take something away, as one would type them."""
    return [str(command) for command in run.commands if {"delete", "rm"} & set(command.argv)]


def test_a_lab_is_taken_away_and_its_registry_kept_which_is_said(lab: Lab, run: Recorder, state: Path) -> None:
    run.on("cluster", "list", stdout=k3d_lists.clusters()).on("registry", "list", stdout=k3d_lists.registries())
    (state / "manifests").mkdir(parents=True)
    begun: list[str] = []

    done = down.down(lab, begun.append, keep_registry=True)

    assert changing(run) == [f"k3d cluster delete {NAME}"]
    assert begun == [f"deleting cluster {NAME}"]
    assert done[-1] == f"registry k3d-{NAME}-registry kept; './invokew down --no-keep-registry' removes it too"
    assert not state.exists()


def test_why_something_broke_is_kept(lab: Lab, run: Recorder, state: Path) -> None:
    del run
    (state / "failures" / "20261122T174714Z-up").mkdir(parents=True)
    (state / "kubeconfig").touch()

    down.down(lab, silent, keep_registry=True)

    assert [path.name for path in state.iterdir()] == ["failures"]
    assert (state / "failures" / "20261122T174714Z-up").is_dir()


@pytest.mark.parametrize("maker", ["/another/checkout", ""])
def test_the_cluster_of_another_checkout_is_not_taken_away_unless_it_is_taken_over(
    lab: Lab, run: Recorder, maker: str
) -> None:
    run.on("cluster", "list", stdout=k3d_lists.clusters())
    k3d_lists.server(run, k3d_lists.made(maker=maker))

    with pytest.raises(PreflightError, match=r"'./invokew down --take-over'", check=by(causes.CLUSTER_FOREIGN)):
        down.down(lab, silent, keep_registry=True)

    assert changing(run) == []


def test_the_registry_goes_too_when_asked(lab: Lab, run: Recorder) -> None:
    run.on("registry", "list", stdout=k3d_lists.registries())

    assert down.down(lab, silent, keep_registry=False) == [f"registry k3d-{NAME}-registry deleted"]
    assert changing(run) == [f"k3d registry delete k3d-{NAME}-registry"]


@pytest.mark.parametrize("keep", [True, False])
def test_where_nothing_of_the_lab_is_nothing_is_done(lab: Lab, run: Recorder, *, keep: bool) -> None:
    run.on("ps", stdout="someone-elses\nk3d-other-server-0\n")

    assert down.down(lab, silent, keep_registry=keep) == ["nothing of the lab is there"]
    assert changing(run) == []


def test_what_k3d_no_longer_finds_is_taken_away_by_docker(
    lab: Lab, run: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [[f"container k3d-{NAME}-tools", f"volume k3d-{NAME}-images", f"network k3d-{NAME}"]] * 2 + [[]]
    for module in (down, k3d_cluster):
        monkeypatch.setattr(module, "left_of", lambda _: left.pop(0))

    down.down(lab, silent, keep_registry=True)

    assert changing(run) == [
        f"k3d cluster delete {NAME}",
        f"docker rm --force --volumes k3d-{NAME}-tools",
        f"docker volume rm k3d-{NAME}-images",
        f"docker network rm k3d-{NAME}",
    ]


def test_what_can_not_be_taken_away_is_an_error_that_names_it(lab: Lab, run: Recorder) -> None:
    run.on("ps", stdout=f"k3d-{NAME}-agent-0\n")

    with pytest.raises(ToolError, match=f"container k3d-{NAME}-agent-0 is left after 'down'; remove it by hand"):
        down.down(lab, silent, keep_registry=True)


def test_processes_of_the_lab_are_ended_first_and_named(
    lab: Lab, run: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = Entry(identity=Identity(pid=7, started=1.0), purpose="port-forward", argv=("kubectl",))
    stopped: list[object] = []
    monkeypatch.setattr(ledger, "alive", lambda **_: (entry,))
    monkeypatch.setattr(ledger, "end_commands", lambda: ["'k3d cluster create' was ended"])
    monkeypatch.setattr(ledger, "stop", lambda entries, **_: stopped.extend([*entries, *run.asked("list")]))

    assert down.down(lab, silent, keep_registry=True) == [
        "'k3d cluster create' was ended",
        "port-forward (pid 7) stopped",
    ]
    assert stopped == [entry]


@pytest.mark.parametrize(("keep", "lines"), [(True, 2), (False, 3)])
def test_the_plan_shows_what_would_go(lab: Lab, run: Recorder, state: Path, *, keep: bool, lines: int) -> None:
    plan = down.plan(lab, keep_registry=keep)

    assert plan[0] == f"k3d cluster delete {NAME}"
    assert plan[-1] == f"rm -r {state}  # but failures and process"
    assert len(plan) == lines
    assert run.commands == []
