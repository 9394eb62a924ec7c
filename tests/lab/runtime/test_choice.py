"""On what a lab is brought up, looked at and taken down: what is named, else what this machine and what stands suggest."""

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from lab.cluster.lab import Lab
from lab.core import causes
from lab.core.errors import LabError, PreflightError, UsageError
from lab.judge.verdict import Outcome, Verdict
from lab.process.shell import Command
from lab.runtime import choice
from lab.runtime.choice import run_on_k3d, to_begin, to_end, to_look
from lab.runtime.process.runtime import ProcessRuntime
from lab.settings.settings import LoadSettings, Settings
from lab.store.files import CapacityFile, VerdictFile
from lab.store.runs import Run
from lab.tools import docker
from tests.lab.caused import by
from tests.lab.doubles import lab_of
from tests.lab.searches import capacity

ANSWERS = None
AWAY = "no Docker engine runs"
BROKEN = PreflightError("the Docker engine does not answer: permission denied; start Docker, then try again")
NOT_ASKED = AssertionError("Docker was asked")
OF_K3D, OF_PROCESSES = "k3d", "process"


@dataclass(frozen=True, kw_only=True)
class World:
    """What a command finds.

    Args:
        asked: What it was told.
        written: What the settings say.
        docker: Why there is no engine, None where one answers; or what asking for it raises.
        runs: On what earlier runs were made, the oldest first.
        processes: Whether a lab of processes stands.
        cluster: Whether one was made.
    """

    asked: str = ""
    written: str = "auto"
    docker: str | Exception | None = NOT_ASKED
    runs: tuple[str, ...] = ()
    processes: bool = False
    cluster: bool = False


@pytest.fixture
def enter(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes a world the one that commands find; gives its lab."""

    def entered(world: World) -> Lab:
        def absence() -> str | None:
            if isinstance(world.docker, Exception):
                raise world.docker
            return world.docker

        monkeypatch.setattr(docker, "absence", absence)
        monkeypatch.setattr(ProcessRuntime, "stands", lambda _: world.processes)
        monkeypatch.setattr(ProcessRuntime, "keeps_anything", lambda _: world.processes)
        monkeypatch.setattr(choice, "RUNS", tmp_path / "runs")
        for number, verdict in enumerate(world.runs):
            keep(tmp_path / "runs" / f"2026112{number}T100000Z-asr1-single", verdict)
        if world.cluster:
            (tmp_path / "kubeconfig").touch()
        chosen = settings.model_copy(update={"runtime": world.written})
        return lab_of(chosen, kubeconfig=tmp_path / "kubeconfig")

    return entered


def keep(run: Path, made: str) -> None:
    """A run on this runtime; of any other word, a damaged one."""
    run.mkdir(parents=True)
    if made not in {OF_K3D, OF_PROCESSES}:
        (run / VerdictFile.FILE).write_text(made)
        return
    verdict = Verdict(
        suite="asr1",
        profile="full",
        runtime="k3d" if made == OF_K3D else "process",
        outcome=Outcome.PASS,
        reason="",
        cases=(),
    )
    Run(run.parent, run.name).write(VerdictFile(run=run.name, rounds=1, exit_code=0, verdict=verdict))


NEEDS_DOCKER = "--runtime=k3d runs on a cluster, and needs Docker"
BY_DOCKER = "runtime k3d: a Docker engine answers; --runtime=process does without one"
BEGUN: dict[str, tuple[World, str, str]] = {
    "process is named": (World(asked="process"), "process", "runtime process: asked for by --runtime"),
    "k3d is named": (World(asked="k3d"), "k3d", "runtime k3d: asked for by --runtime"),
    "process is written": (World(written="process"), "process", "runtime process: asked for by the settings"),
    "k3d is written": (World(written="k3d"), "k3d", "runtime k3d: asked for by the settings"),
    "what is named counts before what is written": (
        World(asked="process", written="k3d"), "process", "runtime process: asked for by --runtime",
    ),
    "auto is named": (World(asked="auto", written="process", docker=ANSWERS), "k3d", BY_DOCKER),
    "Docker answers": (World(docker=ANSWERS), "k3d", BY_DOCKER),
    "Docker answers, and there are runs without it": (World(docker=ANSWERS, runs=(OF_PROCESSES,)), "k3d", BY_DOCKER),
    "Docker is away": (World(docker=AWAY), "process", f"runtime process: {AWAY}; {NEEDS_DOCKER}"),
    "Docker is away, as it was before": (
        World(docker=AWAY, runs=(OF_PROCESSES,)), "process", f"runtime process: {AWAY}; {NEEDS_DOCKER}",
    ),
    "Docker is away, and processes stand": (
        World(docker=AWAY, processes=True), "process", f"runtime process: {AWAY}; {NEEDS_DOCKER}",
    ),
    "process is named where Docker went away": (
        World(asked="process", docker=AWAY, runs=(OF_K3D,)), "process", "runtime process: asked for by --runtime",
    ),
    "process is named where processes stand": (
        World(asked="process", processes=True), "process", "runtime process: asked for by --runtime",
    ),
    "k3d is named where a cluster stands": (
        World(asked="k3d", cluster=True), "k3d", "runtime k3d: asked for by --runtime",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BEGUN)
def test_a_lab_is_begun_on_what_is_named_else_on_k3d_where_docker_answers(enter: Any, case: str) -> None:
    """And the first line says on which, and why."""
    world, name, said = BEGUN[case]
    lines: list[str] = []

    runtime = to_begin(enter(world), world.asked, lines.append)

    assert (runtime.name, lines) == (name, [said])


GONE = (
    r"^no Docker engine runs, and run 20261121T100000Z-asr1-single of this checkout was made on k3d; start Docker, "
    r"or name --runtime=process for a verdict that rests on less$"
)
IN_THE_WAY = r"^a lab of processes stands here; './invokew down --runtime=process' takes it down, or go on with it"
REFUSED: dict[str, tuple[World, type[LabError], int, str]] = {
    "Docker is there but broken": (World(docker=BROKEN), PreflightError, 3, "permission denied"),
    "Docker went away from a checkout that had it": (
        World(docker=AWAY, runs=(OF_K3D, OF_K3D, OF_PROCESSES)), PreflightError, 3, GONE,
    ),
    "there is no such runtime": (
        World(asked="podman"), UsageError, 2, r"^runtime must be one of auto, process, k3d, kubernetes; got 'podman'$",
    ),
    "k3d is named where processes stand": (World(asked="k3d", processes=True), UsageError, 2, IN_THE_WAY),
    "kubernetes is named and no cluster": (
        World(asked="kubernetes"), UsageError, 2, r"^the settings name no cluster: .* kubernetes\.context and",
    ),
    "Docker answers where processes stand": (World(docker=ANSWERS, processes=True), UsageError, 2, IN_THE_WAY),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_would_not_be_what_is_meant_is_refused_and_nothing_is_said(enter: Any, case: str) -> None:
    """A verdict that rests on less is not fallen back to where one on a cluster was to be had."""
    world, error, code, message = REFUSED[case]
    lines: list[str] = []

    with pytest.raises(error, match=message) as caught:
        to_begin(enter(world), world.asked, lines.append)

    assert caught.value.code == code
    assert lines == []


@pytest.mark.parametrize("world", [World(asked="kubernetes"), World(written="kubernetes")])
def test_no_capacity_is_sought_where_nodes_are_unknown(enter: Any, world: World) -> None:
    with pytest.raises(
        UsageError, match=r"capacity needs nodes and cores that are known, .* seek it with --runtime=k3d"
    ):
        choice.to_search(enter(world), world.asked, lambda _: None)


def test_a_load_from_pods_is_refused_where_there_are_none(enter: Any) -> None:
    lab = enter(World())
    inside = replace(lab, settings=lab.settings.model_copy(update={"load": LoadSettings(origin="cluster")}))

    with pytest.raises(UsageError, match=r"yaml:\d+: load\.from must be here on the runtime process"):
        choice.to_load(inside, "process", lambda _: None)


LOOKED_AT: dict[str, tuple[World, str, list[str]]] = {
    "process is named where a cluster stands": (World(asked="process", cluster=True), "process", []),
    "k3d is named where processes stand": (World(asked="k3d", processes=True), "k3d", []),
    "k3d is written": (World(written="k3d"), "k3d", []),
    "processes stand": (World(processes=True), "process", []),
    "a cluster was made": (World(cluster=True), "k3d", []),
    "both": (World(processes=True, cluster=True), "process", []),
    "neither, and Docker answers": (World(docker=ANSWERS), "k3d", [BY_DOCKER]),
    "neither, and Docker is away": (
        World(docker=AWAY), "process", [f"runtime process: {AWAY}; {NEEDS_DOCKER}"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", LOOKED_AT)
def test_what_stands_is_looked_at_and_docker_asked_only_where_nothing_does(enter: Any, case: str) -> None:
    world, name, said = LOOKED_AT[case]
    lines: list[str] = []

    assert to_look(enter(world), world.asked, lines.append).name == name
    assert lines == said


ENDED: dict[str, tuple[World, list[str]]] = {
    "process is named": (World(asked="process", cluster=True), ["process"]),
    "k3d is named": (World(asked="k3d", processes=True), ["k3d"]),
    "a cluster was made": (World(cluster=True), ["k3d"]),
    "a cluster was made, and processes stand": (World(cluster=True, processes=True), ["process", "k3d"]),
    "Docker answers: a registry may have been kept": (World(docker=ANSWERS), ["k3d"]),
    "Docker answers, and processes stand": (World(docker=ANSWERS, processes=True), ["process", "k3d"]),
    "Docker is away": (World(docker=AWAY, processes=True), ["process"]),
    "Docker is away, and nothing stands": (World(docker=AWAY), ["process"]),
    "Docker is broken, and processes stand": (World(docker=BROKEN, processes=True), ["process"]),
}


@pytest.mark.parametrize("case", ENDED)
def test_all_is_taken_down_of_which_something_may_stand(enter: Any, case: str) -> None:
    world, names = ENDED[case]

    assert [runtime.name for runtime in to_end(enter(world), world.asked)] == names


@pytest.mark.parametrize("choose", [to_look, lambda lab, asked, _: to_end(lab, asked)], ids=["look", "end"])
def test_a_broken_docker_is_told_and_a_wrong_name_refused_whatever_is_to_be_done(enter: Any, choose: Any) -> None:
    lab = enter(World(docker=BROKEN))

    with pytest.raises(PreflightError, match="permission denied"):
        choose(lab, "", lambda _: None)
    with pytest.raises(UsageError, match="runtime must be one of"):
        choose(lab, "podman", lambda _: None)


@pytest.mark.parametrize(
    ("runs", "found"),
    [
        ({}, ""),
        ({"1": OF_PROCESSES}, ""),
        ({"1": OF_K3D, "2": OF_K3D, "3": OF_PROCESSES}, "2"),
        ({"1": "{", "2": "[1]"}, ""),
    ],
    ids=["none", "of processes", "the newest counts", "damaged"],
)
def test_the_newest_run_on_k3d_is_found(runs: dict[str, str], found: str, tmp_path: Path) -> None:
    for name, verdict in runs.items():
        keep(tmp_path / name, verdict)
    (tmp_path / "latest").write_text("1\n")

    assert run_on_k3d(tmp_path) == found


def test_a_search_for_a_capacity_is_a_run_too(tmp_path: Path) -> None:
    run = Run(tmp_path, "r1")
    run.path.mkdir()
    run.write(CapacityFile(conclusion=(), matches=None, speed_up=None, capacity=capacity()))

    assert run_on_k3d(tmp_path) == "r1"
    assert run_on_k3d(tmp_path / "absent") == ""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Puts a docker command on PATH that does this, as the only program there."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def put(script: str) -> None:
        (tmp_path / "docker").write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "docker").chmod(0o755)

    return put


def refuses(words: str) -> str:
    """What `docker info` does when the engine does not answer: it tells of itself, and why of the engine."""
    return f"echo 'Client:'; echo '{words}' >&2; exit 1"


SOCKET = "unix:///var/run/docker.sock"
NOT_RUNNING = {
    "before 29": f"Cannot connect to the Docker daemon at {SOCKET}. Is the docker daemon running?",
    "since 29": f"failed to connect to the docker API at {SOCKET}; check if the path is correct and if the daemon is "
    "running: dial unix /var/run/docker.sock: connect: no such file or directory",
    "a socket that is left": f"failed to connect to the docker API at {SOCKET}: connect: connection refused",
}
BROKEN_ONES = {
    "permission denied, before 29": f"permission denied while trying to connect to the Docker daemon socket at {SOCKET}: "
    'Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.47/info": dial unix /var/run/docker.sock: connect: permission denied',
    "permission denied, since 29": f"permission denied while trying to connect to the docker API at {SOCKET}",
    "it breaks off": "error during connect: EOF",
    "it fails": "request returned 500 Internal Server Error for API route and version",
}


def test_a_machine_without_docker_has_no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert docker.absence({}) == "there is no docker command on PATH"


ANSWERING = """echo '{"ServerVersion": "29.1", "NCPU": 2, "MemTotal": 1024}'"""
ABSENCES = {
    "an engine answers": (ANSWERING, None),
    **{f"does not run, {how}": (refuses(words), AWAY) for how, words in NOT_RUNNING.items()},
    # `docker info` with a format tells of the client, and why there is no server, and may end with 0.
    **{
        f"does not run, in JSON, {how}": (f"echo '{json.dumps({'ServerErrors': [words]})}'", AWAY)
        for how, words in NOT_RUNNING.items()
    },
}


@pytest.mark.parametrize(("script", "why"), ABSENCES.values(), ids=ABSENCES)
def test_an_engine_is_there_or_does_not_run(program: Any, script: str, why: str | None) -> None:
    program(script)

    assert docker.absence({}) == why


@pytest.mark.parametrize(
    ("words", "environment"),
    [
        *((words, {}) for words in BROKEN_ONES.values()),
        *(
            (words, {variable: "tcp://127.0.0.1:2375"})
            for variable in ("DOCKER_HOST", "DOCKER_CONTEXT")
            for words in NOT_RUNNING.values()
        ),
    ],
)
def test_an_engine_that_is_broken_or_was_chosen_and_refuses_stays_an_error(
    program: Any, words: str, environment: dict[str, str]
) -> None:
    """Whoever points at an engine wants a cluster."""
    program(refuses(words))

    with pytest.raises(
        PreflightError, match=f"the Docker engine.* does not answer.*{re.escape(words)}", check=by(causes.DOCKER_AWAY)
    ):
        docker.absence(environment)


def test_an_engine_that_hangs_stays_an_error(program: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    program("exec /bin/sleep 60")
    monkeypatch.setattr(docker, "info_command", lambda: Command(argv=("docker", "info"), deadline=0.2))

    with pytest.raises(PreflightError, match=r"took longer than 0\.2 s"):
        docker.absence({})
