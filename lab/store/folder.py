"""Reads a run's folder, and remembers each file that is missing, breaks off, or is not what it should be."""

import csv
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from lab.core.errors import ToolError
from lab.core.figures import count
from lab.measure import control, samples
from lab.measure.control import ControlRecording
from lab.measure.samples import Samples
from lab.settings.case_settings import CaseSettings
from lab.settings.model import Model
from lab.store.files import (
    SCHEMA,
    ErrorFile,
    EventsFile,
    ExtractFile,
    MeasurementsFile,
    RecordingFile,
    Stored,
)
from lab.tools import k6

OF_K6 = (k6.SAMPLES, k6.SUMMARY, k6.LOG)
"""What each k6 of a case's load leaves."""
OF_A_CASE = (MeasurementsFile.FILE, ExtractFile.FILE, RecordingFile.FILE, EventsFile.FILE)
"""What else every case keeps that was measured."""
CASE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
"""The name of a case is a folder's: anything else would lead out of the run."""
MISSING = "is missing"
NO_FILE = "is no file"
"""A folder, or a pipe, which would be waited for."""
OTHER_SCHEMA = "has schema"
NO_SCHEMA = f"{OTHER_SCHEMA} none"
LONGEST = 120
"""Letters of what is told of a value that doesn't fit."""

File = TypeVar("File", bound=Stored)


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

    def read(self, kind: type[File], case: str = "", *, needed: bool = True) -> File | None:
        """A file of the run, or of one of its cases; None if there is none that can be read.

        One that isn't `needed` may be missing, never broken.
        """
        name = f"{case}/{kind.FILE}" if case else kind.FILE
        path = self.path / name
        if path.exists() and not path.is_file():
            self.miss(name, NO_FILE)
            return None
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            if needed:
                self.miss(name, MISSING)
            return None
        except OSError as error:
            self.miss(name, f"can't be read: {error}")
            return None
        try:
            found = kind.model_validate_json(content)
        except ValidationError as error:
            self.miss(name, _why_not(content, error))
            return None
        if "schema_" not in found.model_fields_set:
            self.miss(name, _other_schema(None))
            return None
        return found

    def samples(
        self, case: str, settings: CaseSettings | None = None, *, may_break_off: bool = False
    ) -> Samples | None:
        """The orders that k6 recorded of a case; what there is of them if the file breaks off.

        Args:
            case: Its folder.
            settings: The load that was asked for; None if that isn't known.
            may_break_off: Whether the file did so already when the case was measured: k6 was killed.
        """
        name, paths = f"{case}/{k6.SAMPLES}", k6.points(self.path / case)
        if not paths[0].is_file():
            self.miss(name, NO_FILE if paths[0].exists() else MISSING)
            return None
        if odd := next((path for path in paths if path.exists() and not path.is_file()), None):
            self.miss(odd.relative_to(self.path).as_posix(), NO_FILE)
            return None
        try:
            recorded = samples.read(paths, settings)
        except (ToolError, ValueError, EOFError, zlib.error, csv.Error) as error:
            self.miss(name, f"can't be read: {getattr(error, 'summary', error)}")
            return None
        if recorded.truncated and not may_break_off:
            self.miss(name, f"breaks off after {count(len(recorded.orders))} orders")
        return recorded

    def control(self, case: str) -> ControlRecording | None:
        """What was recorded of the control beside a case's load; None if none ran.

        One that can't be read may have been so when the case was measured, for its k6 died: it excuses nothing, and
        whether it is what was kept, the run's seal says.
        """
        name = f"{case}/{control.FOLDER}/{k6.SAMPLES}"
        if not (self.path / name).is_file():
            return None
        try:
            return control.read(self.path / name)
        except (ToolError, ValueError, EOFError, zlib.error, csv.Error) as error:
            return ControlRecording(requests=(), problem=str(getattr(error, "summary", error)))

    def of_a_case(self, case: str) -> list[str]:
        """The files that a case keeps which was measured."""
        own = self.path / case
        of_k6 = [(path / file).relative_to(self.path) for path in k6.folders(own) for file in OF_K6]
        return [*(f"{case}/{file}" for file in OF_A_CASE), *(file.as_posix() for file in of_k6)]

    def require(self, name: str) -> None:
        """A file that nothing is read from is to be there, and to be whole if it is JSON."""
        path = self.path / name
        if not path.is_file():
            self.miss(name, NO_FILE if path.exists() else MISSING)
        elif not path.stat().st_size:
            self.miss(name, "is empty")
        elif name.endswith(".json"):
            try:
                json.loads(path.read_bytes())
            except (ValueError, RecursionError) as error:
                self.miss(name, _no_json(error))

    def measured(self) -> Iterator[str]:
        """The folders within this one that hold a case's figures."""
        for path in sorted(self.path.iterdir()):
            files = (path / file for file in (*OF_A_CASE, *OF_K6, ErrorFile.FILE))
            if path.is_dir() and CASE.fullmatch(path.name) and any(file.exists() for file in files):
                yield path.name


def _why_not(content: bytes, error: ValidationError) -> str:
    """Why a file is not what its model says, in a line."""
    try:
        value: Any = json.loads(content)
    except (ValueError, RecursionError) as broken:
        return _no_json(broken)
    if not isinstance(value, dict):
        return "holds no object"
    if value.get("schema") != SCHEMA:
        return _other_schema(value.get("schema"))
    first, *more = error.errors(include_url=False)
    where = ".".join(map(str, first["loc"]))
    said = f"does not fit its schema: {where[:LONGEST]}: {first['msg'][:LONGEST]}"
    return f"{said} (and {len(more)} more)" if more else said


def _no_json(error: Exception) -> str:
    return f"is cut short or no JSON: {error}"


def _other_schema(got: object) -> str:
    """What is said of a file that another version wrote."""
    shown = "none" if got is None else str(got)[:LONGEST]
    return (
        f"{OTHER_SCHEMA} {shown}, this version of the lab reads {SCHEMA}: make the run anew, or read it with the "
        "version that made it"
    )
