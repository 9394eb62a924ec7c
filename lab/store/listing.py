"""The runs in a folder, each as one line tells it: of its small files alone, for there may be many."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median

from lab.core.windows import WHOLE
from lab.judge.verdict import Outcome
from lab.measure.measurements import CaseMeasurements
from lab.store import stored_run
from lab.store.files import MeasurementsFile
from lab.store.folder import CASE, Folder
from lab.store.stored_run import StoredRun

RUN = re.compile(r"(\d{8})T(\d{6})Z-(.+)")
"""The id of a run: when it began, suite and topology."""
AGAIN = re.compile(r"-\d{1,2}$")
"""What the id of a run has at its end that began in the same second as another one."""


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One run.

    Args:
        run: Its id.
        path: Its folder.
        suite: What was run.
        topology: On what.
        profile: `full` or `smoke`.
        runtime: What the lab stood on; `unknown` where that is lost.
        verdict: Its outcome, as it says itself; INVALID where that is lost.
        began: When, in UTC.
        seconds: From then until its last case's load ended; None if no case has figures.
        judged: The case whose figures follow: the first one with a bound of p99; of a search none.
        p99: At the client (ms), infinite where orders failed; None if it isn't known.
        matches: A minute; of a search, at its capacity.
        damage: What is missing of it; empty if nothing is that a line needs.
    """

    run: str
    path: Path
    suite: str
    topology: str
    profile: str
    runtime: str
    verdict: Outcome
    began: str
    seconds: float | None
    judged: str
    p99: float | None
    matches: float | None
    damage: str

    @property
    def kind(self) -> str:
        """What it can be compared with: suite, topology, profile and runtime."""
        return f"{self.suite} {self.topology} {self.profile} {self.runtime}"


def ids(runs: Path) -> list[str]:
    """The folders of runs, newest first."""
    found = (path.name for path in runs.iterdir() if path.is_dir()) if runs.is_dir() else ()
    return sorted((name for name in found if RUN.fullmatch(name)), reverse=True)


def listed(path: Path) -> Listed:
    """What a line tells of the run in this folder, whatever is left of it."""
    folder = Folder(path)
    run = stored_run.read(folder)
    names = (one for one in dict.fromkeys((*run.executions, *folder.measured())) if CASE.fullmatch(one))
    files = {name: folder.read(MeasurementsFile, name, needed=False) for name in names}
    measured = {name: file.measurements for name, file in files.items() if file}
    judged = _judged(run, measured)
    rounds = [measured[name] for name in _rounds(run, judged) if name in measured]
    return Listed(
        run=run.id,
        path=folder.path,
        suite=run.suite,
        topology=_topology(run),
        profile=run.profile,
        runtime=run.runtime or "unknown",
        verdict=run.verdict.outcome if run.verdict else Outcome.INVALID,
        began=f"{run.began:%Y-%m-%d %H:%M}" if run.began else "",
        seconds=_seconds(run.began, measured.values()),
        judged=judged,
        p99=_median(one.client[WHOLE].p99 for one in rounds if WHOLE in one.client),
        matches=run.matches if run.is_search else _median(map(_matches, rounds)),
        damage="; ".join(f"{gap.file} {gap.why.split(':', 1)[0]}" for gap in folder.gaps),
    )


def _judged(run: StoredRun, measured: Mapping[str, CaseMeasurements]) -> str:
    """The first case with a bound of p99 that was measured, else the first that was judged at all."""
    if run.is_search:
        return ""
    told = [name for name, one in run.verdicts.items() if one.outcome is not Outcome.NOT_JUDGED and name in measured]
    asked = ((name, run.case(name)) for name in told)
    bound = (name for name, case in asked if case and case.settings.slo.p99_ms is not None)
    return next(bound, told[0] if told else "")


def _rounds(run: StoredRun, judged: str) -> list[str]:
    """The folders of a case's repetitions, without those that are INVALID."""
    told = run.verdicts.get(judged)
    valid = [one.case for one in told.repetitions if one.outcome is not Outcome.INVALID] if told else []
    return valid or [judged]


def _median(values: Iterable[float | None]) -> float | None:
    known = [one for one in values if one is not None]
    return median(known) if known else None


def _matches(measured: CaseMeasurements) -> float | None:
    minutes = measured.matches_per_minute
    return sum(minutes) / len(minutes) if minutes else None


def _topology(run: StoredRun) -> str:
    """By the search, by the run's id, or by what its suite stands on."""
    if run.capacity:
        return run.capacity.topology
    known = run.settings.topologies if run.settings else {}
    found = RUN.fullmatch(run.id)
    rest = found[3].removeprefix(f"{run.suite}-") if found else ""
    for name in (rest, AGAIN.sub("", rest)):
        if name and (name in known or not known):
            return name
    return run.plan.topology.name if run.plan else rest or "unknown"


def _seconds(began: datetime | None, measured: Iterable[CaseMeasurements]) -> float | None:
    end = max((one.load.end / 1000 for one in measured), default=0.0)
    start = began.timestamp() if began else math.inf
    return end - start if end > start else None
