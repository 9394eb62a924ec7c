"""Which misses are not the design's, since the orders that k6 or the surroundings made slow are all that miss; pure."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from lab.core.figures import counted, ms, number
from lab.core.windows import BEFORE, DURING, WHOLE, Window
from lab.judge.bound import Bound, Kind, Status
from lab.judge.bounds import bounds
from lab.judge.isolation import NAME as ISOLATION
from lab.judge.keeps_up import P99 as KEEPS_UP
from lab.judge.reason import NOTHING, Reason, darkens, flatters
from lab.judge.risen import NAME as RISE
from lab.measure.control import Spell
from lab.measure.excuses import Excuses
from lab.measure.interval import proportion
from lab.measure.measurements import CaseMeasurements
from lab.settings.suites import Case

MOST_EXCUSED = 0.02
"""Of a load's orders, at most, without which a comparison may be decided: p99 rests on half of that."""
COMPARED = (RISE, ISOLATION, KEEPS_UP)
"""The bounds that hold a p99 against another one."""
NEITHER: frozenset[Status] = frozenset()
"""What a comparison may be decided as where the excused orders are many, or may be the design's own."""
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
    without = _without_excused(case, measured, others)
    if measured.excuses is not None and measured.unexcused is not None:
        missed = [bound for bound in found if bound.status is Status.MISSED and bound.kind in BENT]
        spoiled = tuple(
            (bound.name, bound.of) for bound in missed if not _stands(bound, without.get((bound.name, bound.of)))
        )
        bends = darkens(*BENT) if spoiled else NOTHING
        yield from (Reason(line=line, bends=bends, only=spoiled) for line in _lines(measured.excuses))
    for bound in found:
        rest = without.get((bound.name, bound.of))
        if bound.name in COMPARED and bound.status is Status.MET and rest and rest.status is Status.MISSED:
            line = (
                "orders that k6 sent late, or that were due while the control was slow too, made what this is compared "
                f"with slow; without them it is missed: {rest.line}"
            )
            yield Reason(line=line, bends=flatters(bound.kind), only=((bound.name, bound.of),))


def decided(
    case: Case, measured: CaseMeasurements, others: Mapping[str, CaseMeasurements], found: Sequence[Bound]
) -> tuple[Bound, ...]:
    """The bounds, those that compare a p99 with another one without the excused orders where these keep them open.

    What is asked is by how much the design differs from itself, and where the control was slow too, an order says
    nothing of that. So what is undecided with these orders and met or missed without them is that, if they are few,
    came on either side as they would by chance, and it is known that the engines did not use the CPU meanwhile.

    Args:
        case: What was asked.
        measured: What was measured.
        others: The cases that some bounds compare with.
        found: The bounds, of all orders.
    """
    without = _without_excused(case, measured, others)
    found = tuple(_reopened(bound, without.get((bound.name, bound.of))) for bound in found)
    is_open = any(bound.name in COMPARED and bound.status is Status.UNDECIDED for bound in found)
    if not is_open:
        return tuple(found)
    isolation = case.settings.slo.isolation
    reference = others.get(isolation.reference) if isolation else None
    fair = {RISE: _fair(measured, measured, BEFORE, DURING), ISOLATION: _fair(reference, measured, WHOLE, WHOLE)}
    if not any(fair.values()):
        return tuple(found)
    return tuple(_without(bound, without.get((bound.name, bound.of)), fair.get(bound.name, NEITHER)) for bound in found)


def _without_excused(
    case: Case, measured: CaseMeasurements, others: Mapping[str, CaseMeasurements]
) -> Mapping[tuple[str, str], Bound]:
    """The bounds of the orders that nothing excuses, by name and part; none where nothing excuses any."""
    if measured.unexcused is None and not any(other.unexcused for other in others.values()):
        return {}
    rest = {name: other.unexcused or other for name, other in others.items()}
    return {(bound.name, bound.of): bound for bound in bounds(case, measured.unexcused or measured, rest)}


def _fair(first: CaseMeasurements | None, second: CaseMeasurements, before: str, after: str) -> frozenset[Status]:
    """What a comparison may be decided as without the excused orders.

    More of them in the second part may be its own doing, which is then no reason to leave them out of a miss; more of
    them in the first one make it look better without them than it may have been.
    """
    if first is None or before not in first.windows or after not in second.windows:
        return NEITHER
    each = [one.excuses for one in (first, second)]
    few = all(
        one is not None
        and one.orders <= MOST_EXCUSED * seen.client[WHOLE].orders
        and bool(one.cores and one.host_cores)
        and not one.took_the_cpu
        for one, seen in zip(each, (first, second), strict=True)
    )
    spells = [one.spells if one else () for one in each]
    earlier, later = (spells[0], first.windows[before]), (spells[1], second.windows[after])
    fair = {Status.MET: by_chance(earlier, later), Status.MISSED: by_chance(later, earlier)}
    return frozenset(status for status, is_chance in fair.items() if few and is_chance)


def by_chance(before: tuple[Sequence[Spell], Window], after: tuple[Sequence[Spell], Window]) -> bool:
    """Whether no more of the slow spells lie in the second window than chance may put there."""
    hits = [
        sum(spell.start < window.end and spell.end > window.start for spell in spells)
        for spells, window in (before, after)
    ]
    share_of_time = after[1].seconds / (before[1].seconds + after[1].seconds)
    return proportion(hits[1], sum(hits)).low <= share_of_time


def _reopened(bound: Bound, without: Bound | None) -> Bound:
    """A comparison that is met only since these orders made slow what is compared with, and undecided without them."""
    is_met = bound.name in COMPARED and bound.status is Status.MET
    if not is_met or without is None or without.status is not Status.UNDECIDED:
        return bound
    if bound.figure is None or without.figure is None or without.figure <= bound.figure:
        return bound
    told = f"{without.line}; met only with the orders that k6 sent late or that were due while the control was slow too"
    return replace(without, line=told)


def _without(bound: Bound, without: Bound | None, fair: frozenset[Status]) -> Bound:
    if bound.status is not Status.UNDECIDED or without is None or without.status not in fair:
        return bound
    told = (
        f"{without.line}; {without.status} without the orders that were due while the control was slow too, undecided "
        "with them"
    )
    return replace(without, line=told)


def _stands(bound: Bound, without: Bound | None) -> bool:
    """Whether a miss is one without the excused orders too; an infinite figure says nothing where none is left."""
    if without is None or without.status is not Status.MISSED:
        return False
    is_empty = without.figure is not None and math.isinf(without.figure)
    return not is_empty or bound.figure is None or math.isinf(bound.figure)


def _lines(excuses: Excuses) -> Iterator[str]:
    if excuses.late:
        yield (
            f"k6 sent {counted(excuses.late, 'order')} late, by up to {ms(excuses.latest)}: its own doing; stop other "
            "programs on this machine, or give it more CPU"
        )
    if excuses.slow:
        waited = max((spell.waited for spell in excuses.spells), default=0.0)
        yield (
            f"the control beside the load, which no engine serves, waited up to {ms(waited)} in "
            f"{counted(len(excuses.spells), 'slow spell')} with {counted(excuses.slow, 'order')} due: {_whose(excuses)}"
        )


def _whose(excuses: Excuses) -> str:
    took = excuses.took_the_cpu
    if not took:
        return "something else on this machine or on the way slowed both; stop other programs, or use a quieter machine"
    used = ", ".join(f"{name} {number(excuses.cores[name], 'cores')}" for name in took)
    whose = "it needs" if len(took) == 1 else "they need"
    return f"{used} were used meanwhile of this machine's {excuses.host_cores}: {whose} a machine of their own"
