"""The capacities that earlier searches found."""

from collections.abc import Iterator
from pathlib import Path

from lab.judge.capacity import Capacity
from lab.store.files import CapacityFile
from lab.store.folder import Folder


def capacities(runs: Path) -> Iterator[Capacity]:
    """Those under `runs`, the newest first, as ids of runs begin with their time; what can't be read is passed over."""
    for path in sorted(runs.glob(f"*/{CapacityFile.FILE}"), reverse=True):
        if kept := Folder(path.parent).read(CapacityFile):
            yield kept.capacity
