"""What Docker is told, and what its answers mean."""

import json
from pathlib import Path
from typing import Any

import pytest

from lab.core import causes
from lab.core.errors import PreflightError, ToolError
from lab.tools import docker, k3d
from lab.tools.docker import Engine
from tests.lab.caused import by
from tests.lab.doubles import Recorder

INFO = {"ServerVersion": "27.1", "NCPU": 12, "MemTotal": 2**34, "CgroupVersion": "2", "Driver": "overlay2"}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recorder = Recorder()
    monkeypatch.setattr(docker, "run", recorder)
    return recorder


def test_the_engine_that_answers_is_described(run: Recorder) -> None:
    run.on("info", stdout=json.dumps(INFO))

    assert docker.engine() == Engine(version="27.1", cpus=12, memory=2**34, cgroup="2", storage="overlay2")


SILENT = [
    ({"error": ToolError("docker is not there; run './invokew doctor'")}, "docker does not answer: docker is not there"),
    ({"error": ToolError("'docker info' took longer than 10 s")}, "took longer than 10 s; install or start Docker"),
    ({"stderr": "warning\nCannot connect to the Docker daemon", "code": 1}, "the Docker engine does not answer: Cannot connect to the Docker daemon; start Docker"),
    ({"stdout": json.dumps({"ServerErrors": ["Is the docker daemon running?"]}), "code": 1}, "the Docker engine does not answer: Is the docker daemon running[?]; start Docker"),
    ({"stdout": "", "code": 1}, "the Docker engine does not answer: no answer; start Docker"),
    ({"stdout": json.dumps({**INFO, "ServerVersion": [1]})}, "the Docker engine does not answer: no answer; start Docker"),
    ({"stdout": "[" * 100_000}, r"'docker info' printed something else than Docker's: \[+; put Docker's own first on PATH"),
    ({"stdout": json.dumps({"ServerErrors": 3}), "code": 1}, "the Docker engine does not answer: no answer; start Docker"),
    ({"stdout": "", "code": 0}, "'docker info' printed something else than Docker's: nothing; put Docker's own first on PATH"),
    ({"stdout": "null"}, "'docker info' printed something else than Docker's: null; put Docker's own first on PATH"),
    ({"stdout": "[1, 2]"}, "'docker info' printed something else than Docker's: .1, 2.; put Docker's own first on PATH"),
    ({"stdout": "Hello\nworld", "code": 3}, "'docker info' printed something else than Docker's: Hello world; put Docker's own"),
    ({"stdout": json.dumps({**INFO, "NCPU": True})}, "does not say how many cores and how much memory it has"),
    ({"stdout": json.dumps({**INFO, "MemTotal": 0})}, "does not say how many cores and how much memory it has"),
    ({"stdout": json.dumps({"ServerVersion": "27.1"})}, "does not say how many cores and how much memory it has"),
    ({"stdout": json.dumps({"host": {"buildahVersion": "1.37"}, "version": {}})}, "docker here is Podman, and k3d needs Docker"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "message"), SILENT, ids=[message for _, message in SILENT])
def test_a_docker_that_does_not_answer_fails_the_preflight(run: Recorder, answer: dict[str, Any], message: str) -> None:
    run.on("info", **answer)

    with pytest.raises(PreflightError, match=message, check=by(causes.DOCKER_AWAY)):
        docker.engine()


@pytest.mark.parametrize("variable", ["DOCKER_HOST", "DOCKER_CONTEXT"])
def test_a_docker_that_a_variable_chose_is_named_by_it(run: Recorder, variable: str) -> None:
    run.on("info", stderr="unable to parse docker host", code=1)

    said = (
        f"the Docker engine of {variable}=x y does not answer: unable to parse docker host; correct {variable} or leave"
    )
    with pytest.raises(PreflightError, match=said):
        docker.engine({variable: "x\ny"})


IMAGES: list[tuple[dict[str, Any], tuple[str, str] | None]] = [
    ({"stdout": 'sha256:ab {"matching-engine-lab.source":"cd"}\n'}, ("sha256:ab", "cd")),
    ({"stdout": 'sha256:ab {"other":"x"}\n'}, ("sha256:ab", "")),
    ({"stdout": "sha256:ab null\n"}, ("sha256:ab", "")),
    ({"stdout": "sha256:ab {}\n"}, ("sha256:ab", "")),
    ({"code": 1, "stderr": "No such image"}, None),
]


@pytest.mark.parametrize(("answer", "found"), IMAGES)
def test_an_image_is_known_by_its_id_and_what_it_was_built_from(
    run: Recorder, answer: dict[str, Any], found: tuple[str, str] | None
) -> None:
    run.on("inspect", **answer)

    assert docker.image("a:1") == found


@pytest.mark.parametrize("answer", ["", "\n", "sha256:ab", "sha256:ab [1]", "sha256:ab {"])
def test_an_odd_answer_about_an_image_is_one_error(run: Recorder, answer: str) -> None:
    run.on("inspect", stdout=answer)

    with pytest.raises(ToolError, match="'docker image inspect' printed something else than expected: "):
        docker.image("a:1")


@pytest.mark.parametrize(
    "answer", ["null", '{"a": 1}', "[null]", '[{"name": "x", "nodes": 3}]', "not JSON", '[{"nodes": []}]']
)
def test_an_odd_list_of_clusters_is_one_error_or_none(answer: str) -> None:
    if answer == "null":
        assert k3d.parse_clusters(answer, "x") is None
        return
    with pytest.raises(ToolError, match="'k3d cluster list' printed something else than expected: "):
        k3d.parse_clusters(answer, "x")


def test_a_warning_before_the_answer_is_left_out(run: Recorder) -> None:
    run.on("info", stdout="WARNING: daemon is not using the default seccomp profile\n" + json.dumps(INFO))

    assert docker.engine().version == "27.1"
    assert k3d.parse_clusters("WARN[0000] something\n[]\n", "x") is None


@pytest.mark.parametrize(
    ("environment", "context", "place"),
    [
        ({}, "unix:///var/run/docker.sock", None),
        ({}, "tcp://10.0.0.5:2376", "tcp://10.0.0.5:2376"),
        ({}, "", None),
        ({"DOCKER_HOST": "ssh://me@host"}, "", "ssh://me@host"),
        ({"DOCKER_HOST": "tcp://127.0.0.1:2375"}, "", None),
        ({"DOCKER_HOST": "unix:///run/user/1000/docker.sock"}, "tcp://10.0.0.5:2376", None),
    ],
)
def test_an_engine_on_another_machine_is_told_by_its_address(
    run: Recorder, environment: dict[str, str], context: str, place: str | None
) -> None:
    run.on("context", stdout=f"{context}\n")

    assert docker.elsewhere(environment) == place


def test_nodes_are_servers_and_agents_and_not_k3d_s_helpers(run: Recorder) -> None:
    run.on("ps", stdout="k3d-x-tools noRole\nk3d-x-server-0 server\nk3d-x-serverlb loadbalancer\nk3d-x-agent-0 agent\n")

    assert docker.cluster_nodes("x") == ["k3d-x-agent-0", "k3d-x-server-0"]
    assert "label=k3d.cluster=x" in run.commands[0].argv


COMMANDS = [
    (docker.build_command("a:1", Path("/w"), "cd"), "docker build --label matching-engine-lab.source=cd --tag a:1 /w"),
    (docker.build_command("a:1", Path("/w"), "cd", "b"), "docker build --label matching-engine-lab.source=cd --target b --tag a:1 /w"),
    (docker.pull_command("a:1"), "docker pull --quiet a:1"),
    (docker.tag_command("a:1", "b:2"), "docker tag a:1 b:2"),
    (docker.push_command("h/a:1"), "docker push --quiet h/a:1"),
    (docker.untag_command("h/a:1"), "docker rmi --no-prune h/a:1"),
    (docker.node_images_command("n"), "docker exec n ctr images list --quiet"),
]  # fmt: skip


def test_a_build_that_fails_is_told_as_one() -> None:
    assert docker.build_command("a:1", Path("/w"), "cd").cause is causes.BUILD_FAILED


@pytest.mark.parametrize(("command", "shown"), COMMANDS, ids=[shown for _, shown in COMMANDS])
def test_a_command_is_what_one_would_type(command: object, shown: str) -> None:
    assert str(command) == shown
