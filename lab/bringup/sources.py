"""The folders that images are built from: where they are, and what of them decides whether an image is still theirs."""

import hashlib
import os
import stat
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lab.bringup import dockerfile
from lab.core.errors import UsageError
from lab.core.paths import WORKLOADS, from_root
from lab.settings.loading import where
from lab.settings.settings import Settings, SourceSettings
from lab.settings.topology import CONTROL
from lab.tools import gradle

DOCKERFILE = "Dockerfile"
LEFT_OUT = frozenset(
    {"__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".git", ".gradle", ".kotlin", ".idea"}
)
"""Folders that tools leave in a source; no image is made of them."""


OWN: Mapping[str, SourceSettings] = {CONTROL: SourceSettings(folder=str(WORKLOADS), target=CONTROL)}
"""What is built of the project's own folder, whatever the settings' `sources` say, by role."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """What an image is built from: a folder with a Dockerfile, and the target in it if there are several."""

    folder: Path
    target: str | None = None

    def __str__(self) -> str:
        return f"{self.folder}, target {self.target}" if self.target else str(self.folder)

    def digest(self) -> str:
        """A hash of what a build sees: names, modes and contents, what tools leave there left out.

        Of a target only what it takes counts, so that an edit to another one of the folder makes no other image of it.

        Raises:
            UsageError: A part of it can't be read.
        """
        digest = hashlib.sha256()
        try:
            for path in sorted(_parts(self)):
                executable = path.lstat().st_mode & 0o111
                digest.update(f"{path.relative_to(self.folder)}\0{bool(executable)}\0".encode())
                digest.update(_content(path))
        except OSError as error:
            raise UsageError(f"{self.folder} can't be read: {error}; Docker couldn't build it either") from error
        return digest.hexdigest()[:16]


def of(settings: Settings, role: str) -> Source | None:
    """What the image of a role is built from, or None when the lab doesn't build it.

    Raises:
        UsageError: The folder, its Dockerfile or the target isn't there; the message has the setting's file and line.
    """
    written = written_for(settings, role)
    if written is None:
        return None
    source = Source(folder=from_root(written.folder), target=written.target)
    path = source.folder / DOCKERFILE
    if not path.is_file():
        lacks = (
            f"{source.folder} has no Dockerfile" if source.folder.is_dir() else f"there is no folder {source.folder}"
        )
        raise UsageError(
            f"{where('sources', role)}: sources.{role}: {lacks}; "
            "correct it, or set it to null and have the image in Docker's store"
        )
    names = [stage.name for stage in dockerfile.stages(_text(path)) if stage.name]
    if source.target and source.target.lower() not in names:
        raise UsageError(
            f"{where('sources', role, 'target')}: sources.{role}.target: {path} has no stage {source.target!r}; "
            f"it has {', '.join(names) or 'none with a name'}"
        )
    return source


def written_for(settings: Settings, role: str) -> SourceSettings | None:
    """What the settings say that a role is built from; what is the project's own is as it is."""
    said: SourceSettings | None = OWN.get(role) or getattr(settings.sources, role, None)
    return said


def _parts(source: Source) -> Iterator[Path]:
    is_taken = _taken(source)
    for top, folders, names in os.walk(source.folder):
        here = Path(top)
        folders[:] = [name for name in folders if not _left_out(here, name)]
        if here == source.folder:
            folders[:], names[:] = filter(is_taken, folders), filter(is_taken, names)
        links = [name for name in folders if (here / name).is_symlink()]
        yield from (here / name for name in (*links, *filter(partial(_is_built_from, here), names)))


def _is_built_from(here: Path, name: str) -> bool:
    """Whether it is a file or a link: of pipes, sockets and devices no image is made, and reading one may never end."""
    mode = (here / name).lstat().st_mode
    return stat.S_ISREG(mode) or stat.S_ISLNK(mode)


def _taken(source: Source) -> Callable[[str], bool]:
    """Whether a build takes what has this name at the top of the folder."""
    path = source.folder / DOCKERFILE
    taken = dockerfile.taken(_text(path), source.target) if source.target and path.is_file() else None
    return lambda name: taken is None or name in taken or name.startswith((DOCKERFILE, ".dockerignore"))


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


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
