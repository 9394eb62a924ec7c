"""What was scraped of one workload's pods during a case, and the figures that it gives."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import Self

from lab.core.windows import Window
from lab.measure import bucket_interval, counters
from lab.measure.counters import Point, Series
from lab.measure.extract import Extract
from lab.measure.latency import P99
from lab.measure.measurements import EngineLatency, PodMeasurements

BLOCK = 30.0
"""Seconds of a block of time, in which a figure is measured that differs from block to block."""
COUNTERS = ("match_duration", "matches", "orders", "gateway_duration", "gateway_requests", "gateway_errors")
"""The parts of an extract that the workloads themselves count."""


@dataclass(frozen=True, kw_only=True)
class Scraped:
    """The series of all workloads, or of one.

    Args:
        extract: What was recorded.
        load: The load proper.
        until: When counts of orders end (epoch ms): a script may go on for longer than the case.
        ended: When k6 was ended before the load was over (epoch ms).
        last: When the load's last order was sent (epoch ms).
        owns: Whether a series is of the workload.
    """

    extract: Extract
    load: Window
    until: float
    ended: float = math.inf
    last: float = math.inf
    owns: Callable[[Series], bool] = lambda _: True

    @classmethod
    def of_load(cls, extract: Extract, load: Window) -> Self:
        """What was recorded that says something of a load."""
        return cls.of_whole(whole(extract, load), load)

    @classmethod
    def of_whole(cls, extract: Extract, load: Window) -> Self:
        """The same of what is `whole` already."""
        counts = (*extract.get("orders", ()), *extract.get("finished", ()))
        return cls(extract=extract, load=load, until=_first_end(counts))

    def counted_after(self, answered: float) -> Self:
        """The same, with counts up to each series' own last scrape if all of those came after the last answer.

        Then they are complete. A shard that was scraped before the others would end the count of all, and what the
        others counted by then would be guessed at by a straight line through the load's end.
        """
        return replace(self, until=math.inf) if answered <= self.until else self

    def owned_by(self, owns: Callable[[Series], bool]) -> Self:
        """The part of one workload."""
        return replace(self, owns=owns)

    def of(self, name: str) -> tuple[Series, ...]:
        """Its series in one part of the extract."""
        return tuple(one for one in self.extract.get(name, ()) if self.owns(one))

    def pods(self, *, evidence: str, duration: str, windows: Sequence[Window]) -> PodMeasurements:
        """The figures of its pods.

        Args:
            evidence: The part of the extract that every scrape of them adds to; `up` where they have nothing in it.
            duration: Its histogram of latency.
            windows: Those for which that is told.
        """
        seen = () if self._lacks_histogram(evidence, duration) else self.of(evidence) or self._answers()
        known = self.of(duration)
        born = max(self.load.start, min((one.points[0][0] for one in known), default=math.inf))
        return PodMeasurements(
            scrapers=_scrapers(seen),
            longest_gap=max(self._gap(seen, self.load.start), self._gap(known, born)),
            silent=max(self._silent(seen), self._silent(known)),
            restarts=self._restarts(seen),
            throttled=self._throttled(),
            cores=self._cores(self.load),
            memory=counters.most(self.of("memory"), self.load),
            latency={
                window.name: replace(
                    _latency(known, window, sure=self._sure(known, window, windows)),
                    mean=self._mean(duration, window),
                )
                for window in windows
            },
        )

    def _sure(self, series: Sequence[Series], window: Window, windows: Sequence[Window]) -> Window:
        """The part of a window whose observations surely are of it.

        What a scrape tells of the time since the one before it may be of the warm-up, if that ended in between.
        """
        if not self.load.start < window.start == windows[0].start:
            return window
        scraped = (next((at for at, _ in one.points if at >= window.start), window.end) for one in series)
        return replace(window, start=min(max(scraped, default=window.start), window.end))

    def _gap(self, series: Sequence[Series], since: float) -> float:
        """The longest time (s) without a scrape of any of them, of the load from an instant on (epoch ms)."""
        instants = sorted({point for one in series for point in one.points})
        return counters.longest_gap(instants, replace(self.load, start=since, end=min(self.load.end, self.ended)))

    def _silent(self, series: Sequence[Series]) -> float:
        """For how long (s) before the load's last order none of any was scraped, if none was after it."""
        scraped = max((one.points[-1][0] for one in series), default=math.inf)
        return max(0.0, min(self.last, self.load.end) - scraped) / 1000

    def _lacks_histogram(self, evidence: str, duration: str) -> bool:
        """Whether its pods counted something, and no histogram has all that it took: none has a bucket up to +Inf."""
        is_whole = any(map(_has_all, self.of(duration)))
        return not is_whole and counters.increase(self.of(evidence), self.load) > 0

    def _mean(self, duration: str, window: Window) -> float | None:
        took, ended = (counters.increase(self.of(name), window) for name in (f"{duration}_sum", f"{duration}_count"))
        return took * counters.MILLISECONDS / ended if took > 0 and ended > 0 else None

    def per_minute(self, name: str, minutes: Sequence[Window]) -> tuple[float, ...]:
        """By how much a counter rose in each window, as a rate a minute."""
        series = self.of(name)
        return tuple(counters.increase(series, one) * 60 / one.seconds if one.seconds else 0.0 for one in minutes)

    def rates(self, name: str, minutes: Sequence[Window]) -> tuple[tuple[float, float], ...]:
        """How fast a counter rose in each window at least and at most, a minute."""
        ends = [[counters.rates(one.points, minute, self.load) for one in self.of(name)] for minute in minutes]
        return tuple((sum(low for low, _ in some), sum(high for _, high in some)) for some in ends)

    def count(self, series: Sequence[Series]) -> float:
        """How much counters rose together from the last scrape before the load until the count's end."""
        return sum(counters.since(one.points, self.load.start, self.until) for one in series)

    def counts_by(self, name: str, label: str) -> Mapping[str, float]:
        """What `count` is for each value of a label."""
        by_value: dict[str, list[Series]] = {}
        for one in self.of(name):
            by_value.setdefault(one.labels.get(label, ""), []).append(one)
        return {value: self.count(series) for value, series in by_value.items()}

    def _answers(self) -> tuple[Series, ...]:
        """The scrapes that its pods answered: an engine may expose its fills only from the first one on."""
        good = (replace(up, points=tuple(point for point in up.points if point[1] == 1)) for up in self.of("up"))
        return tuple(one for one in good if one.points and one.points[-1][0] >= self.load.start)

    def _restarts(self, seen: Sequence[Series]) -> int:
        """Pods beyond the first, and the times that one's counters fell."""
        by_pod: dict[str, list[Series]] = {}
        for one in seen:
            by_pod.setdefault(pod(one), []).append(one)
        return sum(counters.resets(own, self.load) for own in by_pod.values()) + max(0, len(by_pod) - 1)

    def _throttled(self) -> float | None:
        """The highest share of any container or pod; its series come in pairs with the same labels."""
        rose = {_cgroup(one): counters.increase([one], self.load) for one in self.of("cpu_throttled_periods")}
        totals = {_cgroup(one): counters.increase([one], self.load) for one in self.of("cpu_periods")}
        return max((rose.get(group, 0.0) / total for group, total in totals.items() if total > 0), default=None)

    def cpu_per_order(self, window: Window) -> tuple[float, ...]:
        """CPU (ms) for an order, by blocks of a window; none where one is not known."""
        found = [self._cpu_per_order(block) for block in _blocks(window)]
        known = [one for one in found if one is not None]
        return tuple(known) if len(known) == len(found) else ()

    def _cpu_per_order(self, block: Window) -> float | None:
        cores = self._cores(block)
        orders = counters.increase(self.of("orders"), block)
        return cores * block.seconds * counters.MILLISECONDS / orders if cores is not None and orders > 0 else None

    def _cores(self, window: Window) -> float | None:
        """Of its busiest container: a pod has one."""
        used = (counters.per_second(one, window) for one in self.of("cpu") if one.points)
        return max((one for one in used if one is not None), default=None)


def _totals(extract: Extract) -> Iterator[Series]:
    """Of each histogram of how long orders took in an engine the count of all."""
    return filter(_has_all, extract.get("match_duration", ()))


def _has_all(bucket: Series) -> bool:
    """Whether a bucket of a histogram has all of its observations."""
    return bucket.labels.get("le", "").lower() in {"+inf", "inf"}


def _with_unfinished(extract: Extract, load: Window) -> Iterator[Series]:
    """The buckets of how long orders took, with those that an engine took and never matched beyond the last bound.

    An order is counted as taken before it is matched. At a scrape the difference holds those under way too; what is not
    even made up for by a later scrape was never matched. Of an engine that began anew nobody knows.
    """
    totals: dict[str, list[Series]] = {}
    for one in _totals(extract):
        totals.setdefault(pod(one), []).append(one)
    for one in extract.get("match_duration", ()):
        # An engine may have several histograms, by a label of its own: what none of them has is added to one.
        own = totals.get(pod(one), [])
        if not own or own[0] is not one:
            yield one
            continue
        taken = [other for other in extract.get("orders", ()) if pod(other) == pod(one)]
        is_whole = taken and not counters.resets((*taken, *own), load)
        yield replace(one, points=tuple(_unfinished_added(one.points, taken, own[1:]))) if is_whole else one


def _unfinished_added(finished: Sequence[Point], taken: Sequence[Series], others: Sequence[Series]) -> Iterator[Point]:
    def counted(some: Sequence[Series], instant: float) -> float:
        return sum(counters.at(one.points, instant) for one in some)

    known = _first_end((*taken, *others))  # beyond it one count would stand still
    ahead = [counted(taken, at) - counted(others, at) - value for at, value in finished if at <= known]
    never = list(accumulate(reversed(ahead), min))[::-1] or [0.0]
    last = len(never) - 1
    yield from ((at, value + never[min(number, last)]) for number, (at, value) in enumerate(finished))


def whole(extract: Extract, load: Window) -> Extract:
    """What says something of a load: no pod that was gone before it, each counter with the 0 that it began with.

    A pod that was replaced before the load, for a clean book, is no restart. What an engine took and never matched is
    among its observations, as longer than any; `finished` has how many there were without. A value that is no number
    was not scraped.
    """
    told = {name: tuple(map(counters.told, series)) for name, series in extract.items()}
    alive = {
        name: tuple(one for one in series if one.points and one.points[-1][0] >= load.start)
        for name, series in told.items()
    }
    scrapes = {_target(up): [instant for instant, value in up.points if value == 1] for up in alive.get("up", ())}
    born = {
        name: tuple(counters.born(one, scrapes.get(_target(one), ())) for one in series)
        for name, series in alive.items()
        if name in COUNTERS
    }
    judged = {"finished": tuple(_totals(born)), "match_duration": tuple(_with_unfinished(born, load))}
    return {**alive, **born, **judged}


def drained(extract: Extract, load: Window) -> Extract:
    """The same, with what the engines finished after a load's last order counted at the load's end.

    An observation comes when an order is finished, and these were taken within the load.
    """
    names = ("match_duration", "match_duration_sum", "match_duration_count")
    return {
        **extract,
        **{
            name: tuple(replace(one, points=counters.closed(one.points, load.end)) for one in extract[name])
            for name in names
            if name in extract
        },
    }


def _blocks(window: Window) -> list[Window]:
    """Parts of a window, each three points of cAdvisor long at least."""
    count = max(1, int(window.seconds // BLOCK))
    length = (window.end - window.start) / count
    starts = [window.start + number * length for number in range(count)]
    return [Window(name=window.name, start=start, end=start + length) for start in starts]


def pod(series: Series) -> str:
    """The name of the pod that a series is of."""
    return series.labels.get("pod", "")


def _first_end(series: Sequence[Series]) -> float:
    """The first of several last scrapes: the only end of a count that all shards have."""
    return min((one.points[-1][0] for one in series), default=math.inf)


def _target(series: Series) -> tuple[str, str]:
    return series.labels.get("job", ""), series.labels.get("instance", "")


def _scrapers(seen: Sequence[Series]) -> int:
    """The most jobs that scrape one pod."""
    by_pod: dict[str, set[tuple[str, str]]] = {}
    for one in seen:
        by_pod.setdefault(pod(one), set()).add(_target(one))
    return max(map(len, by_pod.values()), default=0)


def _latency(series: Sequence[Series], window: Window, *, sure: Window) -> EngineLatency:
    buckets = counters.buckets(series, window)
    p99, least = (bucket_interval.percentile(one, P99) for one in (buckets, counters.buckets(series, sure)))
    return EngineLatency(
        orders=buckets.get(math.inf, 0.0),
        p50=counters.quantile(buckets, 0.5),
        p95=counters.quantile(buckets, 0.95),
        p99=counters.quantile(buckets, 0.99),
        is_beyond=counters.is_beyond(buckets, 0.99),
        p99_at_least=p99.at_least,
        p99_at_most=p99.at_most,
        low=min(p99.low, least.low),
        high=p99.high,
        beyond=bucket_interval.beyond([counters.buckets(series, block) for block in _between_scrapes(series, window)]),
    )


def _between_scrapes(series: Sequence[Series], window: Window) -> list[Window]:
    """A window's blocks of time, from scrape to scrape; itself where it has none."""
    scrapes = sorted({instant for one in series for instant, _ in one.points if instant in window})
    edges = [window.start, *(instant for instant in scrapes if window.start < instant < window.end), window.end]
    return [Window(name=window.name, start=start, end=end) for start, end in pairwise(edges) if end > start]


def _cgroup(series: Series) -> str:
    return series.labels.get("id", "") or f"{pod(series)}/{series.labels.get('container', '')}"
