"""Whether an engine matched what was answered, and when: by its counter against the load generator's answers; pure."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise

from lab.core.windows import Window
from lab.measure import counters
from lab.measure.counters import Series

GRACE = 2000.0
"""ms after an order's answer, at which it should have been matched: two clocks may be a second apart."""


def overdue(
    answered: Sequence[float], finished: Sequence[Series], load: Window, *, judged: float, unfinished: float
) -> float:
    """How many accepted orders were matched later than that after their answer, or never, whatever a histogram says.

    What the engine does not even say that it took may have been taken by another.

    Args:
        answered: When each accepted order was answered (epoch ms), ascending.
        finished: The counts of all observations of the engine's histograms.
        load: The load proper.
        judged: Until when it warms up (epoch ms): what is answered before that may be late.
        unfinished: How many orders the engine says that it took and never finished.
    """
    rose = [counters.risen(one.points) for one in finished if one.points]
    scrapes = sorted({at for points in rose for at, _ in points if at > load.start})
    if not scrapes or not answered or any(points[0][0] > load.start for points in rose):
        return 0.0
    base = sum(next(value for at, value in reversed(points) if at <= load.start) for points in rose)
    due = [bisect_right(answered, at - GRACE) for at in scrapes]
    lacking = [
        max(0.0, wanted - sum(counters.at(points, at) for points in rose) + base)
        for wanted, at in zip(due, scrapes, strict=True)
    ]
    # What no later scrape makes up for was never matched; what one does was late. Each order counts at the first scrape
    # at which it is due. Beside orders that are never matched, those that came since may stand in for late ones.
    never = list(accumulate(reversed(lacking), min))[::-1]
    warm = bisect_right(answered, judged)
    newly = [max(0, later - max(earlier, warm)) for earlier, later in pairwise([0, *due])]
    since = [bisect_right(answered, at) - wanted for at, wanted in zip(scrapes, due, strict=True)]
    late = sum(
        min(max(0.0, lacks - gone - (came if gone else 0)), new)
        for lacks, gone, came, new in zip(lacking, never, since, newly, strict=True)
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
