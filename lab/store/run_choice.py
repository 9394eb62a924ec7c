"""Which run is meant: the newest, one by its id, or any folder by its path."""

import os
from pathlib import Path

from lab.core.errors import UsageError
from lab.core.paths import expanded
from lab.store.runs import LATEST

SHOWN = 5
"""Newest runs that a message names."""


def folder(runs: Path, wanted: str) -> Path:
    """The folder of a run.

    Args:
        runs: Where runs are kept.
        wanted: Its id or path; empty for the newest.

    Raises:
        UsageError: There is no such run.
    """
    if not wanted:
        return _latest(runs)
    for path in (runs / wanted, expanded(wanted)):
        if os.path.isdir(path):  # noqa: PTH112 - Path's own raises where a name is too long to be one
            return path
    raise UsageError(f"run must be an id under {runs.name}/ or a folder's path; got {wanted!r}; {_known(runs)}")


def _latest(runs: Path) -> Path:
    file = runs / LATEST
    name = file.read_text(encoding="utf-8", errors="replace").strip() if file.is_file() else ""
    if name and (runs / name).is_dir():
        return runs / name
    # The file may be lost with the rest; ids sort by time.
    if found := _ids(runs):
        return runs / found[-1]
    raise UsageError(f"there is no run in {runs.name}/ yet; './invokew asr1' makes one")


def _known(runs: Path) -> str:
    found = _ids(runs)[-SHOWN:]
    return f"the newest are {', '.join(found)}" if found else "there is none yet; './invokew asr1' makes one"


def _ids(runs: Path) -> list[str]:
    return sorted(path.name for path in runs.iterdir() if path.is_dir()) if runs.is_dir() else []
