"""A run's folder as it is made: everything that its verdict rests on, written whole or not at all."""

import os
import shutil
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile

from lab.core import causes, stamped_folder
from lab.core.errors import PreflightError
from lab.core.figures import size
from lab.core.paths import shown
from lab.settings.suites import Suite
from lab.store.files import Stored

LATEST = "latest"
"""A file that holds the id of the newest run."""
LEAST_FREE = 64 * 2**20
"""Bytes below which a disk is full: what a case leaves when it ends must still find room."""


def require_room(root: Path) -> None:
    """Refuse a folder that can't keep a run, before anything else is made for one.

    Args:
        root: Where runs are kept; it is made if it isn't there.

    Raises:
        PreflightError: It is no folder, takes no files, or its disk is full.
    """
    what = "so no run can be kept"
    try:
        root.mkdir(exist_ok=True)
        with TemporaryFile(dir=root):
            free = shutil.disk_usage(root).free
    except FileExistsError as error:
        line = f"{shown(root)} is no folder, {what}: move it away, then try again"
        raise PreflightError(line, cause=causes.NOT_WRITABLE) from error
    except OSError as error:
        line = f"{shown(root)} takes no files, {what}: {error.strerror}; let this user write there, then try again"
        raise PreflightError(line, cause=causes.NOT_WRITABLE) from error
    if free < LEAST_FREE:
        line = f"{size(free)} are free where {shown(root)} is, {what} (limit {size(LEAST_FREE)})"
        raise PreflightError(f"{line}; free some, then try again", cause=causes.DISK_FULL)


class Run:
    """The folder of one run."""

    def __init__(self, root: Path, id_: str) -> None:
        self.id = id_
        self.path = root / id_

    @classmethod
    def create(cls, root: Path, suite: Suite, now: datetime) -> "Run":
        """Make the folder of a new run and point `latest` to it; its id is UTC time, suite, topology."""
        run = cls(root, stamped_folder.make(root, f"{suite.id}-{suite.topology.name}", now).name)
        run.be_latest()
        return run

    def be_latest(self) -> None:
        """Point `latest` to it."""
        write_text(self.path.parent / LATEST, self.id + "\n")

    def testid(self, case: str) -> str:
        """The tag by which a case's series are found in Prometheus."""
        return f"{self.id}-{case}"

    def case(self, case: str) -> Path:
        """The folder of one case."""
        path = self.path / case
        path.mkdir(exist_ok=True)
        return path

    def write(self, file: Stored, case: str = "") -> None:
        """Keep a file of the run, or of one of its cases."""
        write_text(self.path / case / file.FILE, file.text())


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all: a reader sees the old one or the new one."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
