import platform
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lab.cluster.lab import Lab
from lab.conduct import provenance
from lab.conduct.provenance import keep, settings_hash, tools
from lab.core.errors import PreflightError
from lab.process import shell
from lab.process.shell import Command
from lab.run import host
from lab.store.files import ProvenanceFile, SettingsFile
from lab.store.folder import Folder
from lab.store.made_with import Project, Versions
from lab.store.runs import Run
from tests.lab.machines import MACHINE
from tests.lab.made import SETTINGS, suite
from tests.lab.runtimes import FakeRuntime

PROJECT = Project(commit="9437f4c", changed=True)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(host, "facts", lambda: MACHINE)
    monkeypatch.setattr(provenance, "project", lambda: PROJECT)
    return Run.create(tmp_path, suite(), datetime.now(UTC))


def kept(run: Run) -> ProvenanceFile:
    found = Folder(run.path).read(ProvenanceFile)
    assert found is not None
    return found


def test_a_run_keeps_what_it_was_made_with_and_says_what_runs_where(lab: Lab, run: Run) -> None:
    said = keep(FakeRuntime(lab), suite(), run)

    assert said == ["all of it on one machine"]
    settings = Folder(run.path).read(SettingsFile)
    assert settings is not None
    assert settings.cases == tuple(case.id for case in suite().cases)
    assert kept(run).host == MACHINE
    assert [one.image for one in kept(run).images] == ["registry:5000/matching-engine:1"]
    assert kept(run).placement is not None
    assert kept(run).warnings == ("a warning",)


def test_its_versions_are_those_of_every_run_and_those_of_its_runtime(lab: Lab, run: Run) -> None:
    keep(FakeRuntime(lab), suite(), run)

    versions = Versions(
        settings_sha256=settings_hash(SETTINGS),
        project=PROJECT,
        python=platform.python_version(),
        tools={"k6": "1.8.0"},
    )
    assert kept(run).versions == versions


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


def test_it_is_known_whether_files_differ_whatever_git_is_set_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user's settings leave out files that nobody has added; the tests' own home has them (tests/hostile_home.py)."""
    monkeypatch.setattr(provenance, "ROOT", tmp_path)
    who = ("-c", "user.name=n", "-c", "user.email=e@localhost")
    for words in (("init", "--quiet"), ("commit", "--quiet", "--allow-empty", "--no-gpg-sign", "--message=m")):
        shell.run(Command(argv=("git", *who, *words), cwd=tmp_path))
    clean = provenance.project()
    (tmp_path / "new.py").touch()

    assert (clean.commit is not None, clean.changed, provenance.project().changed) == (True, False, True)
