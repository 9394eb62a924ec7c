"""The numbers of a case: plain values that verdicts are made of and that a run's folder keeps."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict

from lab.core.windows import BEFORE, DURING, WHOLE, Outage, Window
from lab.measure.bucket_interval import Beyond
from lab.measure.control import Control
from lab.measure.correctness import Correctness
from lab.measure.excuses import Excuses
from lab.measure.interval import STORED, Estimate
from lab.measure.lab_state import Ending
from lab.measure.latency import Latency
from lab.measure.null_path import NullPath
from lab.measure.rise import WITHIN_LOAD, Rise, compare
from lab.measure.stretches import Stretch


@dataclass(frozen=True, kw_only=True)
class EngineLatency:
    """Orders of a window and their latency in ms by the engine's own histogram; infinite when there was none.

    Args:
        is_beyond: Whether p99 is the highest bound of the buckets only because it lies anywhere above: it is judged as
            infinite.
        p99_at_least: The lower bound of the bucket that p99 lies in; None if nobody asked for it.
        p99_at_most: The upper bound of it.
        low: The lower bound of the lowest bucket that it may lie in (95 %).
        high: The upper bound of the highest; infinite beyond the last, or where so few orders bound it by nothing.
        beyond: The share of the orders beyond each bound.
        mean: Of those that ended; None where the histogram has no sum of them.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STORED

    orders: float
    p50: float
    p95: float
    p99: float
    is_beyond: bool = False
    p99_at_least: float | None = None
    p99_at_most: float | None = None
    low: float | None = None
    high: float | None = None
    beyond: tuple[Beyond, ...] = ()
    mean: float | None = None

    @property
    def interval(self) -> Estimate:
        """Its p99, by the upper bound of its bucket, with its interval."""
        if self.low is None or self.high is None or self.p99_at_most is None:
            return Estimate.exact(math.inf if self.is_beyond else self.p99)
        return Estimate(value=self.p99_at_most, low=self.low, high=self.high)


@dataclass(frozen=True, kw_only=True)
class PodMeasurements:
    """What Prometheus says about the pods of one workload during a case.

    Args:
        scrapers: Jobs that scraped one of its pods; 1 is right.
        longest_gap: The longest time (s) without a scrape.
        silent: For how long (s) before the load's last order it had answered no scrape, if it answered none after it.
        restarts: Pods beyond the first, and counters that fell.
        throttled: The share of CPU periods in which it was throttled; None if cAdvisor has no such figures.
        cores: CPU used, in cores; None likewise.
        memory: The most memory used, in bytes; None likewise.
        latency: By its own histogram, for each judged window.
    """

    scrapers: int
    longest_gap: float
    silent: float
    restarts: int
    throttled: float | None
    cores: float | None
    memory: float | None
    latency: Mapping[str, EngineLatency]


@dataclass(frozen=True, kw_only=True)
class ShardClient:
    """One shard as the load generator saw it, by the tag that the script gave its orders.

    Args:
        latency: For each judged window.
        p99_by_minute: After the warm-up; how they differ is the noise of this figure.
    """

    latency: Mapping[str, Latency]
    p99_by_minute: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class ShardMeasurements(PodMeasurements):
    """What is known about one shard during a case.

    Args:
        shard: The shard's id.
        symbols: What it owns.
        is_loaded: Whether the case sends it orders.
        client: As the load generator saw it; None if the script doesn't say which orders were for it.
        orders: Orders accepted since the last scrape before the load, up to the first of all shards' last scrapes: an
            exact count if they came to an end before it.
        finished: Those whose way through the engine ended by then: an order is accepted before it is matched.
        orders_per_minute: Accepted orders, by the minute of the load.
        matches_per_minute: Fills, by the minute of the load.
        matches_between: The same at least and at most: a minute begins and ends between two scrapes. None of them
            where nobody asked for it.
        match_rate: Fills a minute in each judged window.
        cpu_per_order: CPU (ms) that its engine used for an order, by blocks of time of each judged window; none where
            it isn't known.
        first_asks: Resting SELL orders at the first scrape of the load; None if it wasn't scraped.
        least_asks: The fewest of them at a scrape; None likewise, or where a gauge was not there for a while.
        overdue: Orders that were answered, and matched over 2 s later or never, by the client's answers and the
            engine's counts.
    """

    shard: str
    symbols: tuple[str, ...]
    is_loaded: bool
    client: ShardClient | None
    orders: float
    finished: float
    orders_per_minute: tuple[float, ...]
    matches_per_minute: tuple[float, ...]
    match_rate: Mapping[str, float]
    cpu_per_order: Mapping[str, tuple[float, ...]]
    first_asks: float | None
    least_asks: float | None
    overdue: float
    matches_between: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, kw_only=True)
class GatewayMeasurements(PodMeasurements):
    """What Prometheus says about the gateway during a case.

    Args:
        answers: How many it gave, by class of status (2xx, 4xx, 5xx); counted like a shard's `orders`.
        errors: How many requests it could not route, by reason; counted likewise.
    """

    answers: Mapping[str, float]
    errors: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class RunnerFigures:
    """One of several k6 that sent a load together.

    Args:
        name: For people: runner 2 of 3.
        orders: How many it sent.
        late: ms by which its orders were late all along; None where nobody knows when they were due, or it sent none.
        clock: By how many seconds its clock was ahead of this machine's, the larger of before and after the load; None
            if it could not be read.
        cpu_share: What it used of the CPU it could have had.
    """

    name: str
    orders: int
    late: float | None
    clock: float | None
    cpu_share: float


@dataclass(frozen=True, kw_only=True)
class Generator:
    """The load generator during the load.

    Args:
        exit_code: k6's own; of several, that of the one that broke.
        cores: CPU it used, in cores.
        cpu_share: What it used of the CPU it could have had: its own and what was idle on the machine.
        host_busy: The share of the machine's CPU that something used, in the busiest minute; None if nobody looked.
        dropped: Iterations that it couldn't start.
        late_writes: Times that its results went to Prometheus later than they should.
        series: Series in Prometheus that carry the case's testid; None where k6 writes to none.
        host_cores: Of the machine; None if nobody looked.
        runners: Each k6, where several sent it.
    """

    exit_code: int
    cores: float
    cpu_share: float
    host_busy: float | None
    dropped: int
    late_writes: int
    series: int | None
    host_cores: int | None = None
    runners: tuple[RunnerFigures, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CaseMeasurements:
    """All numbers of one case.

    Args:
        case: The case's id.
        testid: The tag that its series in Prometheus carry.
        rate_asked: Orders a minute, over the whole of a ramp.
        rate_reached: Orders a minute that were sent during the load.
        sent: Orders that k6 sent, up to the first of the engines' last scrapes.
        accepted: Those of them that were accepted by then.
        load: The load proper.
        ended: When the last order was sent (epoch ms).
        windows: The judged windows by name.
        client: Latency as the load generator saw it, for each judged window.
        shards: What is known about each shard of the topology.
        gateway: What Prometheus says about the gateway; None in a topology without one.
        peak: The judged window of the highest constant rate: of a ramp its last stage, else `whole`.
        peak_rate: Orders a minute that were asked in it.
        generator: The load generator.
        outage: When the broker was away.
        stretches: The worst stretches of the load, at the client and at the engines.
        problems: What broke while it ran, a line each; nothing is judged then.
        fault_error: Why the broker was not taken away or not brought back; None if all went well.
        warnings: What to know about it.
        least_rate: Of what each minute of the load was to send, the least share that it sent; None if nobody counted.
        path: The null path before the load; None if it was not measured.
        clock: By how many seconds Prometheus' clock was ahead of this machine's; None if it did not tell.
        changes: What of the lab or its settings changed since the run began, a line each.
        deviations: Where the lab deviated from what was asked, a line each.
        unknown: Why neither of both is known; None if they are.
        endings: The containers that ended during the load.
        broker_polls: How often the broker's pods were polled while it was to be away.
        broker_seen: How often one was there.
        control: What ran beside the load; None: nothing did.
        excuses: What was excused; None if nobody looked.
        unexcused: The same figures without the orders that are excused, and without what the engines and the gateway
            observed in slow spells of the control; None where none is excused. A window that has none left has no
            orders here, and infinite percentiles.
        correctness: What the engines did, held against what they should have done; None if nobody looked.
        ended_early: What of the design's own the load could not get over, so that it was ended; None if it was not.
        truncated: Whether k6's points break off, so that orders are missing.
    """

    case: str
    testid: str
    rate_asked: float
    rate_reached: float
    sent: int
    accepted: int
    load: Window
    ended: float
    windows: Mapping[str, Window]
    client: Mapping[str, Latency]
    shards: tuple[ShardMeasurements, ...]
    peak: str
    peak_rate: float
    generator: Generator
    gateway: GatewayMeasurements | None = None
    outage: Outage | None = None
    stretches: tuple[Stretch, ...] = ()
    problems: tuple[str, ...] = ()
    fault_error: str | None = None
    warnings: tuple[str, ...] = ()
    least_rate: float | None = None
    path: NullPath | None = None
    clock: float | None = None
    changes: tuple[str, ...] = ()
    deviations: tuple[str, ...] = ()
    unknown: str | None = None
    endings: tuple[Ending, ...] = ()
    broker_polls: int = 0
    broker_seen: int = 0
    control: Control | None = None
    excuses: Excuses | None = None
    unexcused: "CaseMeasurements | None" = None
    correctness: Correctness | None = None
    ended_early: str | None = None
    truncated: bool = False

    @property
    def loaded(self) -> tuple[ShardMeasurements, ...]:
        """The shards that the case sends orders to."""
        return tuple(shard for shard in self.shards if shard.is_loaded)

    @property
    def rise(self) -> Rise | None:
        """p99 during the outage against p99 before it, by the client; None without an outage."""
        if BEFORE not in self.client or DURING not in self.client:
            return None
        return compare(self.client[BEFORE].interval, self.client[DURING].compared[0], drift=WITHIN_LOAD)

    @property
    def worst(self) -> Stretch | None:
        """The stretch of the load with the highest p99 at the client; None if the load is no longer than one."""
        own = [one for one in self.stretches if not one.by and not one.of]
        whole = self.windows.get(WHOLE)
        longer = [one for one in own if not (whole and one.start <= whole.start and one.end >= whole.end)]
        return max(longer, key=lambda one: (one.p99, one.low), default=None)

    @property
    def client_p99(self) -> float:
        """The highest p99 (ms) at the client: of any judged window, and of any shard after the warm-up."""
        by_shard = (shard.client.latency[WHOLE].p99 for shard in self.loaded if shard.client)
        return max((*(latency.p99 for latency in self.client.values()), *by_shard), default=math.inf)

    @property
    def engine_p99(self) -> float:
        """The highest p99 (ms) of any engine that got orders, in any judged window, as far as its buckets reach."""
        return max((one.p99 for shard in self.loaded for one in shard.latency.values()), default=math.inf)

    @property
    def is_beyond_buckets(self) -> bool:
        """Whether the p99 of any engine that got orders lies beyond its buckets, in any judged window."""
        return any(one.is_beyond for shard in self.loaded for one in shard.latency.values())

    @property
    def p99(self) -> float:
        """The highest p99 (ms) of the client, in its worst stretch too, and of any engine: what the SLO is about.

        Endless if an engine's lies beyond its buckets.
        """
        if self.is_beyond_buckets:
            return math.inf
        return max(self.client_p99, self.engine_p99, self.worst.p99 if self.worst else 0.0)

    @property
    def matches_per_minute(self) -> tuple[float, ...]:
        """Fills of all shards together, by the minute of the load."""
        return tuple(sum(minute) for minute in zip(*(shard.matches_per_minute for shard in self.shards), strict=True))

    @property
    def matches_between(self) -> tuple[tuple[float, float], ...]:
        """The same at least and at most; exactly what they are where nobody asked for it."""
        if not all(shard.matches_between for shard in self.shards):
            return tuple((one, one) for one in self.matches_per_minute)
        by_minute = zip(*(shard.matches_between for shard in self.shards), strict=True)
        return tuple((sum(low for low, _ in minute), sum(high for _, high in minute)) for minute in by_minute)

    @property
    def throughput(self) -> float:
        """Fills a minute of all shards together at the highest constant rate."""
        return self.match_rate(self.peak)

    def match_rate(self, window: str) -> float:
        """Fills a minute of all shards together in a judged window."""
        return sum(shard.match_rate.get(window, 0.0) for shard in self.shards)

    @property
    def error_rate(self) -> float:
        """The share of orders that failed after the warm-up; 1 when there was none."""
        return self.client[WHOLE].error_rate if WHOLE in self.client else 1.0
