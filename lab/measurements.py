"""The numbers of a case: plain values that verdicts are made of and that a run's folder keeps."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from lab.rise import Rise
from lab.samples import Latency
from lab.windows import WHOLE, Outage, Window


@dataclass(frozen=True, kw_only=True)
class EngineLatency:
    """Orders of a window and their latency in ms by the engine's own histogram; endless when there was none."""

    orders: float
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, kw_only=True)
class ShardMeasurements:
    """What Prometheus says about one shard during a case.

    Args:
        shard: The shard's id.
        scrapers: Jobs that scraped one of its pods; 1 is right.
        longest_gap: The longest time (s) without a scrape.
        restarts: Pods beyond the first, and counters that fell.
        orders: Orders accepted since the last scrape before the load, up to the last one after it: an exact count.
        latency: For each judged window.
        orders_per_minute: Accepted orders, by the minute of the load.
        matches_per_minute: Fills, by the minute of the load.
        least_asks: The fewest resting SELL orders at a scrape; None if it wasn't scraped.
        throttled: The share of CPU periods in which it was throttled; None if cAdvisor has no such figures.
        cores: CPU used, in cores; None likewise.
        memory: The most memory used, in bytes; None likewise.
    """

    shard: str
    scrapers: int
    longest_gap: float
    restarts: int
    orders: float
    latency: Mapping[str, EngineLatency]
    orders_per_minute: tuple[float, ...]
    matches_per_minute: tuple[float, ...]
    least_asks: float | None
    throttled: float | None
    cores: float | None
    memory: float | None


@dataclass(frozen=True, kw_only=True)
class Generator:
    """The load generator during the load.

    Args:
        exit_code: k6's own.
        cores: CPU it used, in cores.
        cpu_share: What it used of the CPU it could have had: its own and what was idle on the machine.
        dropped: Iterations that it couldn't start.
        late_writes: Times that its results went to Prometheus later than they should.
        series: Series in Prometheus that carry the case's testid.
    """

    exit_code: int
    cores: float
    cpu_share: float
    dropped: int
    late_writes: int
    series: int


@dataclass(frozen=True, kw_only=True)
class CaseMeasurements:
    """All numbers of one case.

    Args:
        case: The case's id.
        testid: The tag that its series in Prometheus carry.
        rate_asked: Orders a minute.
        rate_reached: Orders a minute that were sent during the load.
        sent: Orders that k6 sent, up to the engines' last scrape.
        accepted: Those of them that were accepted by then.
        load: The load proper.
        ended: When the last order was sent (epoch ms).
        windows: The judged windows by name.
        client: Latency as the load generator saw it, for each judged window.
        shards: What Prometheus says about each shard.
        generator: The load generator.
        outage: When the broker was away.
        rise: p99 during the outage against p99 before it, by the client.
        problems: What broke while it ran, a line each; nothing is judged then.
        fault_error: Why the broker was not taken away or not brought back; None if all went well.
        warnings: What to know about it.
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
    generator: Generator
    outage: Outage | None = None
    rise: Rise | None = None
    problems: tuple[str, ...] = ()
    fault_error: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def p99(self) -> float:
        """The highest p99 (ms) of any judged window, of the client or any engine: what the SLO is about."""
        engines = (latency.p99 for shard in self.shards for latency in shard.latency.values())
        return max((*(latency.p99 for latency in self.client.values()), *engines), default=math.inf)

    @property
    def error_rate(self) -> float:
        """The share of orders that failed after the warm-up; 1 when there was none."""
        return self.client[WHOLE].error_rate if WHOLE in self.client else 1.0
