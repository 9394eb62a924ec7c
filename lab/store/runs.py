"""A run's folder: everything that its verdict rests on, written whole or not at all."""

import json
import math
import os
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from lab.settings.suites import Suite

LATEST = "latest"
"""A file that holds the id of the newest run."""


def run_id(suite: Suite, now: datetime) -> str:
    """The id of a run: UTC time, suite, topology."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{suite.id}-{suite.topology.name}"


class Run:
    """The folder of one run."""

    def __init__(self, root: Path, id_: str) -> None:
        self.id = id_
        self.path = root / id_

    @classmethod
    def create(cls, root: Path, suite: Suite, now: datetime) -> "Run":
        """Make the folder of a new run and point `latest` to it; a second run within a second gets a number."""
        base = run_id(suite, now)
        for number in range(1, 100):
            run = cls(root, base if number == 1 else f"{base}-{number}")
            try:
                run.path.mkdir(parents=True)
            except FileExistsError:
                continue
            write_text(root / LATEST, run.id + "\n")
            return run
        raise FileExistsError(base)

    def testid(self, case: str) -> str:
        """The tag by which a case's series are found in Prometheus."""
        return f"{self.id}-{case}"

    def case(self, case: str) -> Path:
        """The folder of one case."""
        path = self.path / case
        path.mkdir(exist_ok=True)
        return path

    def write(self, name: str, value: Any) -> None:
        """Keep a value as JSON under this name, which may lead into a case's folder."""
        write_text(self.path / name, json.dumps(plain(value), indent=2, ensure_ascii=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all: a reader sees the old one or the new one."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def plain(value: Any) -> Any:
    """A value as JSON has it: dataclasses and models as objects, an endless number as null."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, BaseModel):
        return plain(value.model_dump(mode="json", by_alias=True))
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(one) for one in value]
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, Path) else value
