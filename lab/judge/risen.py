"""The bound on p99 during an outage against p99 before it, at the client and in each engine; pure."""

import math
from collections.abc import Iterator

from lab.core.figures import TIMES
from lab.core.windows import BEFORE, DURING
from lab.judge import shift
from lab.judge.bound import Bound, Kind, Status
from lab.judge.shift import Allowed
from lab.measure.measurements import CaseMeasurements
from lab.measure.rise import WITHIN_LOAD

NAME, WHAT = "rise", "p99 during the outage / before"


def held(measured: CaseMeasurements, allowed: Allowed) -> Iterator[Bound]:
    """A bound at the client, and one for each engine that gets orders."""
    client = measured.client
    if BEFORE not in client or DURING not in client:
        line = "p99's rise during the outage was not measured"
        yield Bound(
            name=NAME,
            kind=Kind.LATENCY,
            status=Status.MISSED,
            line=line,
            figure=math.inf,
            limit=allowed.ratio,
            unit=TIMES,
        )
        return
    # Where slow orders before it came together, so few of them say little of what its p99 was.
    first, second = (client[BEFORE].interval, *client[BEFORE].compared[1:]), client[DURING].compared
    found = shift.at_client(first, second, allowed, drift=WITHIN_LOAD)
    yield found.bound(NAME, allowed, of="", what=WHAT, by="at the client")
    for shard in measured.loaded:
        of = shift.engine_of(measured, shard.shard)
        found = shift.in_engine(shard.latency[BEFORE], shard.latency[DURING], allowed, parts=len(measured.loaded))
        yield found.bound(NAME, allowed, of=of, what=WHAT, by=f"in the {of}")
