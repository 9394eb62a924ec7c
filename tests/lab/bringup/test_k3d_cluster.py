"""Which commands bring registry and cluster about, from each state that they may be found in."""

import contextlib
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lab.bringup import k3d_cluster, standing, standstill
from lab.bringup.k3d_cluster import Creation, left_of
from lab.bringup.standing import Standing
from lab.cluster.lab import Lab
from lab.core import causes
from lab.core.errors import PreflightError, ToolError
from lab.core.paths import ROOT
from lab.settings.settings import Settings
from lab.tools import docker, k3d
from lab.tools.docker import NodeContainer
from tests.lab.caused import by
from tests.lab.doubles import FakeKube, Recorder, is_done, lab_of, silent
from tests.lab.k3d_lists import NAME, clusters, made, registries, server

CREATE, START, DELETE = "create", "start", "delete"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Recorder:
    recorder = Recorder().on("kubeconfig", "get", stdout="server: https://127.0.0.1:1\n")
    recorder.instead_of_run(monkeypatch, k3d_cluster, k3d, docker, standing, standstill)
    recorder.on("registry", "list", stdout=registries()).on("inspect", code=1, stderr="No such container: x")
    monkeypatch.setattr(k3d_cluster, "STATE", tmp_path)
    monkeypatch.setattr(k3d_cluster, "PAUSE", 0.001)
    return recorder


@pytest.fixture
def lab(settings: Settings, kube: FakeKube, tmp_path: Path) -> Lab:
    return lab_of(settings, kube, kubeconfig=tmp_path / "kubeconfig")


def changing(run: Recorder) -> list[str]:
    """The commands that change something, in order."""
    words = [word for command in run.commands for word in command.argv[1:3]]
    return [word for word in words if word in {CREATE, START, DELETE}]


def bring(lab: Lab) -> str | None:
    """What the two steps of the cluster do, as `up` runs them; what the second says of itself before."""
    creation = Creation(lab)
    remains, step = creation.remains(()), creation.cluster(())
    if is_done(remains) is None:
        remains.run(silent)
    reason = is_done(step)
    if reason is None:
        step.run(silent)
        for thread in threading.enumerate():
            if thread.name.startswith("k3d"):
                thread.join(10)
    return reason


def stand(run: Recorder, listed: str, found: Standing | None = None) -> None:
    """A cluster that k3d lists so, and of whose server's container this can be read."""
    run.on("cluster", "list", stdout=listed)
    if found is not None:
        server(run, found)


STATES: list[tuple[str, str, Standing | None, str | None, list[str]]] = [
    ("absent", "[]", None, None, [CREATE]),
    ("killed while k3d made it: no mark", clusters(), made(mark=None), None, [DELETE, CREATE]),
    ("killed before its server was made", clusters(servers=0, agents=1, running=0), None, None, [DELETE, CREATE]),
    ("a node is gone since it was whole", clusters(agents=2, running=3), made(), None, [DELETE, CREATE]),
    ("taken over half made", clusters(), made(nodes=0), None, [DELETE, CREATE]),
    ("as it is to be", clusters(), made(), "1 server, 3 agents run", []),
    ("stopped", clusters(running=0), made(), None, [START]),
    ("one node stopped", clusters(running=3), made(), None, [START]),
]


@pytest.mark.parametrize("row", STATES, ids=[row[0] for row in STATES])
def test_a_cluster_comes_about_from_what_is_there(
    lab: Lab,
    run: Recorder,
    monkeypatch: pytest.MonkeyPatch,
    row: tuple[str, str, Standing | None, str | None, list[str]],
) -> None:
    _, listed, found, reason, commands = row
    stand(run, listed, found)
    monkeypatch.setattr(standstill, "start", lambda *_: run(standstill.start_command(["k3d-x-server-0"])) and "")

    assert bring(lab) == reason

    assert changing(run) == commands


def test_a_cluster_that_runs_but_does_not_answer_is_started_again(
    lab: Lab, run: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand(run, clusters(), made())
    run.on("/readyz", code=1)
    monkeypatch.setattr(standstill, "start", lambda *_: run(standstill.start_command(["k3d-x-server-0"])) and "")

    assert bring(lab) is None

    assert changing(run) == [START]


def test_a_cluster_whose_nodes_docker_gave_other_addresses_is_started_again(
    lab: Lab, run: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After Docker was started anew, or an `up` was killed between the two starts."""
    stand(run, clusters(), made())
    node = NodeContainer(name=f"k3d-{NAME}-agent-0", address="172.18.0.9", started=datetime.now(UTC))
    monkeypatch.setattr(docker, "node_containers", lambda _: [node])
    monkeypatch.setattr(standstill, "start", lambda *_: run(standstill.start_command(["k3d-x-agent-0"])) and "")

    assert bring(lab) is None

    assert changing(run) == [START]


def test_a_cluster_is_marked_once_k3d_is_done_and_its_nodes_are_ready(lab: Lab, run: Recorder) -> None:
    """With nodes, registry and whose it is: what later decides whether it is taken away."""
    run.on("cluster", "list", stdout="[]")
    server(run, made(mark=None))

    bring(lab)

    order = [command.argv[1] for command in run.commands if {"create", "--all", "cp"} & {*command.argv}]
    written = next(command for command in run.commands if command.argv[1:3] == ("cp", "-"))
    assert [run.asked("wait")[0].argv[-2:]] == [("--for=condition=Ready", "--timeout=180s")]
    assert order[-1] == "cp"
    assert written.argv[-1] == f"k3d-{lab.settings.name}-server-0:/etc"
    assert f'"checkout": "{ROOT}"' in (written.stdin or "")
    assert '"registry": true' in (written.stdin or "")


@pytest.mark.parametrize("breaks", [CREATE, "wait"])
def test_a_cluster_whose_making_broke_is_not_marked(lab: Lab, run: Recorder, breaks: str) -> None:
    run.on("cluster", "list", stdout="[]").on(breaks, error=ToolError("no"))
    creation = Creation(lab)
    with contextlib.suppress(ToolError):
        creation.cluster(()).run(silent)

    with pytest.raises(ToolError, match="no"):
        creation.nodes(()).run(silent)

    assert not [command for command in run.commands if command.argv[1:3] == ("cp", "-")]


@pytest.mark.parametrize("running", [0, 4])
def test_a_whole_cluster_that_is_not_as_wanted_is_told_and_not_touched(lab: Lab, run: Recorder, running: int) -> None:
    stand(run, clusters(agents=1, running=running), made(image="rancher/k3s:v1.20.0-k3s1", nodes=2))

    with pytest.raises(PreflightError, check=by(causes.CLUSTER_DIFFERS)) as caught:
        bring(lab)

    assert "cluster.image is rancher/k3s:v1.20.0-k3s1 there" in caught.value.summary
    assert "cluster.agents is 1 there, 3 in the settings" in caught.value.summary
    assert caught.value.summary.endswith("'./invokew down', then './invokew up' makes it so")
    assert changing(run) == []


def test_k3d_gets_the_generated_file_and_the_kubeconfig_is_the_lab_s_own_for_this_user_alone(
    lab: Lab, run: Recorder, tmp_path: Path
) -> None:
    run.on("cluster", "list", stdout="[]")

    bring(lab)

    assert run.asked(CREATE)[0].argv == ("k3d", "cluster", "create", "--config", str(tmp_path / "k3d.yaml"))
    assert (tmp_path / "k3d.yaml").read_text() == k3d.config_text(lab.settings)
    assert lab.access.kubeconfig.read_text() == "server: https://127.0.0.1:1\n"
    assert lab.access.kubeconfig.stat().st_mode & 0o777 == 0o600
    assert all(str(lab.access.kubeconfig) in command.argv for command in run.asked("/readyz"))


def test_what_k3d_says_of_its_failure_is_the_step_s(lab: Lab, run: Recorder) -> None:
    run.on("cluster", "list", stdout="[]").on("kubeconfig", "get", code=1)
    run.on(CREATE, error=ToolError("'k3d cluster create' ended with 1", details=("port is already allocated",)))

    with pytest.raises(ToolError) as caught:
        Creation(lab).cluster(()).run(silent)

    assert caught.value.details == ("port is already allocated",)


def test_an_api_server_that_never_answers_ends_the_wait(settings: Settings, run: Recorder, tmp_path: Path) -> None:
    at_once = settings.model_copy(update={"cluster": settings.cluster.model_copy(update={"timeout": 0})})
    run.on("cluster", "list", stdout="[]")

    with pytest.raises(
        ToolError,
        match=r"the API server of matching-engine-exp does not answer; see 'docker ps', run './invokew down'",
        check=by(causes.CLUSTER_AWAY),
    ):
        Creation(lab_of(at_once, kubeconfig=tmp_path / "k")).cluster(()).run(silent)


@pytest.mark.parametrize("stdout", ["", "FATA no such cluster"])
def test_a_kubeconfig_that_k3d_does_not_have_yet_is_not_written(lab: Lab, run: Recorder, stdout: str) -> None:
    run.on("kubeconfig", "get", stdout=stdout)

    assert Creation(lab)._write_kubeconfig() is False
    assert not lab.access.kubeconfig.exists()


def node(*, ready: str = "True") -> dict[str, Any]:
    return {"metadata": {"name": "n"}, "status": {"conditions": [{"type": "Ready", "status": ready}]}}


NODES = [
    ([node() for _ in range(4)], "4 of 4 ready"),
    ([node() for _ in range(3)], None),
    ([*(node() for _ in range(3)), node(ready="False")], None),
    ([*(node() for _ in range(3)), {"metadata": {"name": "new"}, "status": {}}], None),
    ([], None),
]


@pytest.mark.parametrize(("nodes", "reason"), NODES)
def test_nodes_are_done_when_all_are_ready(
    lab: Lab, kube: FakeKube, nodes: list[dict[str, Any]], reason: str | None
) -> None:
    kube.objects["Node"] = nodes
    step = Creation(lab).nodes(())

    assert is_done(step) == reason


def test_nodes_wait_for_k3d_and_then_for_the_cluster(lab: Lab, run: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[int] = []
    monkeypatch.setattr(
        k3d_cluster, "wait_nodes_ready", lambda _kube, count, *, deadline: waited.append(count + 0 * deadline)
    )
    run.on("cluster", "list", stdout="[]")
    creation = Creation(lab)
    creation.cluster(()).run(silent)
    step = creation.nodes(())

    assert is_done(step) is None
    step.run(silent)

    assert waited == [4]


def test_what_is_left_of_a_cluster_is_its_own_alone(run: Recorder) -> None:
    """Neither the registry, nor a cluster whose name begins alike."""
    run.on(
        "ps",
        stdout="k3d-x-server-0\nk3d-x-agent-12\nk3d-x-serverlb\nk3d-x-tools\nk3d-x-registry\nk3d-x-y-server-0\nk3d-x-server-y-server-0\nother\n",
    )
    run.on("volume", stdout="k3d-x-images\nk3d-x-y-images\nk3d-x-data\n")
    run.on("network", stdout="k3d-x\nk3d-x-images\nbridge\nk3d-xy\n")

    assert left_of("x") == [
        "container k3d-x-server-0",
        "container k3d-x-agent-12",
        "container k3d-x-serverlb",
        "container k3d-x-tools",
        "volume k3d-x-images",
        "network k3d-x",
    ]


def test_a_cluster_of_which_k3d_lists_no_node_is_taken_away_before_one_is_made(lab: Lab, run: Recorder) -> None:
    """A creation interrupted at its very begin leaves a helper's container and the network, which k3d then trips over."""
    run.on("cluster", "list", stdout="[]").on("ps", stdout=f"k3d-{lab.settings.name}-tools\n")

    bring(lab)

    assert changing(run) == [DELETE, CREATE]
    assert run.asked("rm")[0].argv[-1] == f"k3d-{lab.settings.name}-tools"
