"""Which programs serve a run's points: by what this machine has."""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from lab.core.errors import PreflightError, ToolError
from lab.replay import serving
from lab.settings.settings import Settings
from lab.tools import docker
from lab.tools import prometheus_server as server
from tests.lab.doubles import Recorder, silent

FOLDER = Path("/there/replay")


class Machine:
    """What is on PATH, and which images Docker has; None: there is no Docker."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, path: Mapping[str, str], images: set[str] | None) -> None:
        self.ran = Recorder().instead_of_run(monkeypatch, serving)
        self.ran.on("pull", code=1, stderr="dial tcp: lookup quay.io: no such host")
        monkeypatch.setattr(shutil, "which", path.get)
        monkeypatch.setattr(docker, "absence", lambda: None if images is not None else "no Docker engine runs")
        monkeypatch.setattr(docker, "elsewhere", lambda: None)
        monkeypatch.setattr(docker, "image", lambda name: ("sha256:1", "") if name in (images or ()) else None)

    def told(self, *words: str) -> list[str]:
        return [str(command) for command in self.ran.asked(*words)]


def images(settings: Settings, *roles: str) -> set[str]:
    return {getattr(settings.images, role).name for role in roles}


def test_promtool_on_path_fills_in_whatever_docker_has(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, {"promtool": "/bin/promtool"}, images(settings, "prometheus"))

    serving.backfill(settings, FOLDER)

    assert [str(one) for one in machine.ran.commands] == [
        "/bin/promtool tsdb create-blocks-from openmetrics /there/replay/points.om /there/replay/data"
    ]


def test_else_that_of_the_image_does_on_a_copy_and_leaves_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(monkeypatch, {}, images(settings, "prometheus"))

    serving.backfill(settings, FOLDER)

    assert [one.argv[1] for one in machine.ran.commands] == ["create", "cp", "start", "cp", "rm"]
    assert "--entrypoint promtool" in machine.told("create")[0]
    assert machine.told("cp")[1].endswith("-promtool:/replay/data /there/replay")


@pytest.mark.parametrize(
    ("has", "started", "error", "said"),
    [
        (None, "", PreflightError, "promtool is not on PATH, and its image .* is not to be had: no Docker engine runs"),
        ((), "", PreflightError, "is not to be had: .* can't be pulled: .*no such host"),
        (
            ("prometheus",),
            'exec: "promtool": executable file not found in $PATH',
            PreflightError,
            "nor in the image .*; put it on PATH",
        ),
        (("prometheus",), "err: invalid metric type", ToolError, "promtool can't take the run's points"),
    ],
)
def test_where_there_is_no_promtool_it_is_named(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    *,
    has: tuple[str, ...] | None,
    started: str,
    error: type[Exception],
    said: str,
) -> None:
    machine = Machine(monkeypatch, {}, None if has is None else images(settings, *has))
    machine.ran.on("start", code=1, stderr=started)

    with pytest.raises(error, match=said):
        serving.backfill(settings, FOLDER)

    assert not machine.ran.asked("create") or machine.ran.asked("rm")


@pytest.mark.parametrize(
    ("path", "has", "server_is", "without"),
    [
        ({"prometheus": "/bin/prometheus"}, ("prometheus", "grafana"), "docker logs", ""),
        ({}, ("prometheus", "grafana"), "docker logs", ""),
        ({}, ("prometheus",), "docker logs", "grafana.* can't be pulled"),
        ({"prometheus": "/bin/prometheus"}, (), "/bin/prometheus", "prometheus.* is not in Docker's store"),
        ({"prometheus": "/bin/prometheus"}, None, "/bin/prometheus", "no Docker engine runs"),
    ],
)
def test_the_images_serve_where_docker_has_them_else_the_program_of_this_machine_without_grafana(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    *,
    path: dict[str, str],
    has: tuple[str, ...] | None,
    server_is: str,
    without: str,
) -> None:
    machine = Machine(monkeypatch, path, None if has is None else images(settings, *has))

    with serving.served(settings, FOLDER, "secret", silent) as found:
        assert str(found.running.result(5).command).startswith(server_is)
        assert (found.grafana is None) == bool(without)
        assert re.search(without, found.without)

    made = machine.told("create")
    assert len(made) == len(machine.told("rm")) == (0 if server_is.startswith("/") else 1 if without else 2)
    assert all("127.0.0.1:" in one for one in made[:1])


def test_points_of_any_age_are_kept_and_those_of_a_pod_that_was_replaced_do_not_stay() -> None:
    words = server.server_words(FOLDER, listen="127.0.0.1:1")

    assert {"--storage.tsdb.retention.time=100y", "--query.lookback-delta=30s"} <= set(words)


def test_without_any_prometheus_both_ways_are_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    Machine(monkeypatch, {}, None)

    with (
        pytest.raises(PreflightError, match="no Prometheus: no Docker engine runs, and none is on PATH"),
        serving.served(settings, FOLDER, "secret", silent),
    ):
        pass


def test_containers_that_a_killed_replay_has_left_are_removed_first(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(monkeypatch, {}, images(settings, "prometheus", "grafana"))
    machine.ran.on("ps", stdout="a-replay 2147480000\nb-replay 1\n")

    with serving.served(settings, FOLDER, "secret", silent):
        pass

    assert machine.told("rm")[0] == "docker rm --force --volumes a-replay"
