"""What a run's folder has of one case, read once; None is what can't be read, and the folder's gaps say why."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from lab.core.figures import count
from lab.core.windows import WHOLE, Window, load_window
from lab.judge.verdict import CaseVerdict
from lab.measure.extract import SeriesByName
from lab.measure.measurements import CaseMeasurements
from lab.measure.samples import Samples
from lab.settings.suites import Case
from lab.store.files import ErrorFile, Event, EventsFile, ExtractFile, MeasurementsFile
from lab.store.folder import Folder
from lab.tools import k6


@dataclass(frozen=True, kw_only=True)
class StoredCase:
    """A case as the run's folder has it.

    Args:
        name: Of its folder.
        case: What was asked.
        verdict: What it came to.
        measured: Its figures.
        series: What was scraped.
        samples: The orders.
        events: What happened when.
        traceback: Where the lab itself broke.
    """

    name: str
    case: Case | None
    verdict: CaseVerdict | None
    measured: CaseMeasurements | None
    series: SeriesByName
    samples: Samples | None
    events: Sequence[Event]
    traceback: Sequence[str]

    @cached_property
    def load(self) -> Window | None:
        """The load proper; by the orders themselves where there are no figures."""
        if self.measured and self.measured.load.seconds:
            return self.measured.load
        if self.samples and self.samples.start is not None and self.samples.end is not None:
            return load_window(self.samples.start, (self.samples.end + 1 - self.samples.start) / 1000)
        return None

    @property
    def windows(self) -> tuple[Window, ...]:
        """The judged windows."""
        return tuple(self.measured.windows.values()) if self.measured else ()

    @property
    def warmup(self) -> float:
        """Seconds at the load's start that are not judged."""
        if self.measured and WHOLE in self.measured.windows:
            return (self.measured.windows[WHOLE].start - self.measured.load.start) / 1000
        return self.case.settings.warmup if self.case else 0.0


def read(folder: Folder, name: str, case: Case | None = None, verdict: CaseVerdict | None = None) -> StoredCase:
    """Read what a folder has of a case.

    Args:
        folder: The run's.
        name: Of the case's own folder.
        case: What was asked.
        verdict: What it came to.
    """
    kept, extract = folder.read(MeasurementsFile, name), folder.read(ExtractFile, name)
    events, error = folder.read(EventsFile, name), folder.read(ErrorFile, name, needed=False)
    series = SeriesByName(extract.extract if extract else {})
    if extract is not None and not series:
        folder.miss(f"{name}/{ExtractFile.FILE}", "holds no series")
    measured = kept.measurements if kept else None
    samples = folder.samples(name, case.settings if case else None, may_break_off=broke_off(measured))
    if case:  # else nobody knows when its orders were due, and so which ones its windows have
        _require_as_many(folder, name, measured, samples)
    return StoredCase(
        name=name,
        case=case,
        verdict=verdict,
        measured=measured,
        series=series,
        samples=samples,
        events=events.events if events else (),
        traceback=error.traceback if error else (),
    )


def broke_off(measured: CaseMeasurements | None) -> bool:
    """Whether k6's file of points did so while the case ran."""
    return measured is not None and measured.truncated


def _require_as_many(folder: Folder, name: str, measured: CaseMeasurements | None, samples: Samples | None) -> None:
    """The orders are to be those that were measured: a file that ends well may still not be the one that was."""
    if measured is None or samples is None or WHOLE not in measured.windows or WHOLE not in measured.client:
        return
    counted, found = measured.client[WHOLE].orders, len(samples.within(measured.windows[WHOLE]))
    if found != counted:
        folder.miss(
            f"{name}/{k6.SAMPLES}", f"has {count(found)} orders after the warm-up, {count(counted)} were measured"
        )
