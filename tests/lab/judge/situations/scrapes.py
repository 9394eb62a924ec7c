"""What a Prometheus that scrapes each pod every 5 s has of a load: the engines' counters, histograms and gauges."""

import math
import random
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate

from engine.metrics import MATCH_BUCKETS
from gateway.metrics import BUCKETS as GATEWAY_BUCKETS
from lab.measure.counters import Series
from lab.measure.extract import AFTER, BEFORE, Extract
from lab.settings.topology import Shard
from tests.lab.judge.situations.happening import Happening, Sent

EVERY = 5.0
CADVISOR_EVERY = 11.0
CORES_IDLE, CORE_SECONDS_AN_ORDER = 0.01, 0.0015
COUNTED_BEFORE = 1000.0
"""What the counters of a process that has run for a while begin with."""
OWN_REASONS = ("unknown_symbol", "shard_unavailable", "timeout")

Labels = dict[str, str]


class Target:
    """A pod that is scraped.

    Args:
        happening: What happens.
        workload: Its own.
        labels: Of its series.
    """

    def __init__(self, happening: Happening, workload: str, labels: Labels) -> None:
        self._happening = happening
        self._labels = {"job": "matching-engine", "instance": f"{workload}:9091", "pod": pod_of(workload), **labels}
        self._restarts = sorted(happening.at(second) for who, second, _ in happening.restarts if who == workload)
        offset = random.Random(workload).uniform(0, EVERY)
        last = max([happening.end, *(one.answered for one in happening.orders)]) / 1000
        first = happening.start / 1000 - BEFORE + offset
        count = math.ceil((last + AFTER - first) / EVERY)
        gaps = [(happening.at(begin), happening.at(end)) for who, begin, end in happening.gaps if who == workload]
        instants = ((first + n * EVERY) * 1000 for n in range(count))
        self._instants = [at for at in instants if not any(begin <= at < end for begin, end in gaps)]

    def counter(self, name: str, events: Sequence[float], labels: Labels | None = None) -> Series:
        """How many of the events had come by each scrape; a process that begins anew counts from 0."""
        ordered = sorted(events)
        return self._series(name, lambda instant: self._counted(ordered, instant), labels)

    def gauge(self, name: str, value: Callable[[float], float], labels: Labels | None = None) -> Series:
        """A value by the instant."""
        return self._series(name, value, labels)

    def histogram(
        self, name: str, observed: Sequence[tuple[float, float]], bounds: Sequence[float], labels: Labels | None = None
    ) -> tuple[Series, ...]:
        """The buckets of what was observed: its instant, and how long it took (s)."""
        edges = (*bounds, math.inf)
        return tuple(
            self.counter(
                f"{name}_bucket",
                [instant for instant, took in observed if took <= edge],
                {"le": "+Inf" if math.isinf(edge) else str(edge), **(labels or {})},
            )
            for edge in edges
        )

    def _counted(self, ordered: Sequence[float], instant: float) -> float:
        counted = bisect_right(ordered, instant)
        begins = max((at for at in self._restarts if at <= instant), default=None)
        return COUNTED_BEFORE + counted if begins is None else float(counted - bisect_right(ordered, begins))

    def _series(self, name: str, value: Callable[[float], float], labels: Labels | None) -> Series:
        return Series(
            labels={"__name__": name, **self._labels, **(labels or {})},
            points=tuple((round(instant), float(value(instant))) for instant in self._instants),
        )


def pod_of(workload: str) -> str:
    return f"{workload}-596b44db5-xdrl4"


def extract(happening: Happening) -> Extract:
    """All that was scraped."""
    found: dict[str, list[Series]] = {}
    parts = [_engine(happening, shard) for shard in happening.topology.shards]
    if happening.topology.has_gateway:
        parts.append(_gateway(happening))
    for name, series in (part for some in parts for part in some):
        found.setdefault(name, []).extend(series)
    found.setdefault("k6_requests", [])
    for name, change in happening.scraped.items():
        found[name] = [other for one in found[name] for other in change(one)]
    return {name: tuple(series) for name, series in found.items()}


def _engine(happening: Happening, shard: Shard) -> Iterator[tuple[str, Sequence[Series]]]:
    target = Target(happening, shard.name, {"shard": shard.id})
    orders = [one for one in happening.orders if one.shard == shard.id and one.is_received]
    if happening.foreign:
        orders += orders[:: round(1 / happening.foreign)]
    done = [one for one in orders if math.isfinite(one.engine)]
    received, finished = [one.received for one in orders], [(one.finished, one.engine / 1000) for one in done]
    yield "up", [target.gauge("up", lambda _: 1.0)]
    yield "match_duration", target.histogram("me_match_duration_seconds", finished, MATCH_BUCKETS)
    took = sorted((one.finished, one.engine / 1000) for one in done)
    sums = list(accumulate((lasted for _, lasted in took), initial=0.0))
    ended = [instant for instant, _ in took]
    total = target.gauge("me_match_duration_seconds_sum", lambda at: sums[bisect_right(ended, at)])
    yield "match_duration_sum", [total]
    yield "match_duration_count", [target.counter("me_match_duration_seconds_count", ended)]
    yield "matches", [target.counter("me_matches_total", [one.finished for one in done for _ in range(one.fills)])]
    name = "me_orders_received_total"
    yield "orders", [target.counter(name, received, {"side": "buy"}), target.counter(name, (), {"side": "sell"})]
    seconds = happening.start
    asks = target.gauge(
        "me_orderbook_depth", lambda at: happening.asks(shard.id, (at - seconds) / 1000), {"side": "ask"}
    )
    yield "depth", [asks, target.gauge("me_orderbook_depth", lambda _: 100.0, {"side": "bid"})]
    yield from _cadvisor(happening, shard.name, orders)


def _gateway(happening: Happening) -> Iterator[tuple[str, Sequence[Series]]]:
    target = Target(happening, "edge-gateway", {})
    yield "up", [target.gauge("up", lambda _: 1.0)]
    answers: list[Series] = []
    durations: list[Series] = []
    for shard in happening.topology.shards:
        orders = [one for one in happening.orders if one.shard == shard.id and one.status]
        for status in ("2xx", "4xx", "5xx"):
            events = [one.answered for one in orders if str(one.status)[0] == status[0]]
            answers.append(target.counter("gw_requests_total", events, {"shard": shard.id, "status": status}))
        took = [(one.answered, 0.9 * one.service / 1000) for one in orders]
        durations += target.histogram("gw_request_duration_seconds", took, GATEWAY_BUCKETS, {"shard": shard.id})
    yield "gateway_requests", answers
    yield "gateway_duration", durations
    yield "gateway_errors", [target.counter("gw_routing_errors_total", (), {"reason": one}) for one in OWN_REASONS]
    yield from _cadvisor(happening, "edge-gateway", happening.orders)


def _cadvisor(happening: Happening, workload: str, orders: Sequence[Sent]) -> Iterator[tuple[str, Sequence[Series]]]:
    """What cAdvisor has of a pod's container."""
    labels = {"pod": pod_of(workload), "container": "c", "id": f"/kubepods/{workload}", "job": "cadvisor"}
    received, share = sorted(one.received for one in orders), happening.throttled.get(workload, 0.0)
    first, last = happening.start / 1000 - BEFORE, happening.end / 1000 + AFTER
    instants = [first + n * CADVISOR_EVERY for n in range(int((last - first) / CADVISOR_EVERY) + 1)]

    cores = CORES_IDLE + happening.spins.get(workload, 0.0)

    def used(at: float) -> float:
        return cores * (at - first) + CORE_SECONDS_AN_ORDER * bisect_right(received, at * 1000)

    kinds: Mapping[str, tuple[str, Callable[[float], float]]] = {
        "cpu": ("container_cpu_usage_seconds_total", used),
        "cpu_periods": ("container_cpu_cfs_periods_total", lambda at: 10 * (at - first)),
        "cpu_throttled_periods": ("container_cpu_cfs_throttled_periods_total", lambda at: share * 10 * (at - first)),
        "memory": ("container_memory_working_set_bytes", lambda _: 5e7),
    }
    for name, (metric, value) in kinds.items():
        points = tuple((round(at * 1000), value(at)) for at in instants)
        yield name, [Series(labels={"__name__": metric, **labels}, points=points)]
