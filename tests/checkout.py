"""A copy of the checkout: a lab of its own state, runs and settings."""

import shutil
from pathlib import Path

from lab.core.paths import ROOT

PARTS = ("lab", "workloads", "loadtests", "tools")
FILES = ("tasks.py", "experiment.yaml", "tools.lock")


def copied(to: Path) -> Path:
    """Copy what commands need into a folder; the folder, as commands see it."""
    for name in PARTS:
        shutil.copytree(ROOT / name, to / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, to / name)
    return to.resolve()
