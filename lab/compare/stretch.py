"""Cuts one execution of a case in stretches of time: how figures differ from one to the next is part of their noise."""

import math
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from lab.core.windows import WHOLE, Window
from lab.measure.samples import Order

LENGTH = 10.0
"""Seconds of a stretch, if the load allows: longer than a stall, so that one spoils one stretch and not several."""
FEWEST, MOST = 5, 20
"""Stretches of a load, and the fewest of each window in it."""


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """What was measured in a stretch of the judged load.

    Args:
        window: The window of the load that it is a part of: `before`, `stage 2`, or `whole` where there is no other.
        seconds: How long it is.
        latencies: Of its orders at the client (ms), ascending; infinite for those that failed.
        matches: Fills in it; None if they aren't known.
        buckets: Of each engine's histogram, upper bound (ms) to the orders up to it.
    """

    window: str
    seconds: float
    latencies: tuple[float, ...]
    matches: float | None = None
    buckets: tuple[Mapping[float, float], ...] = ()

    @property
    def errors(self) -> int:
        """Its orders that failed."""
        return len(self.latencies) - bisect_left(self.latencies, math.inf)


Execution = tuple[Stretch, ...]
"""One execution of a case."""


def cut(windows: Sequence[Window]) -> tuple[Window, ...]:
    """The judged load in stretches, each named for the window that it lies in.

    Args:
        windows: The judged ones; none gives no stretch.
    """
    whole = next((one for one in windows if one.name == WHOLE), None)
    if whole is None or not whole.seconds:
        return ()
    length = whole.seconds / min(MOST, max(FEWEST, int(whole.seconds // LENGTH)))
    return tuple(_cut(whole, [one for one in windows if one.name != WHOLE], length))


def _cut(whole: Window, parts: Sequence[Window], length: float) -> Iterator[Window]:
    edges = {whole.start, whole.end, *(edge for one in parts for edge in (one.start, one.end))}
    for start, end in pairwise(sorted(edge for edge in edges if whole.start <= edge <= whole.end)):
        inside = next((one.name for one in parts if (start + end) / 2 in one), None)
        number = max(round((end - start) / 1000 / length), FEWEST if inside or not parts else 1)
        for n in range(number):
            step = (end - start) / number
            # What lies between the windows, as while the broker goes, is a part of its own.
            yield Window(
                name=inside or (f"at {start:.0f}" if parts else WHOLE),
                start=start + n * step,
                end=start + (n + 1) * step,
            )


def ordered(orders: Sequence[Order]) -> tuple[float, ...]:
    """The latencies of orders as a stretch has them."""
    return tuple(sorted(order.judged_latency for order in orders))
