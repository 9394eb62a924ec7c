"""The worst stretch of a load: an objective that holds throughout holds in each minute, not only over the whole."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lab.core.windows import AFTER, BEFORE, DURING, WHOLE, Window
from lab.measure.latency import latency
from lab.measure.samples import Samples
from lab.settings.case_settings import CaseSettings

SHORTEST = 60.0
"""Seconds of a stretch: a minute, as rates are told by the minute."""
STRIDE = 10.0
"""Seconds from the begin of one stretch to that of the next: what is slow for a while must not hide at an edge."""


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """A stretch of the load (epoch ms), its orders and their p99 (ms) at the client; infinite when so many failed."""

    start: float
    end: float
    orders: int
    p99: float


def length(settings: CaseSettings, min_samples: int) -> float:
    """Seconds of a case's stretches: a minute, longer where its lowest rate takes longer for enough orders.

    Args:
        settings: The case's load.
        min_samples: Orders that a 99th percentile needs.
    """
    lowest = min((settings.rate, *(stage.rate for stage in settings.stages)))
    return max(SHORTEST, min_samples * 60 / lowest)


def worst(samples: Samples, windows: Sequence[Window], seconds: float) -> Stretch | None:
    """The stretch with the highest p99, the first of them; None where there is none that is not a judged window itself.

    Args:
        samples: The case's orders.
        windows: The judged ones.
        seconds: Of a stretch.
    """
    found = [
        Stretch(start=one.start, end=one.end, orders=seen.orders, p99=seen.p99)
        for part in _parts(windows)
        if part.seconds > seconds
        for one in cut(part, seconds)
        if (seen := latency(samples.within(one))).orders
    ]
    return max(found, key=lambda one: one.p99, default=None)


def cut(part: Window, seconds: float) -> Iterator[Window]:
    """A window's stretches, overlapping, the last of them at its very end."""
    last = part.end - seconds * 1000
    start = part.start
    while start < last:
        yield Window(name=part.name, start=start, end=start + seconds * 1000)
        start += STRIDE * 1000
    yield Window(name=part.name, start=last, end=part.end)


def _parts(windows: Sequence[Window]) -> Sequence[Window]:
    """What is cut: an outage's windows apart, as a stretch across an edge would thin out the orders of either side."""
    around = [window for window in windows if window.name in {BEFORE, DURING, AFTER}]
    return around or [window for window in windows if window.name == WHOLE]
