"""What a run's folder holds of one case: read once, tolerant of what another version left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lab.core.windows import WHOLE, Window
from lab.measure.samples import Samples
from lab.present.recorded import Recorded, recorded
from lab.store import loose
from lab.store.folder import ERROR, EVENTS, MEASUREMENTS, PROMETHEUS, Folder
from lab.tools import k6

BROKE_OFF = "breaks off"
"""What the measurements' warning says when k6's file did so while the case ran."""


@dataclass(frozen=True, kw_only=True)
class CaseFiles:
    """What a folder holds of one case.

    Args:
        case: Its id.
        verdict: Its entry in `verdict.json`.
        settings: Those of the case, as its profile has them.
        limits: Of validity, likewise.
        resources: Of each kind of pod.
        limited: Whether they were in force: programs without a cluster have none.
        measured: `measurements.json`.
        series: `prometheus.json`.
        samples: The orders.
        events: `events.json`.
        error: `error.json`.
    """

    case: str
    verdict: Mapping[str, Any]
    settings: Mapping[str, Any]
    limits: Mapping[str, Any]
    resources: Mapping[str, Any]
    limited: bool
    measured: Any
    series: Recorded
    samples: Samples | None
    events: Any
    error: Any

    @cached_property
    def load(self) -> Window | None:
        """The load proper; by the orders themselves when the measurements don't say."""
        start, end = (loose.number(loose.at(self.measured, "load", edge)) for edge in ("start", "end"))
        if start is not None and end is not None and end > start:
            return Window(name="load", start=start, end=end)
        if self.samples and self.samples.start is not None and self.samples.end is not None:
            return Window(name="load", start=self.samples.start, end=self.samples.end + 1)
        return None

    @property
    def start(self) -> float:
        """When the load began (epoch ms)."""
        return self.load.start if self.load else 0.0

    @cached_property
    def windows(self) -> tuple[Window, ...]:
        """The judged windows."""
        found = []
        for name, one in loose.table(loose.at(self.measured, "windows")).items():
            start, end = loose.number(loose.at(one, "start")), loose.number(loose.at(one, "end"))
            if start is not None and end is not None:
                found.append(Window(name=name, start=start, end=end))
        return tuple(found)

    @property
    def warmup(self) -> float:
        """Seconds at the load's start that are not judged."""
        whole = next((one for one in self.windows if one.name == WHOLE), None)
        return (whole.start - self.start) / 1000 if whole else loose.number(self.settings.get("warmup")) or 0.0

    @property
    def shards(self) -> Sequence[Any]:
        """What was measured of each shard."""
        return loose.items(loose.at(self.measured, "shards"))


def read(folder: Folder, case: str, verdict: Mapping[str, Any], settings: Mapping[str, Any]) -> CaseFiles:
    """Read what a folder holds of a case."""
    extract = folder.json(f"{case}/{PROMETHEUS}")
    series = recorded(extract)
    if extract is not None and not series:
        folder.miss(f"{case}/{PROMETHEUS}", "holds no series")
    measured = folder.json(f"{case}/{MEASUREMENTS}")
    if measured is not None and not loose.table(measured):
        folder.miss(f"{case}/{MEASUREMENTS}", "holds no figures")
    broke_off = any(BROKE_OFF in loose.text(line) for line in loose.items(loose.at(measured, "warnings")))
    files = CaseFiles(
        case=case,
        verdict=verdict,
        settings=loose.table(loose.at(settings, "cases", case)),
        limits=loose.table(settings.get("validity")),
        resources=loose.table(settings.get("resources")),
        limited=settings.get("runtime") != "process",
        measured=measured,
        series=series,
        samples=folder.samples(case, may_break_off=broke_off),
        events=folder.json(f"{case}/{EVENTS}"),
        error=folder.json(f"{case}/{ERROR}", needed=False),
    )
    _compare(folder, files)
    return files


def _compare(folder: Folder, files: CaseFiles) -> None:
    """The orders are to be those that were measured: a file that ends well may still not be the one that was."""
    whole = next((window for window in files.windows if window.name == WHOLE), None)
    counted = loose.number(loose.at(files.measured, "client", WHOLE, "orders"))
    if whole is None or counted is None or files.samples is None:
        return
    if (found := len(files.samples.within(whole))) != counted:
        name = f"{files.case}/{k6.SAMPLES}"
        folder.miss(name, f"has {found:,} orders after the warm-up, {counted:,.0f} were measured")
