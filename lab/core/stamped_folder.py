"""Folders that are named for the instant at which they were made."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path


def make(root: Path, name: str, now: datetime) -> Path:
    """Make a folder named by UTC time and what it is of; a second one within a second gets a number."""
    base = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{name}"
    for number in range(1, 100):
        path = root / (base if number == 1 else f"{base}-{number}")
        with suppress(FileExistsError):
            path.mkdir(parents=True)
            return path
    raise FileExistsError(base)
