"""The settings' files in force and the load scripts, as a hash each: what a run must not see changed."""

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from lab.core.errors import LabError
from lab.core.paths import expanded, from_root, shown
from lab.settings import loading
from lab.settings.settings import Settings

SCRIPTS = (".js", ".mjs", ".ts")
"""What a folder of load scripts is read for; a script of the user's may write its own results there."""


def files(settings: Settings, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The settings' files in force and the load scripts, by their paths.

    Raises:
        LabError: One can't be read.
    """
    folder = from_root(settings.loadtests.folder)
    found = [*loading.files(environment), *_scripts(folder, settings.loadtests.scripts.values())]
    try:
        return {f"file {shown(path.resolve())}": hashlib.sha256(path.read_bytes()).hexdigest() for path in found}
    except OSError as error:
        raise LabError(f"a file of the settings or the load can't be read: {error}") from error


def _scripts(folder: Path, named: Iterable[str]) -> Sequence[Path]:
    """The folder's scripts and those that lie elsewhere; installed packages are no part of a load."""
    own = (path for path in folder.rglob("*") if path.suffix in SCRIPTS and "node_modules" not in path.parts)
    elsewhere = (folder / expanded(name) for name in named)
    return sorted({path for path in (*own, *elsewhere) if path.is_file()})
