"""Puts a program in place: taken out of its archive, executable, whole or not at all; by one call at a time."""

import fcntl
import os
import shutil
import tarfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from lab.core.errors import PreflightError
from lab.process import shell

CHUNK = 1 << 18
"""Bytes copied at a time."""
POLL = 0.1
"""Seconds between two looks at a lock that another call has."""


def folder(place: Path, name: str, version: str, platform: str) -> Path:
    """Where a tool is kept in `place`: with the platform, since a Mac can share it with a Linux machine in it."""
    return place / f"{name}-{version}-{platform}"


def unpack(archive: Path, member: str | None, target: Path) -> None:
    """Put the program in `archive`, or `archive` itself if no member is named, at `target`, and remove the archive.

    Raises:
        PreflightError: The archive has no such member, or the disk is full.
    """
    new = target.with_name(target.name + ".new")
    with on_disk(new):
        if member is None:
            archive.rename(new)
        else:
            _extract(archive, member, new)
        new.chmod(0o755)
        _sync(new)
        new.rename(target)
        _sync(target.parent)
        archive.unlink(missing_ok=True)


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the lock of `folder`, which is made if need be; the lock goes with the process, and leaves no file.

    Raises:
        InterruptedLabError: The lab is being stopped while another call has the lock.
        PreflightError: The disk refuses.
    """
    with on_disk(folder):
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY)
    try:
        while not _locked(descriptor):
            shell.require_going()
            time.sleep(POLL)
        yield
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def on_disk(path: Path) -> Iterator[None]:
    """Turn what the disk refuses (full, read-only, not ours) into an error that names the file."""
    try:
        yield
    except OSError as error:
        raise PreflightError(
            f"{path} can't be written: {error.strerror or error}; free some space or check its permissions"
        ) from error


def _extract(archive: Path, member: str, target: Path) -> None:
    """Copy one member; nothing else of the archive touches the disk, whatever its names say."""
    try:
        with _opened(archive, member) as file, target.open("wb") as out:
            shutil.copyfileobj(file, out, CHUNK)
    except (KeyError, tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
        raise PreflightError(f"{archive.name} holds no {member}: {error}; report it to its publisher") from error


@contextmanager
def _opened(archive: Path, member: str) -> Iterator[IO[bytes]]:
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as zipped, zipped.open(member) as file:
            yield file
        return
    with tarfile.open(archive) as tarred:
        extracted = tarred.extractfile(member)
        if extracted is None:
            raise KeyError("it is no file")
        yield extracted


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
