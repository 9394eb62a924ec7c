"""What a download does when servers, lines and disks misbehave; all against a server on 127.0.0.1."""

import errno
import hashlib
import io
import tarfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lab.core import causes
from lab.core.errors import PreflightError
from lab.tools import archive, download
from lab.tools.download import Source
from tests.lab.caused import by

CONTENT = bytes(range(256)) * 4096
SIZE = len(CONTENT)
SUM = hashlib.sha256(CONTENT).hexdigest()

Answer = Callable[["Handler", bytes], None]


class Handler(BaseHTTPRequestHandler):
    server: "Server"

    def do_GET(self) -> None:
        self.server.ranges.append(self.headers.get("Range"))
        if self.path not in self.server.files:
            self.send_error(404)
            return
        answer = self.server.answers.pop(0) if self.server.answers else whole_or_rest
        answer(self, self.server.files[self.path])

    def log_message(self, *_: object) -> None:
        pass

    def head(self, status: int, length: int, start: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        if start is not None:
            self.send_header("Content-Range", f"bytes {start}-{start + length - 1}/{start + length}")
        self.end_headers()

    def start(self) -> int:
        return int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").rstrip("-"))


class Server(ThreadingHTTPServer):
    """Serves `files`; `answers` says how the next requests are answered, then as a good server does."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {"/file": CONTENT}
        self.answers: list[Answer] = []
        self.ranges: list[str | None] = []
        self.closing = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


def whole_or_rest(handler: Handler, content: bytes) -> None:
    start = handler.start()
    if start >= len(content) > 0:
        handler.send_error(416)
    else:
        handler.head(206 if start else 200, len(content) - start, start or None)
        handler.wfile.write(content[start:])


def whole(handler: Handler, content: bytes) -> None:
    """What a server does that knows no ranges."""
    handler.head(200, len(content))
    handler.wfile.write(content)


def cut(handler: Handler, content: bytes) -> None:
    start = handler.start()
    half = start + (len(content) - start) // 2
    handler.head(206 if start else 200, len(content) - start, start or None)
    handler.wfile.write(content[start:half])


def broken(handler: Handler, _: bytes) -> None:
    handler.send_error(503)


def forbidden(handler: Handler, _: bytes) -> None:
    handler.send_error(403)


def silent(handler: Handler, content: bytes) -> None:
    handler.head(200, len(content))
    handler.server.closing.wait(10)


def dripping(handler: Handler, content: bytes) -> None:
    handler.head(200, len(content))
    for at in range(0, len(content), 10):
        handler.wfile.write(content[at : at + 10])
        if handler.server.closing.wait(0.02):
            return


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(download, "PAUSES", (0.01, 0.01, 0.01))
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.closing.set()
        running.shutdown()
        thread.join()


def source(server: Server, path: str = "/file") -> Source:
    return Source(name="k3d 5.9.0", url=server.url + path, remedy="set tools.k3d.mirror")


def fetch(server: Server, part: Path, sha256: str = SUM) -> list[tuple[str, int, int | None]]:
    seen: list[tuple[str, int, int | None]] = []
    download.fetch(source(server), part, sha256=sha256, progress=lambda *step: seen.append(step))
    return seen


ARRIVALS: dict[str, tuple[bytes | None, list[Answer], list[str | None]]] = {
    "nothing is there yet": (None, [], [None]),
    "a cut download goes on where it stopped": (None, [cut, cut], [None, f"bytes={SIZE // 2}-", f"bytes={SIZE * 3 // 4}-"]),
    "a server that recovers": (None, [broken, broken], [None] * 3),
    "a server that ignores ranges is read from the start": (CONTENT[:1000], [whole], ["bytes=1000-"]),
    "a part longer than the file is thrown away": (CONTENT + b"more", [], [f"bytes={SIZE + 4}-", None]),
    "a damaged part is fetched anew": (b"x" * 1000, [], ["bytes=1000-", None]),
    "a part that is complete is not asked for again": (CONTENT, [], []),
}  # fmt: skip


@pytest.mark.parametrize("name", ARRIVALS)
def test_a_file_arrives_whole_whatever_is_there_and_whatever_the_server_does(
    server: Server, tmp_path: Path, name: str
) -> None:
    there, server.answers, ranges = ARRIVALS[name]
    if there is not None:
        (tmp_path / "part").write_bytes(there)

    seen = fetch(server, tmp_path / "part")

    assert (tmp_path / "part").read_bytes() == CONTENT
    assert server.ranges == ranges
    assert seen[-1:] == [("k3d 5.9.0", SIZE, SIZE)] * bool(ranges), "progress ends at the file's size"


def test_a_download_that_was_cut_for_good_is_resumed_by_the_next_call(server: Server, tmp_path: Path) -> None:
    server.answers = [cut, cut, cut, cut]
    with pytest.raises(PreflightError, match=r"127.0.0.1:\d+: the connection broke"):
        fetch(server, tmp_path / "part")
    had = (tmp_path / "part").stat().st_size

    fetch(server, tmp_path / "part")

    assert server.ranges[-1] == f"bytes={had}-"
    assert (tmp_path / "part").read_bytes() == CONTENT


def test_a_wrong_sum_leaves_nothing_and_names_both_sums(server: Server, tmp_path: Path) -> None:
    with pytest.raises(
        PreflightError, match=f"has the sum {SUM}, but {'0' * 64} is published", check=by(causes.DOWNLOAD_FAILED)
    ):
        fetch(server, tmp_path / "part", sha256="0" * 64)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("answers", "tries", "message"), [([broken] * 4, 4, "503 Service Unavailable"), ([forbidden], 1, "403 Forbidden")]
)
def test_what_can_pass_is_tried_again_and_a_refusal_is_not(
    server: Server, tmp_path: Path, answers: list[Answer], tries: int, message: str
) -> None:
    server.answers = answers

    with pytest.raises(PreflightError, match=f"{message}; set tools.k3d.mirror"):
        fetch(server, tmp_path / "part")

    assert len(server.ranges) == tries


def test_a_file_that_is_not_there_is_named_by_its_address(server: Server, tmp_path: Path) -> None:
    missing = source(server, "/missing")

    with pytest.raises(
        PreflightError, match=r"/missing is not there \(404\); set tools.k3d.mirror", check=by(causes.DOWNLOAD_FAILED)
    ):
        download.fetch(missing, tmp_path / "part", sha256=SUM, progress=lambda *_: None)


@pytest.mark.parametrize(("answer", "message"), [(silent, "nothing came for 0.3 s"), (dripping, "slower than 1024")])
def test_a_server_too_slow_to_end_is_given_up_with_its_name(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Answer, message: str
) -> None:
    monkeypatch.setattr(download, "STALL", 0.3)
    server.answers = [answer]
    began = time.monotonic()

    with pytest.raises(
        PreflightError,
        match=rf"can't be had from 127.0.0.1:\d+: {message}.*; set tools.k3d.mirror",
        check=by(causes.DOWNLOAD_FAILED),
    ):
        fetch(server, tmp_path / "part")

    assert time.monotonic() - began < 3


def test_a_host_where_nothing_listens_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "PAUSES", ())
    nowhere = Source(name="k3d 5.9.0", url="http://127.0.0.1:1/file", remedy="set tools.k3d.mirror")

    with pytest.raises(
        PreflightError, match=r"can't be had from 127.0.0.1:1: Connection refused; set tools.k3d.mirror"
    ):
        download.fetch(nowhere, tmp_path / "part", sha256=SUM, progress=lambda *_: None)


def test_a_password_in_a_mirrors_address_is_not_shown() -> None:
    mirror = Source(name="x", url="https://me:secret@mirror.test:8443/x", remedy="")

    assert (mirror.host, mirror.address) == ("mirror.test:8443", "https://mirror.test:8443/x")


def test_a_full_disk_is_named_and_what_came_is_kept(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, _: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(download, "_opened", lambda *_: Full())

    with pytest.raises(PreflightError, match="part can't be written: No space left on device; free some space"):
        fetch(server, tmp_path / "part")


def test_what_progress_raises_ends_the_download_and_it_can_be_resumed(server: Server, tmp_path: Path) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download.fetch(source(server), tmp_path / "part", sha256=SUM, progress=stop)
    assert (tmp_path / "part").stat().st_size > 0

    fetch(server, tmp_path / "part")

    assert (tmp_path / "part").read_bytes() == CONTENT


@pytest.mark.parametrize(
    "text",
    [
        f"{SUM}\n",
        f"{SUM}  k3d-linux-amd64\n",
        f"{SUM} *k3d-linux-amd64\r\n",
        f"{'0' * 64}  _dist/k3d-linux-arm64\n{SUM.upper()}  _dist/k3d-linux-amd64\n",
    ],
    ids=["the sum alone", "with the file", "binary mark", "several, in a folder"],
)
def test_checksum_files_of_each_form_are_understood(server: Server, text: str) -> None:
    server.files["/sums"] = text.encode()

    assert download.published_sum(source(server, "/sums"), "k3d-linux-amd64") == SUM


def test_a_checksum_file_that_is_not_there_is_none(server: Server) -> None:
    assert download.published_sum(source(server, "/missing"), "k3d-linux-amd64") is None


@pytest.mark.parametrize("text", ["", "<html>sign in</html>", f"{SUM}  another-file", "abc  k3d-linux-amd64"])
def test_fails_on_a_checksum_file_that_does_not_speak_of_the_file(server: Server, text: str) -> None:
    server.files["/sums"] = text.encode()

    with pytest.raises(PreflightError, match="/sums states no SHA-256 for k3d-linux-amd64"):
        download.published_sum(source(server, "/sums"), "k3d-linux-amd64")


def tar(path: Path, *, name: str = "linux-amd64/helm") -> None:
    with tarfile.open(path, "w:gz") as tarred:
        member = tarfile.TarInfo(name)
        member.size = 4
        tarred.addfile(member, io.BytesIO(b"helm"))
        folder = tarfile.TarInfo("folder")
        folder.type = tarfile.DIRTYPE
        tarred.addfile(folder)


def zipped(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("linux-amd64/helm", b"helm")


@pytest.mark.parametrize("pack", [tar, zipped])
def test_a_program_comes_out_of_its_archive_executable_and_alone(tmp_path: Path, pack: Callable[[Path], None]) -> None:
    pack(tmp_path / "archive")

    archive.unpack(tmp_path / "archive", "linux-amd64/helm", tmp_path / "helm")

    assert [path.name for path in tmp_path.iterdir()] == ["helm"]
    assert (tmp_path / "helm").read_bytes() == b"helm"
    assert (tmp_path / "helm").stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("member", ["linux-amd64/other", "folder"])
def test_fails_when_the_archive_lacks_the_program(tmp_path: Path, member: str) -> None:
    tar(tmp_path / "archive")

    with pytest.raises(PreflightError, match=f"archive holds no {member}"):
        archive.unpack(tmp_path / "archive", member, tmp_path / "helm")

    assert not (tmp_path / "helm").exists()


def test_fails_on_an_archive_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "archive").write_bytes(b"\x1f\x8b" + b"junk" * 10)

    with pytest.raises(PreflightError, match="archive holds no helm"):
        archive.unpack(tmp_path / "archive", "helm", tmp_path / "helm")
