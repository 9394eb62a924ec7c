"""The files of a run's folder: one model each, which writes the file and reads it again."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import ConfigDict, Field

from lab.core.windows import Outage
from lab.judge.capacity import Capacity
from lab.judge.speedup import SpeedUp
from lab.judge.verdict import Verdict
from lab.measure.control import ControlRecording
from lab.measure.counters import Series
from lab.measure.extract import Extract
from lab.measure.measurements import CaseMeasurements, Generator
from lab.measure.measuring import Recording
from lab.measure.records import Reading
from lab.measure.samples import Samples
from lab.measure.surroundings import Surroundings
from lab.settings.model import Model
from lab.settings.settings import Settings
from lab.settings.suites import Profile
from lab.store.made_with import Host, Image, Placement, Versions

SCHEMA: Literal[1] = 1
"""Raised when a reader of today's files would misunderstand a newer one."""


class Stored(Model):
    """A file of a run's folder, as strict JSON: an infinite number is `"Infinity"`, `null` is what isn't known.

    Attributes:
        FILE: Its name.
        INDENT: Of its JSON; none where nobody reads it but programs.
    """

    model_config = ConfigDict(ser_json_inf_nan="strings")
    FILE: ClassVar[str]
    INDENT: ClassVar[int | None] = 2
    schema_: Literal[1] = Field(default=SCHEMA, alias="schema")

    def text(self) -> str:
        """Its JSON."""
        return self.model_dump_json(by_alias=True, indent=self.INDENT) + "\n"


class SettingsFile(Stored):
    """The settings in force, which cases of the suite were to run in which profile, and the seed of their loads."""

    FILE: ClassVar[str] = "settings.json"
    profile: Profile
    cases: tuple[str, ...]
    seed: int | None = None
    settings: Settings


class VerdictFile(Stored):
    """What a run came to: there from its start as INVALID, so a killed run has one too."""

    FILE: ClassVar[str] = "verdict.json"
    run: str
    rounds: int
    exit_code: int
    verdict: Verdict


class CapacityFile(Stored):
    """What a search for a capacity keeps instead of a verdict; `conclusion` are its lines for people."""

    FILE: ClassVar[str] = "capacity.json"
    conclusion: tuple[str, ...]
    matches: float | None
    speed_up: SpeedUp | None
    capacity: Capacity


class SearchesFile(Stored):
    """The searches that a suite's scaling is judged by, the newest first, and the engines that it ran with."""

    FILE: ClassVar[str] = "searches.json"
    INDENT: ClassVar[int | None] = None
    engine: str
    searches: tuple[Capacity, ...]


class ProvenanceFile(Stored):
    """With what a run was made, and what ran where.

    Args:
        versions: Of settings, project, tools and charts.
        host: The machine.
        images: Of each container.
        placement: Of each pod.
        warnings: Of the machine, before anything was measured.
        unknown: Why images and placement aren't known; None if they are.
    """

    FILE: ClassVar[str] = "provenance.json"
    versions: Versions
    host: Host
    images: tuple[Image, ...]
    placement: Placement | None
    warnings: tuple[str, ...]
    unknown: str | None = None


class GrafanaFile(Stored):
    """Where the dashboard shows the run's time, and each load's; while the lab that it ran on is up."""

    FILE: ClassVar[str] = "grafana.json"
    run: str
    cases: Mapping[str, str]


class SealFile(Stored):
    """The evidence of a run that has ended: each file's SHA-256."""

    FILE: ClassVar[str] = "evidence.json"
    sha256: Mapping[str, str] = Field(min_length=1)


class MeasurementsFile(Stored):
    """A case's figures."""

    FILE: ClassVar[str] = "measurements.json"
    measurements: CaseMeasurements


class Part(Model):
    """A part of an extract: the selector of its series, and their raw points."""

    selector: str
    series: tuple[Series, ...]


class ExtractFile(Stored):
    """What a case keeps of the metrics."""

    FILE: ClassVar[str] = "prometheus.json"
    INDENT: ClassVar[int | None] = None
    parts: Mapping[str, Part]

    @property
    def extract(self) -> Extract:
        """Its series by their parts."""
        return {name: part.series for name, part in self.parts.items()}


class RecordingFile(Stored):
    """What was recorded of a case besides k6's points and the metrics: with them it can be measured again.

    The fields are those of `Recording`.
    """

    FILE: ClassVar[str] = "recording.json"
    testid: str
    started: float
    generator: Generator
    outage: Outage | None
    problems: tuple[str, ...]
    fault_error: str | None
    warnings: tuple[str, ...]
    around: Surroundings
    reading: Reading | None = None
    ended_early: str | None = None
    control_problem: str | None = None

    @classmethod
    def of(cls, recording: Recording) -> "RecordingFile":
        """What is to be kept of a recording."""
        return cls(**{name: value for name, value in vars(recording).items() if name in cls.model_fields})

    def recording(self, samples: Samples, extract: Extract, control: ControlRecording | None) -> Recording:
        """The recording again, with what the other files have of it."""
        kept = {name: getattr(self, name) for name in RecordingFile.model_fields if name != "schema_"}
        return Recording(samples=samples, extract=extract, control=control, **kept)


class Event(Model):
    """What happened, and when (epoch ms)."""

    at: float
    what: str


class EventsFile(Stored):
    """What happened when: k6, the load, the fault."""

    FILE: ClassVar[str] = "events.json"
    events: tuple[Event, ...]


class ErrorFile(Stored):
    """The traceback, where the lab itself broke."""

    FILE: ClassVar[str] = "error.json"
    traceback: tuple[str, ...]
