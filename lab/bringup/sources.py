"""The folders that images are built from: where they are, and what of them decides whether an image is still theirs."""

import hashlib
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

from lab.core.errors import UsageError
from lab.core.paths import from_root
from lab.settings.loading import where
from lab.settings.settings import Settings, SourceSettings
from lab.tools import gradle

LEFT_OUT = frozenset(
    {"__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".git", ".gradle", ".kotlin", ".idea"}
)
"""Folders that tools leave in a source; no image is made of them."""


def folder(settings: Settings, role: str) -> Path | None:
    """The folder that the image of a role is built from, or None when the lab doesn't build it.

    Raises:
        UsageError: There is none, or it has no Dockerfile; the message has the setting's file and line.
    """
    written: SourceSettings | None = getattr(settings.sources, role, None)
    if written is None:
        return None
    found = from_root(written.folder)
    if not (found / "Dockerfile").is_file():
        lacks = f"{found} has no Dockerfile" if found.is_dir() else f"there is no folder {found}"
        raise UsageError(
            f"{where('sources', role)}: sources.{role}: {lacks}; "
            "correct it, or set it to null and have the image in Docker's store"
        )
    return found


def source_hash(source: Path) -> str:
    """A hash of what a build of this folder sees: names, modes and contents, what tools leave there left out.

    Raises:
        UsageError: A part of it can't be read.
    """
    digest = hashlib.sha256()
    try:
        for path in sorted(_parts(source)):
            executable = path.lstat().st_mode & 0o111
            digest.update(f"{path.relative_to(source)}\0{bool(executable)}\0".encode())
            digest.update(_content(path))
    except OSError as error:
        raise UsageError(f"{source} can't be read: {error}; Docker couldn't build it either") from error
    return digest.hexdigest()[:16]


def _parts(source: Path) -> Iterator[Path]:
    for top, folders, names in os.walk(source):
        here = Path(top)
        folders[:] = [name for name in folders if not _left_out(here, name)]
        links = [name for name in folders if (here / name).is_symlink()]
        yield from (here / name for name in (*links, *names))


def _left_out(here: Path, name: str) -> bool:
    return name in LEFT_OUT or (name in gradle.TEMPORARY and gradle.is_output(here))


def _content(path: Path) -> bytes:
    if path.is_symlink():
        return hashlib.sha256(os.fsencode(path.readlink())).digest()
    if path.suffix == ".jar" and gradle.is_output(path.parent.parent):
        return _content_of_jar(path)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _content_of_jar(path: Path) -> bytes:
    """What is in a jar, whenever it was built: each build gives the same classes another time."""
    try:
        with zipfile.ZipFile(path) as jar:
            inside = sorted(f"{part.filename}\0{part.CRC}\0{part.file_size}" for part in jar.infolist())
    except zipfile.BadZipFile:
        return hashlib.sha256(path.read_bytes()).digest()
    return hashlib.sha256("\n".join(inside).encode()).digest()
