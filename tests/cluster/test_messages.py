"""What goes wrong ends in one clear message with its cause and the next command, soon, and with the right exit code."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lab.cluster.lab import Lab
from tests.cluster.cluster_tools import Invokew
from tests.cluster.overlays import Values, written

SOON = 15.0
"""Seconds from when a cause can be known until the command has ended: the issue's number, told and not asserted."""

Overlay = Callable[[Values], str]


@pytest.fixture
def overlay(tmp_path: Path) -> Overlay:
    """Writes a settings file over the ones in force and returns its path."""
    return lambda values: written(tmp_path / "settings.yaml", values)


def test_a_wrong_key_is_named_with_file_and_line(invokew: Invokew, overlay: Overlay) -> None:
    ended = invokew("up", LAB_SETTINGS=overlay({"cluster": {"agent": 2}}))
    assert ended.code == 2, ended.output
    assert "settings.yaml:" in ended.output
    assert "unknown key 'cluster.agent'" in ended.output


def test_a_taken_port_is_named_with_its_holder(lab: Lab, invokew: Invokew, overlay: Overlay) -> None:
    """The lab that is up holds them: another one, of another name, can't have them."""
    ended = invokew("up", LAB_SETTINGS=overlay({"name": "another-lab"}))
    assert ended.code == 3, ended.output
    assert "port 8080 on 127.0.0.1 is taken by" in ended.output


def test_a_stopped_docker_is_named(invokew: Invokew) -> None:
    ended = invokew("up", DOCKER_HOST="unix:///nowhere/docker.sock")
    assert ended.code == 3, ended.output
    assert "the Docker engine of DOCKER_HOST=unix:///nowhere/docker.sock does not answer" in ended.output


def test_a_chart_that_crash_loops_is_named_with_its_last_lines(lab: Lab, invokew: Invokew, overlay: Overlay) -> None:
    """A scrape timeout above the interval makes Prometheus refuse its config, again and again."""
    values = {"server": {"global": {"scrape_timeout": "10s"}}}
    broken = invokew("up", LAB_SETTINGS=overlay({"charts": {"prometheus": {"values": values}}}))
    mended = invokew("up")

    assert broken.code == 4, broken.output
    assert "prometheus-server is not ready" in broken.output
    assert "scrape timeout greater than scrape interval" in broken.output
    assert mended.code == 0, mended.output
    print(f"{broken.seconds:.1f} s")  # noqa: T201 - a measurement for who reads the log
