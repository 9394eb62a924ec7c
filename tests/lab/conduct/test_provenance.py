import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lab.cluster.lab import Lab
from lab.conduct import provenance
from lab.conduct.provenance import keep, settings_hash, tools
from lab.core.errors import PreflightError
from lab.run import host
from lab.store.runs import Run
from tests.lab.machines import MACHINE
from tests.lab.made import SETTINGS, suite
from tests.lab.runtimes import FakeRuntime


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(host, "facts", lambda: MACHINE)
    monkeypatch.setattr(provenance, "project", lambda: {"commit": "9437f4c", "changed": True})
    return Run.create(tmp_path, suite(), datetime.now(UTC))


def kept(run: Run) -> dict[str, Any]:
    return {path.name: json.loads(path.read_text()) for path in run.path.iterdir()}


def test_a_run_keeps_what_it_was_made_with_and_says_what_runs_where(lab: Lab, run: Run) -> None:
    said = keep(FakeRuntime(lab), suite(), run)

    assert said == ["all of it on one machine"]
    assert set(kept(run)) == {
        "host.json", "images.json", "placement.json", "settings.json", "versions.json", "warnings.json",
    }  # fmt: skip
    assert kept(run)["settings.json"]["cases"] == [case.id for case in suite().cases]
    assert kept(run)["host.json"]["cores"] == MACHINE.cores
    assert kept(run)["images.json"] == [{"image": "registry:5000/matching-engine:1"}]
    assert kept(run)["placement.json"] == {"of": suite().topology.name}
    assert kept(run)["warnings.json"] == ["a warning"]


def test_its_versions_are_those_of_every_run_and_those_of_its_runtime(lab: Lab, run: Run) -> None:
    keep(FakeRuntime(lab), suite(), run)

    versions = kept(run)["versions.json"]
    assert set(versions) == {"settings_sha256", "project", "python", "tools"}
    assert versions["settings_sha256"] == settings_hash(SETTINGS)
    assert versions["project"] == {"commit": "9437f4c", "changed": True}
    assert versions["tools"] == {"k6": "1.8.0"}


def test_a_tool_that_is_not_there_has_no_version_and_costs_nothing_else(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tool(name: str) -> Any:
        if name == "k3d":
            raise PreflightError("k3d is not on PATH")
        return SimpleNamespace(version="1.8.0")

    monkeypatch.setattr(lab.tools, "tool", tool)

    assert tools(lab, ("k3d", "k6")) == {"k3d": "unknown: k3d is not on PATH", "k6": "1.8.0"}


def test_the_hash_tells_settings_apart_and_nothing_else() -> None:
    copy = SETTINGS.model_copy()
    other = SETTINGS.model_copy(update={"name": "another"})

    assert settings_hash(copy) == settings_hash(SETTINGS)
    assert settings_hash(other) != settings_hash(SETTINGS)
