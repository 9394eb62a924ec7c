"""Downloads one published file: resumed when it was cut, and checked before anything uses it."""

import hashlib
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from lab.core import http
from lab.core.answers import why
from lab.core.causes import DOWNLOAD_FAILED
from lab.core.errors import PreflightError
from lab.tools.archive import on_disk

if TYPE_CHECKING:
    import requests

Progress = Callable[[str, int, int | None], None]
"""Called with a name, the bytes there are and the bytes there will be, if known; what it raises ends the download."""

CONNECT = 5.0
"""Seconds that a server may take to accept a connection."""
STALL = 15.0
"""Seconds after which a transfer slower than `SLOWEST` is given up."""
SLOWEST = 1024
"""Bytes a second, averaged over `STALL`."""
PAUSES = (0.5, 1.0, 2.0)
"""Seconds before each further attempt."""
CHUNK = 1 << 18
"""Bytes read at a time."""

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file on a server: what it is called in messages, its address, and what to do when it can't be had."""

    name: str
    url: str
    remedy: str

    @property
    def host(self) -> str:
        """The server's name, with the port if it is an unusual one."""
        return urlsplit(self.url).netloc.rpartition("@")[2]

    @property
    def address(self) -> str:
        """The address without the user and password that a mirror's may hold."""
        return urlsplit(self.url)._replace(netloc=self.host).geturl()


class UnavailableError(PreflightError):
    """A server can't be reached or doesn't have the file: what another way to the same thing may make up for."""

    cause = DOWNLOAD_FAILED


class _CutError(Exception):
    """A transfer ended early; `again` tells whether another attempt has a chance."""

    def __init__(self, why: str, *, again: bool = True) -> None:
        super().__init__(why)
        self.again = again


def fetch(source: Source, part: Path, *, sha256: str, progress: Progress) -> None:
    """Bring `part` to hold the file with this sum, going on from what it holds already.

    Raises:
        UnavailableError: The server can't be reached, has no such file, or is too slow.
        PreflightError: The sum differs, or the disk is full.
    """
    left_over = part.exists()
    if left_over and digest(part) == sha256:
        return
    # What a former call left may be damaged, and only the sum can tell: then once more, from the start.
    for _ in range(1 + left_over):
        _transfer(source, part, progress)
        actual = digest(part)
        if actual == sha256:
            return
        part.unlink()
    raise PreflightError(
        f"{source.name} from {source.host} has the sum {actual}, but {sha256} is published; "
        f"nothing was installed; {source.remedy}",
        cause=DOWNLOAD_FAILED,
    )


def published_sum(source: Source, file: str) -> str | None:
    """The SHA-256 that a checksum file states for `file`; None when the server has no such checksum file.

    Raises:
        UnavailableError: The server can't be reached, or what it gives says nothing of `file`.
    """
    text = _patiently(source, lambda: _text(source))
    if text is None:
        return None
    for line in text.splitlines():
        words = line.split()
        # `SUM`, `SUM  FILE`, `SUM *FILE` and `SUM  some/folder/FILE` are all in use.
        named = len(words) == 1 or (len(words) > 1 and words[-1].lstrip("*").rpartition("/")[2] == file)
        if named and re.fullmatch(r"[0-9a-fA-F]{64}", words[0]):
            return words[0].lower()
    raise UnavailableError(f"{source.address} states no SHA-256 for {file}; {source.remedy}")


def absent(source: Source) -> UnavailableError:
    """The error of a server that answers but has no such file."""
    return UnavailableError(f"{source.address} is not there (404); {source.remedy}")


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _transfer(source: Source, part: Path, progress: Progress) -> None:
    _patiently(source, lambda: _go_on(source, part, progress))


def _patiently(source: Source, attempt: Callable[[], T]) -> T:
    for pause in (*PAUSES, None):
        try:
            return attempt()
        except _CutError as cut:
            if pause is None or not cut.again:
                raise UnavailableError(
                    f"{source.name} can't be had from {source.host}: {cut}; {source.remedy}"
                ) from cut
            time.sleep(pause)
    raise AssertionError  # the last pause is None


def _go_on(source: Source, part: Path, progress: Progress) -> None:
    """One attempt: ask for what `part` still lacks, and append it."""
    have = part.stat().st_size if part.exists() else 0
    with _answer(source, start=have) as response:
        if response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE or _elsewhere(response, have):
            part.unlink(missing_ok=True)
            raise _CutError("the server can't go on where the download stopped")
        if response.status_code == HTTPStatus.NOT_FOUND:
            raise absent(source)
        if response.status_code != HTTPStatus.PARTIAL_CONTENT:
            have = 0
        length = response.headers.get("Content-Length", "")
        total = have + int(length) if length.isdecimal() else None
        with _opened(part, "ab" if have else "wb") as file:
            for chunk in _chunks(response):
                with on_disk(part):
                    file.write(chunk)
                have += len(chunk)
                progress(source.name, have, total)
    if total is not None and have < total:
        raise _CutError(f"the connection broke after {have} of {total} bytes")


def _opened(part: Path, mode: str) -> IO[bytes]:
    """`part` to be written without a buffer, so that a full disk shows at the write it concerns."""
    with on_disk(part):
        return part.open(mode, buffering=0)


def _elsewhere(response: "requests.Response", start: int) -> bool:
    """Whether the server answers with another range than the one asked for."""
    partial = response.status_code == HTTPStatus.PARTIAL_CONTENT
    return partial and not response.headers.get("Content-Range", "").startswith(f"bytes {start}-")


def _text(source: Source) -> str | None:
    with _answer(source) as response:
        if response.status_code == HTTPStatus.NOT_FOUND:
            return None
        return b"".join(_chunks(response)).decode("ascii", errors="replace")


@contextmanager
def _answer(source: Source, start: int = 0) -> Iterator["requests.Response"]:
    """The server's answer: 200, 206, 404 or 416."""
    import requests  # noqa: PLC0415 - 0.1 s that most commands needn't spend

    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
    try:
        response = http.get(source.url, headers=headers, stream=True, timeout=(CONNECT, STALL))
    except requests.Timeout as error:
        raise _CutError("no answer in time", again=False) from error
    except requests.RequestException as error:
        raise _CutError(why(error)) from error
    with response:
        status = HTTPStatus(response.status_code)
        if not (response.ok or status in {HTTPStatus.NOT_FOUND, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE}):
            raise _CutError(f"{status.value} {status.phrase}", again=status >= HTTPStatus.INTERNAL_SERVER_ERROR)
        yield response


def _chunks(response: "requests.Response") -> Iterator[bytes]:
    """The body as it comes. The bytes are those of the file: nothing is decoded, since the sum is of the file."""
    from urllib3.exceptions import HTTPError, ReadTimeoutError  # noqa: PLC0415 - comes with requests

    since, received, ever = time.monotonic(), 0, False
    while True:
        try:
            chunk = response.raw.read1(CHUNK, decode_content=False)
        except ReadTimeoutError as error:
            raise _CutError(f"nothing came for {STALL:g} s", again=ever) from error
        except HTTPError as error:
            raise _CutError(f"the connection broke ({why(error)})") from error
        if not chunk:
            return
        yield chunk
        received, ever = received + len(chunk), True
        if time.monotonic() - since > STALL:
            if received < SLOWEST * STALL:
                raise _CutError(f"slower than {SLOWEST} bytes a second", again=False)
            since, received = time.monotonic(), 0
