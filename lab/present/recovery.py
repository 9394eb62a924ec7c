"""How the client's latency came through the broker's outage, and when it was as before again.

By p95 of the slots: a slot's p99 rests on its one or two slowest orders, so it leaves any level by chance.
"""

import math
from collections.abc import Sequence

from lab.core.figures import ms, seconds
from lab.core.windows import Outage
from lab.present.case_document import OutageReport, Slot

STEADY = 3
"""Slots in a row that must be at the level, and at least before the outage: one alone may be luck."""
NO_RISE = 1.1
"""The rise allowed where the case has no bound of its own."""


def outage(found: Outage, start: float, warmup: float, slots: Sequence[Slot], rise: float | None) -> OutageReport:
    """The outage of a case.

    Args:
        found: When it was (epoch ms).
        start: Of the load (epoch ms).
        warmup: Seconds that are not judged.
        slots: The client's latency over time.
        rise: What the case's bound allows; None if it has none.
    """
    began, in_force, ending, over = ((one - start) / 1000 for one in vars(found).values())
    report = OutageReport(began=began, in_force=in_force, ending=ending, over=over)
    before = [slot.p95 for slot in slots if slot.start >= warmup and slot.end <= began and math.isfinite(slot.p95)]
    if len(before) < STEADY:
        few = f"not known, since {len(before)} slots before the outage are too few to compare with"
        return report.model_copy(update={"recovery": few})
    level = max(before) * (rise or NO_RISE)
    later = [slot for slot in slots if slot.end > began]
    recovered, words = _recovery(later, level, ending)
    return report.model_copy(update={"level": level, "recovered": recovered, "recovery": words})


def _recovery(later: Sequence[Slot], level: float, ending: float) -> tuple[float | None, str]:
    """Seconds from the recovery asked for until the client's p95 stayed at its level, and the same in words."""
    above = [n for n, slot in enumerate(later) if not _is_at(slot, level)]
    shown = ms(level)
    if not above:
        return 0.0, f"p95 never left its level ({shown})"
    first = next((n for n in range(len(later)) if _is_steady(later, n, level) and later[n].start >= ending), None)
    if first is None:
        return None, f"p95 was not at its level ({shown}) for {STEADY} slots in a row before the load ended"
    if all(later[n].end <= ending for n in above):
        return 0.0, f"p95 was at its level ({shown}) before the recovery was asked for"
    later_by = later[first].start - ending
    return later_by, f"p95 at its level ({shown}) {seconds(later_by)} after the recovery was asked for"


def _is_steady(slots: Sequence[Slot], first: int, level: float) -> bool:
    some = slots[first : first + STEADY]
    return len(some) == STEADY and all(_is_at(slot, level) for slot in some)


def _is_at(slot: Slot, level: float) -> bool:
    return slot.p95 <= level
