"""The bound on how much p99 may rise from one stage of a ramp to the next, at the client and in each engine; pure."""

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from lab.core.figures import MILLISECONDS, between, change, ms
from lab.core.windows import STAGE
from lab.judge import shift
from lab.judge.bound import Bound, Kind, Status
from lab.judge.shift import Allowed
from lab.judge.way_out import LONGER, WayOut, repetitions
from lab.measure.interval import Estimate, corrected
from lab.measure.measurements import CaseMeasurements, ShardMeasurements
from lab.measure.rise import WITHIN_LOAD, Rise, compare

NAME = "step_ms"
WORSE = (Status.MET, Status.UNDECIDED, Status.MISSED)
"""The best first."""


def held(measured: CaseMeasurements, limit: float) -> Iterator[Bound]:
    """A bound at the client, and one for each engine that gets orders."""
    yield _at_client(measured, limit)
    for shard in measured.loaded:
        of = shift.engine_of(measured, shard.shard)
        yield from _in_engine(shard, limit, of=of, parts=len(measured.loaded))


def _in_engine(shard: ShardMeasurements, limit: float, *, of: str, parts: int) -> Iterator[Bound]:
    """The worst of its steps by its buckets, of which each may be so many ms whatever its ratio is."""
    stages = [latency for name, latency in shard.latency.items() if name.startswith(STAGE)]
    allowed = Allowed(ratio=1.0, at_least_ms=limit)
    looks = parts * max(1, len(stages) - 1)
    steps = [shift.in_engine(before, after, allowed, parts=looks) for before, after in pairwise(stages)]
    if not steps:
        return
    worst = max(steps, key=lambda one: (WORSE.index(one.status), one.rise.difference.low, one.rise.difference.high))
    found = worst.rise.difference
    way_out = WayOut.of(worst.status, None, worst.advice or LONGER)
    by_stage = ", ".join(between(stage.interval.low, stage.interval.high) for stage in stages)
    line = (
        f"p99 by stage {by_stage}; largest step {change(found.low, MILLISECONDS)} to "
        f"{change(found.high, MILLISECONDS)}{way_out}{f'; {worst.told}' if worst.told else ''} "
        f"(limit {ms(limit)}; in the {of})"
    )
    yield replace(_bound(worst.status, line, found, limit, way_out), of=of)


def _at_client(measured: CaseMeasurements, limit: float) -> Bound:
    """The largest step, missed where it is one for sure though it is the largest of several."""
    stages = [latency for name, latency in measured.client.items() if name.startswith(STAGE)]
    steps = [
        compare(before.compared[0], after.compared[0], drift=WITHIN_LOAD, confidence=corrected(len(stages) - 1))
        for before, after in pairwise(stages)
    ]
    if not steps:
        line = "steps of p99: the warm-up leaves fewer than two stages"
        return Bound(name=NAME, kind=Kind.LATENCY, status=Status.UNMEASURED, line=line)
    worst = max(steps, key=lambda one: (one.difference.low > limit, one.difference.value))
    status = _status(steps, limit)
    found = worst.difference
    way_out = WayOut.of(status, _decided_by(worst, limit))
    ends = f"[{', '.join(change(end, MILLISECONDS) for end in (found.low, found.high))}]"
    line = (
        f"p99 by stage {', '.join(ms(stage.p99) for stage in stages)}; largest step "
        f"{change(found.value, MILLISECONDS)} {ends}{way_out} (limit {ms(limit)})"
    )
    return _bound(status, line, found, limit, way_out)


def _bound(status: Status, line: str, found: Estimate, limit: float, way_out: WayOut) -> Bound:
    return Bound(
        name=NAME,
        kind=Kind.LATENCY,
        status=status,
        line=line,
        figure=found.value,
        limit=limit,
        unit=MILLISECONDS,
        low=found.low,
        high=found.high,
        decided_by=way_out.decided_by,
        advice=way_out.advice,
    )


def _status(steps: list[Rise], limit: float) -> Status:
    if any(step.difference.low > limit for step in steps):
        return Status.MISSED
    return Status.MET if all(step.difference.high <= limit for step in steps) else Status.UNDECIDED


def _decided_by(worst: Rise, limit: float) -> int | None:
    found = worst.difference
    end = found.high if found.value <= limit else found.low
    return repetitions(abs(end - found.value), abs(limit - found.value)) if math.isfinite(end - found.value) else None
