"""The worst stretches of a load: an objective that holds throughout holds in each minute, not only over the whole."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lab.core.windows import Window
from lab.measure import bucket_interval, counters, interval
from lab.measure.counters import MILLISECONDS, Series
from lab.measure.latency import P99, percentile
from lab.measure.samples import Samples

SHORTEST = 60.0
"""Seconds of a stretch: a minute, as rates are told by the minute."""
STRIDE = 10.0
"""Seconds from the begin of one stretch to that of the next: what is slow for a while must not hide at an edge."""
ORDERS = 500
"""That a stretch has at least, by the mean rate: five lie beyond its 99th percentile."""


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """A stretch of the load.

    Args:
        start: Epoch ms.
        end: Epoch ms.
        orders: In it.
        p99: Theirs (ms), infinite when so many failed; by an engine's histogram the upper bound of its bucket.
        low: What it is at least, though it is the worst of many (95 % for all of them together). Its orders are what
            its clients had: that they were slow together makes them no fewer.
        by: Who saw it: nothing for the client, `engine` for an engine.
        of: The shard that it is about; nothing for all.
    """

    start: float
    end: float
    orders: int
    p99: float
    low: float = 0.0
    by: str = ""
    of: str = ""


def length(orders: int, seconds: float) -> float:
    """Seconds of a load's stretches: a minute, longer where it takes longer for enough orders."""
    return max(SHORTEST, ORDERS * seconds / orders) if orders else SHORTEST


def at_client(samples: Samples, whole: Window, *, of: str = "", looks: int = 1) -> tuple[Stretch, ...]:
    """The stretches at the client with the highest p99 and with the highest that is sure.

    Args:
        samples: The case's orders, or a shard's.
        whole: The judged load.
        of: The shard.
        looks: How many times so many stretches are looked at in all: at clients and engines.
    """
    orders = samples.within(whole)
    latencies = [order.judged_latency for order in orders]
    return of_latencies([order.due for order in orders], latencies, whole, of=of, looks=looks)


def of_latencies(
    dues: Sequence[float], latencies: Sequence[float], whole: Window, *, of: str = "", looks: int = 1
) -> tuple[Stretch, ...]:
    """The same of orders that were due at these ascending instants (epoch ms) and took so long (ms)."""
    windows = list(cut(whole, length(len(dues), whole.seconds)))
    sure = interval.corrected(len(windows) * looks)
    found = []
    for one in windows:
        values = sorted(latencies[bisect_left(dues, one.start) : bisect_left(dues, one.end)])
        if values:
            low = interval.percentile(values, P99, confidence=sure).low
            p99 = percentile(values, P99)
            found.append(Stretch(start=one.start, end=one.end, orders=len(values), p99=p99, low=low, of=of))
    return _worst(found)


def at_engine(series: Sequence[Series], whole: Window, *, of: str, looks: int = 1) -> tuple[Stretch, ...]:
    """The same by an engine's histogram, from scrape to scrape: nothing is guessed between two of them.

    Args:
        series: The buckets of its histogram.
        whole: The judged load.
        of: The shard.
        looks: As for the client.
    """
    scrapes = sorted({instant for one in series for instant, _ in one.points})
    first, last = bisect_left(scrapes, whole.start), min(bisect_left(scrapes, whole.end), len(scrapes) - 1)
    within = scrapes[first : last + 1]
    if len(within) < 2:  # noqa: PLR2004 - from one to another
        return ()
    counts = _Counts(series)
    seconds = length(counts.orders(within[0], within[-1]), (within[-1] - within[0]) / MILLISECONDS)
    ends = list(_ends(within, seconds * MILLISECONDS))
    sure = interval.corrected(len(ends) * looks)
    found = []
    # What ended between the judged load's begin and the first scrape of it, or a little before that: nobody knows.
    edge = [(scrapes[first - 1], ends[0][1])] if first and within[0] > whole.start else []
    for start, end in (*ends, *edge):
        buckets = counts.between(start, end)
        orders = int(buckets.get(math.inf, 0.0))
        if orders:
            is_sure = start >= whole.start
            low = bucket_interval.percentile(buckets, P99, confidence=sure).low if is_sure else 0.0
            p99 = bucket_interval.percentile(buckets, P99).at_most
            found.append(Stretch(start=start, end=end, orders=orders, p99=p99, low=low, by="engine", of=of))
    return _worst(found)


def cut(part: Window, seconds: float) -> Iterator[Window]:
    """A window's stretches, overlapping, the last of them at its very end; itself if it is no longer than one."""
    last = part.end - seconds * MILLISECONDS
    start = part.start
    while start < last:
        yield Window(name=part.name, start=start, end=start + seconds * MILLISECONDS)
        start += STRIDE * MILLISECONDS
    yield Window(name=part.name, start=max(last, part.start), end=part.end)


def _worst(found: Sequence[Stretch]) -> tuple[Stretch, ...]:
    if not found:
        return ()
    return tuple(
        dict.fromkeys((max(found, key=lambda one: (one.p99, one.low)), max(found, key=lambda one: (one.low, one.p99))))
    )


def _ends(scrapes: Sequence[float], length_ms: float) -> Iterator[tuple[float, float]]:
    """Stretches from one scrape to another, one each stride, the last at the last scrape."""
    last = scrapes[max(0, bisect_right(scrapes, scrapes[-1] - length_ms) - 1)]
    begun = -math.inf
    for start in scrapes:
        if start >= last:
            break
        if start >= begun + STRIDE * MILLISECONDS - 1:
            begun = start
            yield start, scrapes[min(bisect_left(scrapes, start + length_ms), len(scrapes) - 1)]
    yield last, scrapes[-1]


class _Counts:
    """What a histogram's buckets had counted by each scrape, over restarts and over pods."""

    def __init__(self, series: Sequence[Series]) -> None:
        self._by_bound: dict[float, list[tuple[Sequence[float], Sequence[float]]]] = {}
        for bound, some in counters.by_bound([one for one in series if one.points]).items():
            risen = [counters.risen(one.points) for one in some]
            self._by_bound[bound] = [([at for at, _ in points], [value for _, value in points]) for points in risen]

    def between(self, start: float, end: float) -> dict[float, float]:
        """The observations between two scrapes, by their bounds."""
        return {
            bound: sum(_last(some, end) - _last(some, start) for some in series)
            for bound, series in self._by_bound.items()
        }

    def orders(self, start: float, end: float) -> int:
        """All of them."""
        return int(self.between(start, end).get(math.inf, 0.0))


def _last(series: tuple[Sequence[float], Sequence[float]], instant: float) -> float:
    instants, values = series
    place = bisect_right(instants, instant) - 1
    return values[place] if place >= 0 else 0.0
