"""A list of a run's files with their hashes, written when the run ends: it shows that one was lost or changed since."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from lab.store.files import SealFile
from lab.store.folder import MISSING, Folder
from lab.store.runs import write_text

SEAL = SealFile.FILE
MADE = ("report.html", "report.json", "report.md", "junit.xml", SEAL)
"""What is made of the evidence and can be made again."""


def write(path: Path) -> None:
    """Seal a run's folder as it is."""
    write_text(path / SEAL, SealFile(sha256={name: _hash(path / name) for name in _files(path)}).text())


def read(folder: Folder) -> Mapping[str, str]:
    """The files that the seal lists and their hashes; none if the folder has no seal."""
    seal = folder.read(SealFile, needed=False)
    return seal.sha256 if seal else {}


def check(folder: Folder, sealed: Mapping[str, str]) -> None:
    """Remember each sealed file that is missing or no longer the same."""
    there = _files(folder.path)
    for name, known in sealed.items():
        if name not in there:
            folder.miss(name, MISSING)
        elif _hash(folder.path / name) != known:
            folder.miss(name, "is not the file that the run kept: it was changed or cut short since")


def _files(path: Path) -> list[str]:
    """The evidence in a folder; what starts with a dot is half-written."""
    found = (one.relative_to(path) for one in sorted(path.rglob("*")) if one.is_file())
    return [str(name) for name in found if str(name) not in MADE and not name.name.startswith(".")]


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
