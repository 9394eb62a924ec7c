"""Two cases as they were recorded on the stand, in smoke: k6's points and Prometheus' extract, cut to what is read."""

import gzip
import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from lab.core.windows import Outage
from lab.measure import samples
from lab.measure.counters import Series
from lab.measure.extract import Extract
from lab.measure.lab_state import LabState
from lab.measure.measuring import Recording, load_of
from lab.measure.null_path import NullPath
from lab.measure.surroundings import Poll, Surroundings
from lab.settings.case_settings import FaultSettings
from lab.settings.suites import Case
from tests.lab.made import LAB_STATE, case, generator

FOLDER = Path(__file__).parent / "recorded"
OUTAGE = Outage(
    began=1_795_370_823_141.0, in_force=1_795_370_824_646.0, ending=1_795_370_832_646.0, over=1_795_370_837_072.0
)
"""When the broker was away in the recorded a4, by its events."""
POD = "me-shard-a-596b44db5-xdrl4"


@cache
def honest(name: str) -> Recording:
    """A case as it was recorded, and a lab around it that nobody touched."""
    folder = FOLDER / name
    outage, points = OUTAGE if name == "a4" else None, samples.read(folder / "samples.csv.gz")
    return Recording(
        testid=f"r1-{name}",
        started=points.orders[0].sent - 300,
        samples=points,
        extract=_extract(folder / "prometheus.json.gz"),
        generator=generator(),
        outage=outage,
        problems=(),
        fault_error=None,
        around=Surroundings(
            path=NullPath(p99=1.2, asked=85, answered=85),
            first=LAB_STATE,
            before=LAB_STATE,
            after=LAB_STATE,
            clock=0.004,
            polls=_polls(outage) if outage else (),
        ),
    )


def trial(name: str) -> Case:
    """The case as it was run, its outage shorter than a trial's of today."""
    one = case(name, "smoke")
    if name != "a4":
        return one
    fault = FaultSettings.model_validate({"after": 10, "for": 8})
    return replace(one, settings=one.settings.model_copy(update={"duration": 38, "fault": fault}))


def load_start(name: str) -> float:
    """When its load began (epoch ms)."""
    return load_of(trial(name), honest(name).samples, 0).start


def _extract(path: Path) -> Extract:
    kept: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
    return {
        name: tuple(
            Series(labels=one["labels"], points=tuple((at, value) for at, value in one["points"]))
            for one in part["series"]
        )
        for name, part in kept.items()
    }


def _polls(outage: Outage) -> tuple[Poll, ...]:
    """One a second, from before the outage until after it; the broker is there but for the time between."""
    seconds = range(-5, 16)
    starts = [outage.in_force + second * 1000 for second in seconds]
    return tuple(
        Poll(began=at, ended=at + 20, pods=() if outage.in_force <= at <= outage.ending else ("redpanda-0",))
        for at in starts
    )


def lab_state(**changes: Any) -> LabState:
    """What stands, but for this."""
    return replace(LAB_STATE, **changes)
