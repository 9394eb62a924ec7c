"""Which tool is used and why, and what has to hold before a downloaded one is; publishers are a server on 127.0.0.1."""

import hashlib
import io
import json
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from lab.core import causes
from lab.core.causes import Cause
from lab.core.errors import PreflightError, ToolError, UsageError
from lab.core.paths import ROOT
from lab.core.version_range import within
from lab.process.shell import InterruptedLabError
from lab.settings.settings import ToolSettings
from lab.tools import archive, download, lockfile, origin, source_build, tools, versions
from lab.tools.origin import Origin
from lab.tools.publishers import PUBLISHERS
from lab.tools.tools import Missing, Tool, ensure, find
from tests.lab.caused import by

PLATFORM = "linux-amd64"


def spec(supported: str = ">=5.6,<6", pinned: str = "5.9.0", mirror: str | None = None) -> ToolSettings:
    return ToolSettings(supported=supported, pinned=pinned, mirror=mirror)


def script(*lines: str) -> str:
    return "\n".join(["#!/bin/sh", *lines, ""])


K3D = script("echo k3d version v5.9.0", "echo 'k3s version v1.35.5-k3s1 (default)'")
HELM = script("printf v4.3.0")


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty machine: nothing on PATH but a folder of its own, and the system's shell commands."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin-is-not-needed")
    monkeypatch.setattr(tools, "TOOLS", tmp_path / ".tools")
    monkeypatch.setattr(tools, "LOCK", tmp_path / "tools.lock")
    monkeypatch.setenv("LAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(tools, "this_platform", lambda: PLATFORM)
    monkeypatch.setattr(download, "PAUSES", ())
    return tmp_path


def on_path(machine: Path, name: str, content: str) -> None:
    (machine / "bin" / name).write_text(content)
    (machine / "bin" / name).chmod(0o755)


def pin(machine: Path, name: str = "k3d", version: str = "5.9.0", *, sum_: str = "0" * 64) -> None:
    entry = lockfile.Pin(path="x", sha256=sum_, trust="reviewed")
    lockfile.record(machine / "tools.lock", name, version, PLATFORM, entry)


class Mirror(ThreadingHTTPServer):
    """A publisher: its files by path, and what was asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), MirrorHandler)
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}"

    def publish(self, name: str, version: str, program: str, *, sums: bool = True) -> str:
        """Put a tool on the server as its publisher would; returns its sum."""
        artifact = PUBLISHERS[name].artifact(version, PLATFORM)
        content = packed(artifact.member, program) if artifact.member else program.encode()
        sum_ = hashlib.sha256(content).hexdigest()
        self.files[f"/{artifact.path}"] = content
        if sums:
            self.files[f"/{artifact.sums}"] = f"{sum_}  _dist/{artifact.file}\n".encode()
        return sum_


class MirrorHandler(BaseHTTPRequestHandler):
    server: Mirror

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        content = self.server.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


def packed(member: str, program: str) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tarred:
        info = tarfile.TarInfo(member)
        info.size = len(program)
        tarred.addfile(info, io.BytesIO(program.encode()))
    return packed.getvalue()


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    with Mirror() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("version", "supported", "inside"),
    [
        ("5.6", ">=5.6,<6", True),
        ("5.6.0", ">=5.6,<6", True),
        ("5.10.0", ">=5.6,<6", True),
        ("5.5.9", ">=5.6,<6", False),
        ("6.0.0", ">=5.6,<6", False),
        ("6", " >= 5.6 , <= 6.0 ", True),
        ("4.0.0", ">=3.14,!=4.0,<5", False),
        ("4.0.1", "==4.0.1", True),
        ("4.0.1", ">v4.0.1", False),
    ],
)
def test_versions_are_compared_number_by_number(version: str, supported: str, inside: bool) -> None:
    assert within(version, supported) is inside


@pytest.mark.parametrize("supported", ["", "5", "~=5.6", ">=5.6 <6", ">=5.x"])
def test_fails_on_a_range_that_cannot_be_understood(supported: str) -> None:
    with pytest.raises(UsageError, match=r"must look like '>=5.6,<6'; got"):
        within("5.6", supported)


@pytest.mark.parametrize(
    ("name", "prints", "version"),
    [
        ("k3d", "k3d version v5.8.3\nk3s version v1.33.13-k3s1 (default)", "5.8.3"),
        ("kubectl", '{\n "clientVersion": {\n "gitVersion": "v1.32.4-dispatcher",\n "minor": "32+"}}', "1.32.4"),
        ("helm", "v4.3.1", "4.3.1"),
        ("helm", "v3.19.0+g1234567", "3.19.0"),
        ("k6", "k6 v1.8.1 (go1.26.8, linux/amd64)", "1.8.1"),
        ("k6", "k6 v2.2.0 (commit/0123456789, go1.26.8, darwin/arm64)\nExtensions:\n  none", "2.2.0"),
    ],
)
def test_a_supported_version_on_path_is_used_as_it_is(machine: Path, name: str, prints: str, version: str) -> None:
    on_path(machine, name, script(f"cat_() {{ printf '%s\\n' '{prints}'; }}", "cat_"))

    found = find(name, spec(supported=">=1,<6"))

    assert found == Tool(
        name=name,
        path=machine / "bin" / name,
        version=version,
        origin="PATH",
        reason=f"{version} on PATH is within >=1,<6",
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (script("echo k3d version v4.4.8"), "k3d is 4.4.8, not within >=5.6,<6"),
        (script("echo k3d version dev"), "k3d does not say its version: it ended with 0 and printed 'k3d version dev'"),
        (script("echo no version is set >&2", "exit 126"), "ended with 126 and printed 'no version is set'"),
        (script("echo k3d version v5.9.0", "exit 1"), "ended with 1 and printed 'k3d version v5.9.0'"),
        (script("exit 0"), "ended with 0 and printed nothing"),
        ("#!/not/there\n", "k3d is not there"),
        ("\x7fELF of another machine", "k3d can't be started"),
        (script("while :; do :; done"), "k3d version' took longer than 0.2 s"),
    ],
    ids=["too old", "nonsense", "a shim", "fails", "silent", "no interpreter", "another machine's", "hangs"],
)
def test_what_is_wrong_with_the_one_on_path_is_said(
    machine: Path, monkeypatch: pytest.MonkeyPatch, content: str, reason: str
) -> None:
    monkeypatch.setattr(versions, "ASKING", 0.2 if "while" in content else 10)
    on_path(machine, "k3d", content)

    found = find("k3d", spec())

    assert isinstance(found, Missing)
    assert reason in found.reason


def test_a_missing_tool_says_from_where_and_how_checked_it_would_come(machine: Path) -> None:
    pin(machine)

    known, unknown = (
        find("k3d", spec()),
        find("helm", spec(">=4,<6", "4.3.0", mirror="https://me:secret@mirror.test/helm")),
    )

    assert known.reason == (
        "k3d is not on PATH; 5.9.0 will be downloaded from github.com "
        "and checked against tools.lock and the publisher's sum"
    )
    assert unknown.reason.endswith(
        "4.3.0 will be downloaded from mirror.test "
        "and checked against the publisher's sum alone, which tools.lock then records"
    )


@pytest.mark.parametrize(("name", "version", "program"), [("k3d", "5.9.0", K3D), ("helm", "4.3.0", HELM)])
def test_a_download_is_installed_whole_used_from_then_on_and_recorded(
    machine: Path, mirror: Mirror, name: str, version: str, program: str
) -> None:
    sum_ = mirror.publish(name, version, program)
    chosen = spec(supported=">=4,<6", pinned=version, mirror=mirror.url)

    tool = ensure(name, chosen)

    folder = machine / ".tools" / f"{name}-{version}-{PLATFORM}"
    assert tool.path == folder / name
    assert tool.reason == f"{name} is not on PATH; the pinned {version} was downloaded, its sum trusted by first use"
    assert {path.name for path in folder.iterdir()} == {name, "origin.json"}
    assert json.loads((machine / "tools.lock").read_text())[name][version][PLATFORM] == {
        "path": PUBLISHERS[name].artifact(version, PLATFORM).path,
        "sha256": sum_,
        "trust": "first use",
    }
    asked = len(mirror.asked)
    assert ensure(name, chosen) == tool
    assert len(mirror.asked) == asked


def test_a_tool_in_the_range_needs_no_download(machine: Path, mirror: Mirror) -> None:
    on_path(machine, "k3d", K3D)

    assert ensure("k3d", spec(mirror=mirror.url)).origin == "PATH"
    assert mirror.asked == []


def test_the_downloaded_one_on_path_still_counts_as_downloaded(mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    mirror.publish("k3d", "5.9.0", K3D)
    tool = ensure("k3d", spec(mirror=mirror.url))
    monkeypatch.setenv("PATH", str(tool.path.parent))

    assert find("k3d", spec()) == tool


Refusal = tuple[Callable[[Path, Mirror], object], str, int, bool, Cause]
REFUSALS: dict[str, Refusal] = {
    "publisher and lock differ": (lambda machine, _: pin(machine), f"publishes the sum [0-9a-f]{{64}} for k3d 5.9.0, tools.lock has {'0' * 64}", 1, True, causes.DOWNLOAD_FAILED),
    "the file is not what was published": (lambda _, mirror: mirror.files.update({"/v5.9.0/k3d-linux-amd64": b"something else"}), "nothing was installed; set tools.k3d.mirror in experiment.local.yaml, or", 2, False, causes.DOWNLOAD_FAILED),
    "it does not run here": (lambda _, mirror: mirror.publish("k3d", "5.9.0", script("echo GLIBC_2.99 not found >&2", "exit 1")), "the downloaded k3d 5.9.0 does not work here: .*GLIBC_2.99 not found", 2, True, causes.TOOL_MISSING),
    "its folder can't be written": (lambda machine, _: (machine / ".tools").write_text("a file"), r"\.tools/k3d-5.9.0-linux-amd64 can't be written: .*; free some space", 0, False, causes.UNKNOWN),
}  # fmt: skip
"""What is wrong, what is said, how many files were asked for by then, whether the lock has a sum, and the cause."""


@pytest.mark.parametrize("name", REFUSALS)
def test_fails_and_leaves_no_tool(machine: Path, mirror: Mirror, name: str) -> None:
    arrange, message, asked, is_recorded, cause = REFUSALS[name]
    mirror.publish("k3d", "5.9.0", K3D)
    arrange(machine, mirror)

    with pytest.raises(PreflightError, match=message, check=by(cause)):
        ensure("k3d", spec(mirror=mirror.url))

    assert isinstance(find("k3d", spec()), Missing)
    assert len(mirror.asked) == asked
    assert (machine / "tools.lock").exists() is is_recorded


def test_a_mirror_may_lack_checksum_files_if_the_lock_knows_the_sum(machine: Path, mirror: Mirror) -> None:
    sum_ = mirror.publish("k3d", "5.9.0", K3D, sums=False)
    chosen = spec(mirror=mirror.url)
    with pytest.raises(PreflightError, match=r"checksums.txt is not there \(404\)"):
        ensure("k3d", chosen)
    pin(machine, sum_=sum_)

    assert ensure("k3d", chosen).origin == "download"


def test_fails_where_nobody_publishes_for_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "this_platform", lambda: None)

    assert "none is published for this machine" in find("k3d", spec()).reason
    with pytest.raises(
        PreflightError,
        match=r"no k3d is published for this machine; install k3d >=5.6,<6 yourself",
        check=by(causes.TOOL_MISSING),
    ):
        ensure("k3d", spec())


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Builds of the version that tools/k6 pins are stood in for; what they told."""
    told: list[str] = []
    version = source_build.pinned("k6").version

    def build(name: str, supported: str, platform: str, places: Sequence[Path], *, tell: source_build.Tell) -> None:
        tell(f"building {name} {supported}")
        folder = archive.folder(places[0], name, version, platform)
        folder.mkdir(parents=True)
        origin.record(folder, Origin(way="source", go="1.26.8"))
        (folder / name).write_text(script(f"echo k6 v{version}"))
        (folder / name).chmod(0o755)

    monkeypatch.setattr(source_build, "build", build)
    return told


K6 = spec(supported=">=1.5,<3", pinned="2.2.0", mirror="http://127.0.0.1:1")


def test_a_tool_that_cannot_be_downloaded_is_built_and_used_from_then_on(machine: Path, builds: list[str]) -> None:
    tool = ensure("k6", K6, tell=builds.append)

    version = source_build.pinned("k6").version
    assert tool == Tool(
        name="k6",
        path=machine / "cache" / f"k6-{version}-{PLATFORM}" / "k6",
        version=version,
        origin="source",
        reason=f"k6 is not on PATH; {version} was built from source by Go 1.26.8 from PATH",
    )
    assert ensure("k6", K6, tell=builds.append) == tool
    assert builds == ["building k6 >=1.5,<3"]


def test_the_built_one_on_path_still_counts_as_built(builds: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    tool = ensure("k6", K6)
    monkeypatch.setenv("PATH", str(tool.path.parent))

    assert find("k6", K6) == tool


@pytest.mark.parametrize("content", [b"<html>sign in</html>", None], ids=["a portal's page", "no such file"])
def test_a_server_that_is_not_the_publisher_s_is_no_download(
    mirror: Mirror, builds: list[str], content: bytes | None
) -> None:
    if content is not None:
        mirror.files["/v2.2.0/k6-v2.2.0-checksums.txt"] = content

    assert ensure("k6", K6.model_copy(update={"mirror": mirror.url})).origin == "source"


def test_fails_on_a_wrong_sum_instead_of_building(machine: Path, mirror: Mirror, builds: list[str]) -> None:
    """A file that was changed is to be told, not worked around."""
    mirror.publish("k6", "2.2.0", script("echo k6 v2.2.0"))
    pin(machine, "k6", "2.2.0")

    with pytest.raises(PreflightError, match=r"publishes the sum .*, tools.lock has 0000"):
        ensure("k6", K6.model_copy(update={"mirror": mirror.url}), tell=builds.append)

    assert builds == []


def test_a_tool_that_cannot_be_built_is_an_error_of_its_download(builds: list[str]) -> None:
    with pytest.raises(
        PreflightError,
        match=r"^helm .* can't be had from 127.0.0.1:1: Connection refused",
        check=by(causes.DOWNLOAD_FAILED),
    ):
        ensure("helm", K6.model_copy(update={"pinned": "4.3.0"}), tell=builds.append)

    assert builds == []


def test_fails_with_both_reasons_when_neither_way_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    def build(*_: Any, **__: Any) -> None:
        raise ToolError("'go build' ended with 1", details=["no such host"])

    monkeypatch.setattr(source_build, "build", build)

    with pytest.raises(PreflightError) as caught:
        ensure("k6", K6)

    assert caught.value.summary == (
        "k6 2.2.0 can't be had from 127.0.0.1:1: Connection refused; "
        "set tools.k6.mirror in experiment.local.yaml, or put k6 >=1.5,<3 on PATH"
    )
    assert caught.value.details == ("nor can it be built from source: 'go build' ended with 1", "no such host")


def test_an_interrupt_of_a_build_stays_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def build(*_: Any, **__: Any) -> None:
        raise InterruptedLabError("interrupted")

    monkeypatch.setattr(source_build, "build", build)

    with pytest.raises(InterruptedLabError):
        ensure("k6", K6)


def test_a_missing_tool_says_how_it_would_be_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_build, "prospect", lambda name, supported: f"{name} {supported} is built")

    found = find("k6", K6)

    assert isinstance(found, Missing)
    assert "2.2.0 will be downloaded from 127.0.0.1:1" in found.reason
    assert found.otherwise == "k6 >=1.5,<3 is built"


@pytest.mark.parametrize("content", ["{", "[]", '{"k3d": {"5.9.0": {"linux-amd64": {"sum": 1}}}}'])
def test_fails_on_a_damaged_lock_with_how_to_get_it_back(machine: Path, content: str) -> None:
    (machine / "tools.lock").write_text(content)

    with pytest.raises(UsageError, match=r"tools.lock is damaged .*; run 'git checkout tools.lock'"):
        find("k3d", spec())


TWO_AT_ONCE = """
import sys
from pathlib import Path
from types import SimpleNamespace
from lab.tools import tools

tools.TOOLS, tools.LOCK, tools.this_platform = Path(sys.argv[1]), Path(sys.argv[2]), lambda: "linux-amd64"
spec = SimpleNamespace(supported=">=5.6,<6", pinned="5.9.0", mirror=sys.argv[3])
print(tools.ensure("k3d", spec).origin)
"""


def test_two_processes_at_once_download_once_and_both_go_on(machine: Path, mirror: Mirror) -> None:
    mirror.publish("k3d", "5.9.0", K3D)
    argv = [sys.executable, "-c", TWO_AT_ONCE, str(machine / ".tools"), str(machine / "tools.lock"), mirror.url]

    both = [subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [process.communicate(timeout=30)[0] for process in both]

    assert outputs == ["download\n", "download\n"]
    assert mirror.asked.count("/v5.9.0/k3d-linux-amd64") == 1


def test_two_downloads_at_once_are_both_recorded(machine: Path, mirror: Mirror) -> None:
    mirror.publish("k3d", "5.9.0", K3D)
    mirror.publish("helm", "4.3.0", HELM)
    threads = [
        threading.Thread(target=ensure, args=(name, spec(">=4,<6", version, mirror.url)))
        for name, version in (("k3d", "5.9.0"), ("helm", "4.3.0"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(json.loads((machine / "tools.lock").read_text())) == ["helm", "k3d"]


@pytest.mark.parametrize(
    ("name", "version", "platform", "expected"),
    [
        ("k3d", "5.9.0", "linux-amd64", ("v5.9.0/k3d-linux-amd64", "v5.9.0/checksums.txt", None)),
        ("kubectl", "1.35.5", "darwin-arm64", ("v1.35.5/bin/darwin/arm64/kubectl", "v1.35.5/bin/darwin/arm64/kubectl.sha256", None)),
        ("helm", "4.3.0", "linux-arm64", ("helm-v4.3.0-linux-arm64.tar.gz", "helm-v4.3.0-linux-arm64.tar.gz.sha256sum", "linux-arm64/helm")),
        ("k6", "2.2.0", "linux-amd64", ("v2.2.0/k6-v2.2.0-linux-amd64.tar.gz", "v2.2.0/k6-v2.2.0-checksums.txt", "k6-v2.2.0-linux-amd64/k6")),
        ("k6", "2.2.0", "darwin-arm64", ("v2.2.0/k6-v2.2.0-macos-arm64.zip", "v2.2.0/k6-v2.2.0-checksums.txt", "k6-v2.2.0-macos-arm64/k6")),
    ],
)  # fmt: skip
def test_files_are_asked_for_where_publishers_put_them(
    name: str, version: str, platform: str, expected: tuple[str, str, str | None]
) -> None:
    artifact = PUBLISHERS[name].artifact(version, platform)

    assert (artifact.path, artifact.sums, artifact.member) == expected


def entries() -> list[tuple[str, str, str, Any]]:
    content = json.loads((ROOT / "tools.lock").read_text())
    return [
        (name, version, platform, entry)
        for name, versions in content.items()
        for version, platforms in versions.items()
        for platform, entry in platforms.items()
    ]


@pytest.mark.parametrize(("name", "version", "platform", "entry"), entries())
def test_the_lock_that_is_checked_in_names_the_files_that_are_downloaded(
    name: str, version: str, platform: str, entry: dict[str, str]
) -> None:
    assert entry["path"] == PUBLISHERS[name].artifact(version, platform).path
    assert len(bytes.fromhex(entry["sha256"])) == 32
    assert entry["trust"] == "reviewed", (
        "a sum from a first use is checked in as 'reviewed' once someone has compared it"
    )
