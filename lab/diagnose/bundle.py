"""A folder with all that was to be seen when something broke; no secret gets in."""

import json
import re
import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic_core import to_jsonable_python

from lab.core import redact, stamped_folder
from lab.core.paths import STATE

FAILURES = STATE / "failures"
"""The bundles of commands; those of a run's cases are in the run's folder."""
KEPT = 5
"""Bundles that are kept; older ones go."""
NAME = re.compile(r"\d{8}T\d{6}Z-[\w-]+")
ERROR = "error.txt"
SKIPPED = "skipped.txt"


def create(root: Path, command: str, now: datetime) -> Path:
    """Make the folder of a new bundle and remove the oldest ones."""
    path = stamped_folder.make(root, command.replace(" ", "-"), now)
    _prune(root)
    return path


def _prune(root: Path) -> None:
    bundles = sorted(path for path in root.iterdir() if path.is_dir() and NAME.fullmatch(path.name))
    for path in bundles[:-KEPT]:
        shutil.rmtree(path, ignore_errors=True)


def write(path: Path, files: Mapping[str, Any]) -> None:
    """Write each file: a text as it is, lines as such under `.log` and `.txt`, anything else as JSON.

    Raises:
        OSError: It can't be written.
    """
    for name, content in files.items():
        target = path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_text(name, content), encoding="utf-8", errors="replace")


def _text(name: str, content: Any) -> str:
    if name.endswith(".json") and not isinstance(content, str):
        return (
            json.dumps(redact.value(to_jsonable_python(content, inf_nan_mode="strings")), indent=2, ensure_ascii=False)
            + "\n"
        )
    lines = content.splitlines() if isinstance(content, str) else content
    return redact.text("".join(f"{line}\n" for line in lines))
