"""What counters, gauges and histograms scraped every few seconds say about an exact window."""

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from lab.core.windows import Window

MILLISECONDS = 1000
LONGEST_GAP = 2.5 * 5
"""Seconds without a scrape: one may be missed, two in a row mean that the target was down. One comes each 5 s."""
Point = tuple[float, float]
"""An instant (epoch ms) and the value scraped then."""


@dataclass(frozen=True, kw_only=True)
class Series:
    """One of Prometheus' time series: its labels and its points in the order of time."""

    labels: Mapping[str, str]
    points: tuple[Point, ...]


def at(points: Sequence[Point], instant: float) -> float:
    """A counter's value at an instant between two scrapes, by a straight line; the nearest one outside them."""
    if not points:
        return 0.0
    for (left, low), (right, high) in pairwise(points):
        if left <= instant <= right:
            return low + (high - low) * (instant - left) / (right - left) if right > left else high
    return points[0][1] if instant < points[0][0] else points[-1][1]


def increase(series: Sequence[Series], window: Window) -> float:
    """How much counters rose together within a window; at least, where one began again at 0."""
    whole = [risen(one.points) for one in series]
    return sum(at(points, window.end) - at(points, window.start) for points in whole)


def rates(points: Sequence[Point], window: Window, load: Window) -> tuple[float, float]:
    """How fast a counter rose in a window at least and at most, a minute: counted from scrape to scrape.

    An edge between two scrapes is moved to either; that of the load stays, for nothing rises before and after it.
    """
    if not points or not window.seconds:
        return 0.0, 0.0
    points = risen(points)
    starts, ends = _edges(points, window.start, load), _edges(points, window.end, load)
    found = [(last - first) * 60_000 / (end - start) for start, first in starts for end, last in ends if end > start]
    return (min(found), max(found)) if found else (0.0, math.inf)


def _edges(points: Sequence[Point], instant: float, load: Window) -> tuple[Point, ...]:
    """The scrapes around an instant; at an edge of the load what had been counted by then."""
    place = bisect_right(points, instant, key=lambda point: point[0])
    before, after = points[max(0, place - 1)], points[min(place, len(points) - 1)]
    if instant <= load.start:
        return ((instant, before[1]),)
    return ((instant, after[1]),) if instant >= load.end else (before, after)


def per_second(series: Series, window: Window) -> float | None:
    """How fast a counter rose in the part of a window that its points cover; None without two points there.

    cAdvisor looks every ten seconds or so: of a short window its points cover a part only, and its rise divided by
    the whole of it would be too little.
    """
    start, end = max(window.start, series.points[0][0]), min(window.end, series.points[-1][0])
    if end <= start:
        return None
    points = risen(series.points)
    return (at(points, end) - at(points, start)) * 1000 / (end - start)


def born(series: Series, scrapes: Sequence[float]) -> Series:
    """A counter with the 0 that it had before its first point, if its process was scraped without it by then.

    A labelled counter may be exposed only once it has counted something, so its first point is a rise already.
    """
    first = series.points[0][0] if series.points else -math.inf
    earlier = max((instant for instant in scrapes if instant < first), default=None)
    return series if earlier is None else replace(series, points=((earlier, 0.0), *series.points))


def told(series: Series) -> Series:
    """A series without the values that are no number (NaN, or infinite), as if they had not been scraped."""
    return replace(series, points=tuple(point for point in series.points if math.isfinite(point[1])))


def since(points: Sequence[Point], instant: float, until: float) -> float:
    """How much a counter rose from the last scrape at or before an instant until another; infinite: until its last."""
    whole = risen(points)
    earlier = [value for moment, value in whole if moment <= instant]
    return at(whole, until) - (earlier[-1] if earlier else whole[0][1]) if whole else 0.0


def risen(points: Sequence[Point]) -> tuple[Point, ...]:
    """A counter's points as if it had never begun again at 0, which it did where it fell."""
    values = [value for _, value in points]
    steps = (later - earlier if later >= earlier else later for earlier, later in pairwise(values))
    rose = accumulate(steps, initial=values[0]) if values else ()
    return tuple((instant, value) for (instant, _), value in zip(points, rose, strict=True))


def closed(points: Sequence[Point], end: float) -> tuple[Point, ...]:
    """A counter's points up to an instant (epoch ms), at which it has come to what it came to in the end."""
    rose = risen(points)
    within = tuple(point for point in rose if point[0] < end)
    return rose if len(within) == len(rose) else (*within, (end, rose[-1][1]))


def resets(series: Sequence[Series], window: Window) -> int:
    """How often counters of one process fell between two scrapes of which a part lies in a window: it was restarted."""
    return len({
        instant
        for one in series
        for (before, earlier), (instant, later) in pairwise(one.points)
        if later < earlier and instant > window.start and before < window.end
    })  # fmt: skip


def earliest(series: Sequence[Series], window: Window) -> float | None:
    """What gauges came to together at their first scrape within a window; None if one has none."""
    values = [next((value for instant, value in one.points if instant in window), None) for one in series]
    known = [value for value in values if value is not None]
    return sum(known) if known and len(known) == len(values) else None


def least(series: Sequence[Series], window: Window) -> float | None:
    """The lowest that gauges came to together at a scrape within a window, 0 if one did; None if nothing was."""
    together: dict[float, list[float]] = {}
    for one in series:
        for instant, value in one.points:
            if instant in window:
                together.setdefault(instant, []).append(value)
    if any(longest_gap(one.points, window) > LONGEST_GAP for one in series):
        return None
    return min((sum(values) if all(values) else 0.0 for values in together.values()), default=None)


def most(series: Sequence[Series], window: Window) -> float | None:
    """The highest value that was scraped within a window; None if nothing was."""
    return max((value for one in series for instant, value in one.points if instant in window), default=None)


def longest_gap(points: Sequence[Point], window: Window) -> float:
    """The longest time (s) without a scrape that touches a window, its edges counted as scrapes if none is beyond."""
    instants = [instant for instant, _ in points]
    if not instants:
        return window.seconds
    edges = [min(instants[0], window.start), *instants, max(instants[-1], window.end)]
    touching = (pair for pair in pairwise(edges) if pair[1] > window.start and pair[0] < window.end)
    return max(((right - left) / 1000 for left, right in touching), default=0.0)


def upper_bound(bucket: Series) -> float:
    """The bound (ms) of a bucket of a histogram of seconds.

    Raises:
        ValueError: It is no number, or there is none.
    """
    return float(bucket.labels.get("le", "")) * MILLISECONDS


def by_bound(series: Sequence[Series]) -> dict[float, list[Series]]:
    """The buckets of histograms by their bounds (ms); those whose bound is no number are left out.

    Of several histograms those bounds that all of them have: what one has up to another bound is not known.
    """
    found: dict[float, list[Series]] = {}
    for one in series:
        with suppress(ValueError):
            found.setdefault(upper_bound(one), []).append(one)
    histograms = len({frozenset(item for item in one.labels.items() if item[0] != "le") for one in series})
    return {bound: some for bound, some in found.items() if len(some) == histograms}


def buckets(series: Sequence[Series], window: Window) -> dict[float, float]:
    """A histogram of a window: upper bound (ms) to the observations up to it."""
    return {bound: increase(some, window) for bound, some in by_bound(series).items()}


def is_beyond(buckets: Mapping[float, float], share: float) -> bool:
    """Whether a quantile lies above the highest finite bound of a histogram, which then can't tell how far."""
    told = max((count for bound, count in buckets.items() if math.isfinite(bound)), default=0.0)
    return told < share * buckets.get(math.inf, 0.0)


def quantile(buckets: Mapping[float, float], share: float) -> float:
    """A quantile of a histogram: the point within its bucket by a straight line, as Prometheus' histogram_quantile.

    Args:
        buckets: Upper bound to the count of observations up to it; the last bound is infinite.
        share: 0.99 for the 99th percentile.

    Returns:
        The value in the bounds' unit; the highest finite bound if it `is_beyond`, as in Prometheus;
            infinite if nothing was observed.
    """
    bounds = sorted(buckets)
    total = buckets[bounds[-1]] if bounds else 0.0
    if total <= 0:
        return math.inf
    wanted, below, low = share * total, 0.0, 0.0
    for bound in bounds:
        if buckets[bound] >= wanted:
            if math.isinf(bound):
                return low
            return low + (bound - low) * (wanted - below) / max(buckets[bound] - below, math.ulp(1.0))
        below, low = buckets[bound], bound
    return low
