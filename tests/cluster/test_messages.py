"""What goes wrong ends in one clear message with its cause and the next command, soon, and with the right exit code."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.cluster.lab import Lab
from lab.settings.loading import files
from tests.cluster.cluster_tools import ROOT, Invokew

SOON = 15.0
"""Seconds from when a cause can be known until the command has ended: the issue's number, told and not asserted."""


Overlay = Callable[[dict[str, Any]], str]


@pytest.fixture
def overlay(tmp_path: Path) -> Overlay:
    """Writes a settings file over the ones in force and returns its path."""

    def write(values: dict[str, Any]) -> str:
        merged: dict[str, Any] = {}
        for path in files()[1:]:
            merged = lay(merged, yaml.safe_load((ROOT / path).read_text()))
        target = tmp_path / "settings.yaml"
        target.write_text(yaml.safe_dump(lay(merged, values)))
        return str(target)

    return write


def lay(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        merged[key] = (
            lay(merged[key], value) if isinstance(value, dict) and isinstance(merged.get(key), dict) else value
        )
    return merged


def test_a_missing_image_is_named_with_what_to_do(lab: Lab, invokew: Invokew, overlay: Overlay) -> None:
    ended = invokew("up", LAB_SETTINGS=overlay({"images": {"redpanda": {"name": "rig/absent:9"}}}))
    assert ended.code == 4, ended.output
    assert "image rig/absent:9 is not in Docker's store" in ended.output
    print(f"{ended.seconds:.1f} s")  # noqa: T201 - a measurement for who reads the log


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
