"""Sees while a load runs whether anything is left to measure: an engine may be gone for good, or the disk full."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lab.core.errors import LabError
from lab.core.figures import size
from lab.process.background import Background
from lab.store.runs import LEAST_FREE

EVERY = 3.0
"""Seconds between two looks."""
LINGER = 20.0
"""Seconds that the last look may take: the cluster's API has its own limit, and a little."""


@dataclass(frozen=True, kw_only=True)
class Loss:
    """What a load can't get over.

    Args:
        what: For people.
        of_machine: Whether it is this machine's; else it is the design's own.
    """

    what: str
    of_machine: bool = False


class Outlook(Background):
    """A context in which is looked for what the load can't get over.

    Args:
        look: What the runtime finds; raises LabError if it can't tell.
        folder: Where the case's results go.
    """

    def __init__(self, look: Callable[[], Loss | None], folder: Path) -> None:
        super().__init__(linger=LINGER, waits_on_error=False)
        self._look = look
        self._folder = folder
        self._loss: Loss | None = None

    @property
    def loss(self) -> Loss | None:
        """What was found at the last look that told."""
        return self._loss

    def _run(self) -> None:
        while not self._over.wait(EVERY):
            with suppress(LabError):
                self._loss = disk_full(self._folder) or self._look()


def disk_full(folder: Path) -> Loss | None:
    """Whether hardly anything more can be written to a folder."""
    free = shutil.disk_usage(folder).free
    if free >= LEAST_FREE:
        return None
    return Loss(what=f"{size(free)} are free where {folder} is (limit {size(LEAST_FREE)})", of_machine=True)
