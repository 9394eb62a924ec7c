"""Reads a run's folder, and remembers each file that is missing, breaks off, or is not what it should be."""

import csv
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lab.core.errors import ToolError
from lab.measure import samples
from lab.measure.samples import Samples
from lab.settings.model import Model
from lab.tools import k6

VERDICT, SETTINGS = "verdict.json", "settings.json"
VERSIONS, IMAGES, HOST = "versions.json", "images.json", "host.json"
GRAFANA = "grafana.json"
CAPACITY = "capacity.json"
"""What a search for a capacity keeps instead of a verdict."""
WARNINGS, PLACEMENT = "warnings.json", "placement.json"
"""What of a run the first version did not keep: they may be missing."""
MEASUREMENTS, PROMETHEUS, EVENTS, ERROR = "measurements.json", "prometheus.json", "events.json", "error.json"
OF_A_CASE = (MEASUREMENTS, PROMETHEUS, k6.SAMPLES, EVENTS, k6.SUMMARY, k6.LOG)
"""What every case keeps that was measured."""
CASE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
"""The name of a case is a folder's: anything else would lead out of the run."""
MISSING = "is missing"


class Gap(Model):
    """A file of the run's folder that is missing, broken or not the one that was kept."""

    file: str
    why: str


class Folder:
    """One run's folder; `gaps` grows as files are read.

    Raises:
        NotADirectoryError: There is no such folder.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_dir():
            raise NotADirectoryError(path)
        self.path = path.resolve()
        self._gaps: dict[str, str] = {}

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What is missing or broken, in the order in which it was met."""
        return tuple(Gap(file=file, why=why) for file, why in self._gaps.items())

    def miss(self, file: str, why: str) -> None:
        """Remember what is wrong with a file; the first thing said of it stays."""
        self._gaps.setdefault(file, why)

    def json(self, name: str, *, needed: bool = True) -> Any:
        """The value in a JSON file; None if there is none. One that isn't `needed` may be missing, never broken."""
        path = self.path / name
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            if needed:
                self.miss(name, MISSING)
        except (OSError, ValueError, RecursionError) as error:
            self.miss(name, f"is cut short or no JSON: {error}")
        return None

    def samples(self, case: str, *, may_break_off: bool = False) -> Samples | None:
        """The orders that k6 recorded of a case; what there is of them if the file breaks off.

        It may when it did so already when the case was measured: k6 was killed.
        """
        name = f"{case}/{k6.SAMPLES}"
        if not (self.path / name).is_file():
            self.miss(name, MISSING)
            return None
        try:
            recorded = samples.read(self.path / name)
        except (ToolError, ValueError, EOFError, zlib.error, csv.Error) as error:
            self.miss(name, f"can't be read: {getattr(error, 'summary', error)}")
            return None
        if recorded.truncated and not may_break_off:
            self.miss(name, f"breaks off after {len(recorded.orders):,} orders")
        return recorded

    def require(self, name: str) -> None:
        """A file that nothing is read from is to be there, and to be whole if it is JSON."""
        if name.endswith(".json"):
            self.json(name)
        elif not (self.path / name).is_file():
            self.miss(name, MISSING)
        elif not (self.path / name).stat().st_size:
            self.miss(name, "is empty")

    def measured(self) -> Iterator[str]:
        """The folders within this one that hold a case's figures."""
        for path in sorted(self.path.iterdir()):
            files = (path / file for file in (*OF_A_CASE, ERROR))
            if path.is_dir() and CASE.fullmatch(path.name) and any(file.exists() for file in files):
                yield path.name
