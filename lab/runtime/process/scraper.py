"""Scrapes the lab's programs in the place of a Prometheus: their metrics, and what the system says of their use.

It keeps raw points in memory, for as long as the longest case and a little, and answers what the measuring asks.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Self

import psutil
import requests

from lab.core import http
from lab.measure.counters import Point, Series
from lab.measure.metrics import ENGINE_JOB, SCRAPE_SECONDS, Selector
from lab.present.containers import CPU, MEMORY
from lab.process.background import Background
from lab.runtime.process.programs import Child

ANSWER = 4.0
"""Seconds that a program's metrics may take: less than lies between two scrapes."""
KEPT = 40 * 60.0
"""Seconds for which points are kept."""
AT_ONCE = 8

Labels = tuple[tuple[str, str], ...]


class Scraper(Background):
    """A context in which programs are scraped every 5 s; it is the `Metrics` of a lab without Docker.

    Args:
        children: Tells what runs, at each scrape.
    """

    def __init__(self, children: Callable[[], Sequence[Child]]) -> None:
        super().__init__(linger=ANSWER + 1)
        self._children = children
        self._points: dict[Labels, list[Point]] = {}
        self._scraped: dict[str, float] = {}
        self._lock = threading.Lock()

    def within(self, deadline: float) -> Self:  # noqa: ARG002 - the protocol's
        """This one: it answers at once."""
        return self

    def points(self, wanted: Selector, *, since: float, until: float) -> tuple[Series, ...]:
        """The raw points of each series between two instants (epoch ms)."""
        found = (
            Series(labels=dict(labels), points=tuple(point for point in points if since <= point[0] <= until))
            for labels, points in self._selected(wanted)
        )
        return tuple(one for one in found if one.points)

    def latest(self, wanted: Selector) -> tuple[Series, ...]:
        """The newest point of each series that the last scrape of its program had; none of a program that is gone."""
        with self._lock:
            last = dict(self._scraped)
        return tuple(
            Series(labels=dict(labels), points=points[-1:])
            for labels, points in self._selected(wanted)
            if points[-1][0] == last.get(dict(labels)["pod"])
        )

    def scraped(self, wanted: Selector) -> tuple[float, ...]:
        """When each series was scraped last (epoch ms)."""
        return tuple(one.points[-1][0] for one in self.latest(wanted))

    def now(self) -> float:
        """Its clock (epoch ms): this machine's."""
        return time.time() * 1000

    def _selected(self, wanted: Selector) -> list[tuple[Labels, tuple[Point, ...]]]:
        with self._lock:
            return [
                (labels, tuple(points))
                for labels, points in self._points.items()
                if points and wanted.selects(dict(labels))
            ]

    def _run(self) -> None:
        with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="scrape") as pool:
            due = time.monotonic()
            while not self._over.wait(max(0.0, due - time.monotonic())):
                due = max(due + SCRAPE_SECONDS, time.monotonic())
                children = list(self._children())
                list(pool.map(self._scrape, children))
                self._forget({child.pod for child in children})

    def _scrape(self, child: Child) -> None:
        at = time.time() * 1000
        seen = dict(read(child))
        with self._lock:
            for labels, value in seen.items():
                self._points.setdefault(labels, []).append((at, value))
            self._scraped[child.pod] = at

    def _forget(self, running: set[str]) -> None:
        """Forget points that are too old, and that a program was there which is gone."""
        oldest = (time.time() - KEPT) * 1000
        with self._lock:
            self._scraped = {pod: at for pod, at in self._scraped.items() if pod in running}
            for labels, points in list(self._points.items()):
                while points and points[0][0] < oldest:
                    points.pop(0)
                if not points:
                    del self._points[labels]


def read(child: Child) -> Iterator[tuple[Labels, float]]:
    """What a program's metrics and the system say of it now; `up` is 0 where it doesn't answer."""
    own = {"pod": child.pod, **({"shard": child.part.shard} if child.part.shard else {})}
    yield from _use(child, own)
    if child.part.metrics is None:
        return
    target = {**own, "job": ENGINE_JOB, "instance": f"127.0.0.1:{child.part.metrics}"}
    try:
        answer = http.get(f"http://{target['instance']}/metrics", timeout=ANSWER)
        answer.raise_for_status()
        samples = list(_samples(answer.text))
    except (requests.RequestException, ValueError):
        yield _labels("up", target), 0.0
        return
    yield _labels("up", target), 1.0
    for name, labels, value in samples:
        yield _labels(name, {**target, **labels}), value


def _samples(text: str) -> Iterator[tuple[str, Mapping[str, str], float]]:
    """The samples of Prometheus' text format.

    Raises:
        ValueError: It is none.
    """
    from prometheus_client.parser import text_string_to_metric_families  # noqa: PLC0415 - needed while measuring only

    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            yield sample.name, sample.labels, float(sample.value)


def _use(child: Child, labels: Mapping[str, str]) -> Iterator[tuple[Labels, float]]:
    """CPU seconds and bytes of memory of a program and what it has started."""
    cpu, memory, known = 0.0, 0.0, False
    for process in child.processes():
        with suppress(psutil.Error):
            with process.oneshot():
                times, size = process.cpu_times(), process.memory_info().rss
            cpu, memory, known = cpu + times.user + times.system, memory + size, True
    if known:
        yield _labels(CPU, labels), cpu
        yield _labels(MEMORY, labels), memory


def _labels(name: str, labels: Mapping[str, str]) -> Labels:
    return tuple(sorted({"__name__": name, **labels}.items()))
