"""What some tests need of the machine and the lab can't get: a module that needs it says so once, and is one skip."""

import shutil

import pytest


def programs(*names: str) -> None:
    """Skip the whole module that calls this where one of these programs is not on PATH."""
    missing = [name for name in names if shutil.which(name) is None]
    if missing:
        pytest.skip(f"not on PATH: {', '.join(missing)}", allow_module_level=True)
