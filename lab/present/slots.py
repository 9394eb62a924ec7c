"""The load cut into short slots of equal length: percentiles over time that are exact in each, never averaged."""

from collections.abc import Sequence

from lab.core.windows import Window
from lab.measure import counters
from lab.measure.counters import Series
from lab.measure.latency import latency
from lab.measure.samples import Order, Samples
from lab.present.case_document import Slot

LENGTHS = (5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0)
"""Seconds of a slot: the shortest that will do."""
MOST, FEWEST = 40, 6
"""Slots of a load: more can't be told apart in a plot, fewer show no course."""
ORDERS = 100
"""Of a slot, if it can be: below it the 99th percentile is the slowest order."""


def windows(load: Window, orders: int) -> tuple[Window, ...]:
    """A load of so many orders in slots; a rest under half a slot goes with the last one."""
    few = [one for one in LENGTHS if load.seconds <= one * MOST] or [load.seconds / MOST]
    filled = [one for one in few if orders * one >= ORDERS * load.seconds and load.seconds >= one * FEWEST]
    length = (filled or few)[0]
    number = max(1, round(load.seconds / length))
    edges = [load.start + index * length * 1000 for index in range(number)] + [load.end]
    return tuple(Window(name=str(n), start=edges[n], end=edges[n + 1]) for n in range(number))


def slots(load: Window, cut: Sequence[Window], samples: Samples | None, matches: Sequence[Series]) -> tuple[Slot, ...]:
    """What was sent and matched in each slot of the load.

    Args:
        load: The load proper.
        cut: Its slots.
        samples: All orders of the case, or of one shard; None if it isn't known whose they were.
        matches: The engines' counters of matches; none if they aren't known.
    """
    return tuple(_slot(load, slot, samples.within(slot) if samples else (), matches) for slot in cut)


def _slot(load: Window, slot: Window, orders: Sequence[Order], matches: Sequence[Series]) -> Slot:
    rate = counters.increase(matches, slot) * 60 / slot.seconds if matches and slot.seconds else None
    start, end = ((edge - load.start) / 1000 for edge in (slot.start, slot.end))
    return Slot(start=start, end=end, matches=rate, **vars(latency(orders)))
