"""The runs in a folder, each as one line tells it: of its small files alone, for there may be many."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from lab.core.windows import WHOLE
from lab.present import repetitions, run_files
from lab.present.gaps import INVALID, UNJUDGED
from lab.present.run_files import RunFiles
from lab.store import loose
from lab.store.folder import CASE, MEASUREMENTS, Folder

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
        verdict: What it came to, as it says itself; INVALID where that is lost.
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
    verdict: str
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
    files = run_files.read(folder)
    measured = {name: folder.json(f"{name}/{MEASUREMENTS}", needed=False) for name in _measured(folder, files)}
    judged = _judged(files, measured)
    rounds = _rounds(judged, files.verdicts.get(judged, {}))
    moment = _moment(files.run)
    return Listed(
        run=files.run,
        path=folder.path,
        suite=files.suite,
        topology=_topology(files),
        profile=files.profile,
        runtime=files.runtime or "unknown",
        verdict=loose.text(loose.at(files.verdict, "verdict"), INVALID) or INVALID,
        began=_shown(files.run),
        seconds=_seconds(moment, measured.values()),
        judged=judged,
        p99=_median(_p99(measured.get(name)) for name in rounds),
        matches=loose.number(loose.at(files.found, "matches"))
        if files.found
        else _median(_matches(measured.get(name)) for name in rounds),
        damage=_damage(folder),
    )


def _damage(folder: Folder) -> str:
    return "; ".join(f"{gap.file} {gap.why.split(':', 1)[0]}" for gap in folder.gaps)


def _measured(folder: Folder, files: RunFiles) -> Iterator[str]:
    """The cases; a search's are its tries."""
    yield from (one for one in dict.fromkeys((*files.verdicts, *folder.measured())) if CASE.fullmatch(one))


def _judged(files: RunFiles, measured: Mapping[str, Any]) -> str:
    """The first case with a bound of p99 that was measured, else the first that was judged at all."""
    if files.found is not None:
        return ""
    told = [
        name
        for name, one in files.verdicts.items()
        if loose.text(loose.at(one, "verdict")) != UNJUDGED and measured.get(name)
    ]
    bound = (name for name in told if loose.at(files.settings, "cases", name, "slo", "p99_ms") is not None)
    return next(bound, told[0] if told else "")


def _rounds(judged: str, told: Mapping[str, Any]) -> list[str]:
    """The folders of a case's repetitions, without those that are INVALID."""
    valid = (one for one in repetitions.entries(told) if one.get("verdict") != INVALID)
    return [loose.text(one.get("case")) for one in valid] or [judged]


def _median(values: Iterable[float | None]) -> float | None:
    known = [one for one in values if one is not None]
    return median(known) if known else None


def _p99(measured: Any) -> float | None:
    seen = loose.table(loose.at(measured, "client", WHOLE))
    if "p99" not in seen:
        return None
    return math.inf if seen["p99"] is None else loose.number(seen["p99"])


def _matches(measured: Any) -> float | None:
    shards = [loose.items(loose.at(one, "matches_per_minute")) for one in loose.items(loose.at(measured, "shards"))]
    minutes = [sum(loose.number(one) or 0.0 for one in minute) for minute in zip(*shards, strict=False)]
    return sum(minutes) / len(minutes) if minutes else None


def _topology(files: RunFiles) -> str:
    """By the search, by the run's id, or by what its suite stands on."""
    if told := loose.text(loose.at(files.found, "topology")):
        return told
    known = loose.table(files.settings.get("topologies"))
    found = RUN.fullmatch(files.run)
    rest = found[3].removeprefix(f"{files.suite}-") if found else ""
    for name in (rest, AGAIN.sub("", rest)):
        if name and (name in known or not known):
            return name
    return loose.text(loose.at(files.settings, "suites", files.suite, "topology")) or rest or "unknown"


def _moment(run: str) -> float | None:
    found = RUN.fullmatch(run)
    try:
        return datetime.strptime(found[1] + found[2], "%Y%m%d%H%M%S").replace(tzinfo=UTC).timestamp() if found else None
    except ValueError:
        return None


def _shown(run: str) -> str:
    found = RUN.fullmatch(run)
    if not found:
        return ""
    day, time = found[1], found[2]
    return f"{day[:4]}-{day[4:6]}-{day[6:]} {time[:2]}:{time[2:4]}"


def _seconds(began: float | None, measured: Iterable[Any]) -> float | None:
    ends = [end for one in measured if (end := loose.number(loose.at(one, "load", "end"))) is not None]
    return max(ends) / 1000 - began if began is not None and ends and max(ends) / 1000 > began else None
