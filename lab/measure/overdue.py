"""Whether an engine matched what was answered, and when: by its counter against the load generator's answers; pure."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise

from lab.core.windows import Window
from lab.measure import counters
from lab.measure.counters import Series

GRACE = 2000.0
"""ms after an order's answer, at which it should have been matched: two clocks may be a second apart."""


def overdue(answered: Sequence[float], finished: Sequence[Series], load: Window, *, unfinished: float) -> float:
    """How many accepted orders were matched later than that after their answer, or never, whatever a histogram says.

    What the engine does not even say that it took may have been taken by another.

    Args:
        answered: When each accepted order was answered (epoch ms), ascending.
        finished: The counts of all observations of the engine's histograms.
        load: The load proper.
        unfinished: How many orders the engine says that it took and never finished.
    """
    rose = [counters.risen(one.points) for one in finished if one.points]
    scrapes = sorted({at for points in rose for at, _ in points if at > load.start})
    if not scrapes or not answered or any(points[0][0] > load.start for points in rose):
        return 0.0
    base = sum(next(value for at, value in reversed(points) if at <= load.start) for points in rose)
    due = [bisect_right(answered, at - GRACE) for at in scrapes]
    behind = [
        max(0.0, wanted - sum(counters.at(points, at) for points in rose) + base)
        for wanted, at in zip(due, scrapes, strict=True)
    ]
    never = list(accumulate(reversed(behind), min))[::-1]
    new = [due[0], *(later - earlier for earlier, later in pairwise(due))]
    fresh = [bisect_right(answered, at) - wanted for at, wanted in zip(scrapes, due, strict=True)]
    late = sum(
        min(max(0.0, one - gone - (few if gone else 0)), more)
        for one, gone, few, more in zip(behind, never, fresh, new, strict=True)
    )
    return late + min(unfinished, max(0.0, never[-1] - _uncounted(answered, finished, load)))


def _uncounted(answered: Sequence[float], finished: Sequence[Series], load: Window) -> float:
    """How many may have been matched and not counted: from the last scrape of a process to the first of the next."""
    spans = {
        (left, right)
        for one in finished
        for (left, before), (right, after) in pairwise(one.points)
        if after < before and right > load.start
    }
    return float(sum(bisect_right(answered, right) - bisect_right(answered, left - GRACE) for left, right in spans))
