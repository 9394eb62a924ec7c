"""Makes the recording of a happening, and takes it through the real measuring and judging."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from lab.core.windows import Outage
from lab.judge.verdict import CaseVerdict, judge_case
from lab.measure import control, samples
from lab.measure.control import ControlRecording
from lab.measure.lab_state import Container, LabState
from lab.measure.measurements import CaseMeasurements
from lab.measure.measuring import Recording, measure
from lab.measure.surroundings import Poll, Surroundings
from lab.settings.topology import Topology
from tests.lab.judge.situations import k6_rows, scrapes
from tests.lab.judge.situations.happening import Asked, Happening, Plant, honest
from tests.lab.made import IMAGE, LAB_STATE

REFERENCES = {"b3": ("b1-peak",), "b4": ("b2",)}
"""The cases that a case's bounds compare with."""
_CONTROLS: dict[int, tuple[Sequence[Asked], ControlRecording]] = {}
"""By the number of requests, what was read of the first control of it: most situations leave it as it is."""


def recording(happening: Happening) -> Recording:
    """What the lab records of it."""
    load = samples.of(k6_rows.points(happening), happening.settings)
    if happening.missing:
        load = replace(load, orders=load.orders[: -happening.missing], truncated=True)
    return Recording(
        testid="t",
        started=happening.start - 300,
        samples=replace(load, dropped=happening.generator.dropped),
        extract=scrapes.extract(happening),
        generator=happening.generator,
        outage=happening.outage,
        problems=(),
        fault_error=None,
        around=_around(happening),
        control=_control(happening.control),
    )


def _control(asked: Sequence[Asked] | None) -> ControlRecording | None:
    if asked is None:
        return None
    if (kept := _CONTROLS.get(len(asked))) and kept[0] == asked:
        return kept[1]
    with tempfile.TemporaryDirectory() as folder:
        k6_rows.write_control(asked, Path(folder) / "control.csv")
        found = control.read(Path(folder) / "control.csv")
    _CONTROLS.setdefault(len(asked), (asked, found))
    return found


def _around(happening: Happening) -> Surroundings:
    stands = lab_state(happening.topology)
    ended = lab_state(
        happening.topology,
        {who: (cause, happening.at(second)) for who, second, cause in happening.restarts},
    )
    quiet = Surroundings(
        path=happening.path,
        first=stands,
        before=stands,
        after=ended,
        clock=0.004,
        polls=tuple(_polls(happening.outage)) if happening.outage else (),
    )
    return replace(quiet, **happening.around)


def lab_state(topology: Topology, ended: Mapping[str, tuple[str, float]] | None = None) -> LabState:
    """What stands, as it was asked for.

    Args:
        topology: What was asked.
        ended: Why and when (epoch ms) a workload's container ended.
    """
    (one,) = LAB_STATE.containers
    workloads = [*(shard.name for shard in topology.shards), *(["edge-gateway"] if topology.has_gateway else [])]
    return replace(
        LAB_STATE,
        shards={shard.name: shard.symbols for shard in topology.shards},
        containers=tuple(_container(one, who, (ended or {}).get(who)) for who in workloads),
        applied=dict.fromkeys(workloads, IMAGE),
    )


def _container(one: Container, workload: str, ended: tuple[str, float] | None) -> Container:
    is_own = replace(one, workload=workload, pod=scrapes.pod_of(workload))
    return replace(is_own, ended=ended[0], ended_at=ended[1], restarts=1) if ended else is_own


def _polls(outage: Outage) -> Iterator[Poll]:
    """One a second."""
    at = outage.began
    while at < outage.over:
        is_away = outage.in_force <= at and at + 20 <= outage.ending
        yield Poll(began=at, ended=at + 20, pods=() if is_away else ("redpanda-0",))
        at += 1000


def measured(happening: Happening) -> CaseMeasurements:
    return measure(happening.case, happening.topology, recording(happening))


@cache
def honestly(name: str, seed: int = 1) -> CaseMeasurements:
    """The figures of a case in which nothing is wrong."""
    return measured(honest(name, seed))


def happened(name: str, *plants: Plant, seed: int = 1) -> CaseMeasurements:
    """The figures of a case with something planted."""
    happening = honest(name, seed)
    for plant in plants:
        plant(happening)
    return measured(happening)


def judged(
    name: str, *plants: Plant, seed: int = 1, references: Mapping[str, CaseMeasurements] | None = None
) -> CaseVerdict:
    """The verdict on a case with something planted, beside honest ones.

    Args:
        name: The case.
        plants: What is wrong in it; nothing: it is honest.
        seed: Of the honest background.
        references: Figures of the cases that it is compared with, where they are not honest.
    """
    figures = happened(name, *plants, seed=seed) if plants else honestly(name, seed)
    others = {one: (references or {}).get(one) or honestly(one, seed) for one in REFERENCES.get(name, ())}
    around = {one: judge_case(honest(one, seed).case, found).around for one, found in (references or {}).items()}
    return judge_case(honest(name, seed).case, figures, others, around)
