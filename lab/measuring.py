"""Makes a case's measurements of what k6 and Prometheus recorded; pure: a run's folder can be measured again."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lab import counters
from lab.counters import Series
from lab.extract import Extract
from lab.measurements import CaseMeasurements, EngineLatency, Generator, ShardMeasurements
from lab.rise import Rise, rise
from lab.samples import Samples, latency
from lab.suites import Case
from lab.topology import SHARD_PREFIX, Topology
from lab.windows import BEFORE, DURING, Outage, Window, judged, load_window, slices

MILLISECONDS = 1000


@dataclass(frozen=True, kw_only=True)
class Recording:
    """What was recorded of a case while it ran.

    Args:
        testid: Its tag in Prometheus.
        started: When k6 was started (epoch ms); stands for the load's start when no order was sent.
        samples: What k6 recorded.
        extract: What Prometheus recorded; empty if it didn't answer.
        generator: How k6 fared.
        outage: When the broker was away.
        problems: What broke.
        fault_error: Why the outage isn't one.
    """

    testid: str
    started: float
    samples: Samples
    extract: Extract
    generator: Generator
    outage: Outage | None
    problems: tuple[str, ...]
    fault_error: str | None


def measure(case: Case, topology: Topology, recording: Recording) -> CaseMeasurements:
    """All numbers of a case."""
    samples = recording.samples
    load = load_of(case, samples, recording.started)
    until = _last_scrape(recording.extract.get("orders", ()))
    windows = judged(load, warmup=case.settings.warmup, outage=recording.outage)
    return CaseMeasurements(
        case=case.id,
        testid=recording.testid,
        rate_asked=case.settings.rate,
        rate_reached=len(samples.within(load)) * 60 / load.seconds,
        sent=sum(order.sent < until for order in samples.orders),
        accepted=sum(order.accepted and order.sent + order.latency < until for order in samples.orders),
        load=load,
        ended=samples.end or load.start,
        windows={window.name: window for window in windows},
        client={window.name: latency(samples.within(window)) for window in windows},
        shards=tuple(_shard(shard.id, recording.extract, load, windows) for shard in topology.shards),
        generator=recording.generator,
        outage=recording.outage,
        rise=_rise(samples, windows),
        problems=recording.problems,
        fault_error=recording.fault_error,
        warnings=tuple(_warnings(samples, recording.generator)),
    )


def load_of(case: Case, samples: Samples, started: float) -> Window:
    """The load proper: from the first order; from k6's start when there was none."""
    return load_window(samples.start or started, case.settings.duration)


def _last_scrape(series: Sequence[Series]) -> float:
    """Orders after it are in no counter: a script may go on for longer than the case."""
    return min((one.points[-1][0] for one in series if one.points), default=math.inf)


def _rise(samples: Samples, windows: Sequence[Window]) -> Rise | None:
    named = {window.name: window for window in windows}
    if DURING not in named:
        return None
    before, during = ([order.judged_latency for order in samples.within(named[name])] for name in (BEFORE, DURING))
    return rise(before, during)


def _warnings(samples: Samples, generator: Generator) -> list[str]:
    warnings = []
    if samples.truncated:
        warnings.append("k6's file of points breaks off: what follows is not in the measurements")
    if generator.late_writes:
        warnings.append(f"k6 wrote to Prometheus late {generator.late_writes} times: its series there may have gaps")
    if not generator.series:
        warnings.append("no k6 series with this testid is in Prometheus: dashboards show nothing of the load")
    return warnings


def _shard(shard: str, extract: Extract, load: Window, windows: Sequence[Window]) -> ShardMeasurements:
    def of(name: str) -> tuple[Series, ...]:
        return tuple(one for one in extract.get(name, ()) if _belongs(one, shard))

    matches, orders, minutes = of("matches"), of("orders"), slices(load)
    asks = [one for one in of("depth") if one.labels.get("side") == "ask"]
    return ShardMeasurements(
        shard=shard,
        scrapers=_scrapers(matches),
        longest_gap=counters.longest_gap(sorted(point for one in matches for point in one.points), load),
        restarts=counters.resets(matches, load) + max(0, len({_pod(one) for one in matches}) - 1),
        orders=sum(counters.since(one.points, load.start) for one in orders),
        latency={window.name: _latency(of("match_duration"), window) for window in windows},
        orders_per_minute=_per_minute(orders, minutes),
        matches_per_minute=_per_minute(matches, minutes),
        least_asks=counters.least(asks, load),
        throttled=_throttled(of("cpu_periods"), of("cpu_throttled_periods"), load),
        cores=_cores(of("cpu"), load),
        memory=counters.most(of("memory"), load),
    )


def _belongs(series: Series, shard: str) -> bool:
    """By its label; cAdvisor's series have the pod's name alone."""
    if "shard" in series.labels:
        return series.labels["shard"] == shard
    return re.fullmatch(rf"{SHARD_PREFIX}{shard}-[a-z0-9]+-[a-z0-9]+", _pod(series)) is not None


def _pod(series: Series) -> str:
    return series.labels.get("pod", "")


def _scrapers(matches: Sequence[Series]) -> int:
    """The most jobs that scrape one pod: each makes a series of its own of the same counter."""
    by_pod: dict[str, int] = {}
    for one in matches:
        by_pod[_pod(one)] = by_pod.get(_pod(one), 0) + 1
    return max(by_pod.values(), default=0)


def _latency(series: Sequence[Series], window: Window) -> EngineLatency:
    buckets: dict[float, float] = {}
    for one in series:
        bound = float(one.labels["le"]) * MILLISECONDS
        buckets[bound] = buckets.get(bound, 0.0) + counters.increase([one], window)
    return EngineLatency(
        orders=buckets.get(math.inf, 0.0),
        p50=counters.quantile(buckets, 0.5),
        p95=counters.quantile(buckets, 0.95),
        p99=counters.quantile(buckets, 0.99),
    )


def _per_minute(series: Sequence[Series], minutes: Sequence[Window]) -> tuple[float, ...]:
    return tuple(counters.increase(series, minute) * 60 / minute.seconds for minute in minutes)


def _throttled(periods: Sequence[Series], throttled: Sequence[Series], load: Window) -> float | None:
    """The highest share of any container or pod; its series come in pairs with the same labels."""
    rose: Mapping[str, float] = {_cgroup(one): counters.increase([one], load) for one in throttled}
    shares = [rose.get(_cgroup(one), 0.0) / total for one in periods if (total := counters.increase([one], load)) > 0]
    return max(shares, default=None)


def _cgroup(series: Series) -> str:
    return series.labels.get("id", "") or f"{_pod(series)}/{series.labels.get('container', '')}"


def _cores(series: Sequence[Series], load: Window) -> float | None:
    """Of its busiest container: a shard has one."""
    return max((counters.increase([one], load) / load.seconds for one in series), default=None)
