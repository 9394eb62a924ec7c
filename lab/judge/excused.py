"""Which misses are not the design's, since the orders that k6 or the surroundings made slow are all that miss; pure."""

import math
from collections.abc import Iterator, Mapping, Sequence

from lab.core.figures import count, ms, number
from lab.judge.bound import Bound, Kind, Status
from lab.judge.bounds import bounds
from lab.judge.reason import NOTHING, Reason, darkens
from lab.measure.excuses import Excuses
from lab.measure.measurements import CaseMeasurements
from lab.settings.suites import Case

BENT = (Kind.LATENCY, Kind.ERRORS)
"""What orders that are slow for another's reason make worse."""


def excused(
    case: Case, measured: CaseMeasurements, others: Mapping[str, CaseMeasurements], found: Sequence[Bound]
) -> Iterator[Reason]:
    """What spoils the misses that are none without the excused orders: a miss that stands without them is the design's.

    Args:
        case: What was asked.
        measured: What was measured.
        others: The cases that some bounds compare with.
        found: The bounds, of all orders.
    """
    if measured.excuses is None or measured.unexcused is None:
        return
    fair = {name: other.unexcused or other for name, other in others.items()}
    without = {(bound.name, bound.of): bound for bound in bounds(case, measured.unexcused, fair)}
    missed = [bound for bound in found if bound.status is Status.MISSED and bound.kind in BENT]
    spoiled = tuple(
        (bound.name, bound.of) for bound in missed if not _stands(bound, without.get((bound.name, bound.of)))
    )
    bends = darkens(*BENT) if spoiled else NOTHING
    yield from (Reason(line=line, bends=bends, only=spoiled) for line in _lines(measured.excuses))


def _stands(bound: Bound, without: Bound | None) -> bool:
    """Whether a miss is one without the excused orders too; an infinite figure says nothing where none is left."""
    if without is None or without.status is not Status.MISSED:
        return False
    is_empty = without.figure is not None and math.isinf(without.figure)
    return not is_empty or bound.figure is None or math.isinf(bound.figure)


def _lines(excuses: Excuses) -> Iterator[str]:
    if excuses.late:
        yield (
            f"k6 sent {count(excuses.late)} orders late, by up to {ms(excuses.latest)}: its own doing; stop other "
            "programs on this machine, or give it more CPU"
        )
    if excuses.slow:
        waited = max((spell.waited for spell in excuses.spells), default=0.0)
        yield (
            f"the control beside the load, which no engine serves, waited up to {ms(waited)} in "
            f"{count(len(excuses.spells))} slow spells, in which {count(excuses.slow)} orders were due: "
            f"{_whose(excuses)}"
        )


def _whose(excuses: Excuses) -> str:
    took = excuses.took_the_cpu
    if not took:
        return "something else on this machine or on the way slowed both; stop other programs, or use a quieter machine"
    used = ", ".join(f"{name} {number(excuses.cores[name], 'cores')}" for name in took)
    whose = "it needs" if len(took) == 1 else "they need"
    return f"{used} were used meanwhile of this machine's {excuses.host_cores}: {whose} a machine of their own"
