"""What a report says of one case, whatever it is written as.

Latencies are in ms, times in seconds since the case's load began, sizes in bytes. A number is null when it is unknown;
a percentile of some orders is null when so many of them failed that there is none.
"""

from lab.experiment.model import Model


class Figures(Model):
    """Orders and their latency at the client, exact by nearest rank."""

    orders: int
    errors: int
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    p999: float | None = None
    max: float | None = None


class Slot(Figures):
    """A short stretch of the load: its orders by when they were sent, and the engines' matches a minute in it."""

    start: float
    end: float
    matches: float | None = None


class WindowReport(Model):
    """A judged window: `whole`, `before`, `during`, `after` or a stage of a ramp.

    `engine_p99` is the highest of any engine's own, `matches` a minute of all shards.
    """

    name: str
    start: float
    end: float
    client: Figures | None = None
    engine_p99: float | None = None
    matches: float | None = None


class ShardReport(Model):
    """One shard over the load; `figures` and the slots' latency are there if the script says whose each order was."""

    shard: str
    figures: Figures | None = None
    engine_p99: float | None = None
    orders: float | None = None
    matches_by_minute: tuple[float, ...] = ()
    slots: tuple[Slot, ...] = ()


class Ratio(Model):
    """A p99 against another one, and its 95 % interval."""

    what: str
    ratio: float | None
    low: float | None
    high: float | None
    limit: float | None = None


class OutageReport(Model):
    """When the broker was away, and how the client's latency came through it.

    Args:
        began: When its end was asked for.
        in_force: When its last pod was gone.
        ending: When its recovery was asked for.
        over: When it was ready again.
        level: The highest p95 of a slot before it, times the rise allowed; what a slot is to be at to be recovered.
        recovered: Seconds from the recovery asked for until p95 stayed at that level; 0 if it never left it.
        recovery: The same in words.
    """

    began: float
    in_force: float
    ending: float
    over: float
    level: float | None = None
    recovered: float | None = None
    recovery: str = ""


class Part(Model):
    """A part of an order's way through an engine: its mean of all orders, and its percentiles by the histogram."""

    name: str
    mean: float
    p50: float | None = None
    p99: float | None = None
    beyond: bool = False


class Breakdown(Model):
    """Where the latency goes in one shard and window: the parts, and the whole that they are parts of."""

    shard: str
    window: str
    orders: float
    total: float | None
    parts: tuple[Part, ...]


class Usage(Model):
    """What a container used up to an instant, since the one before."""

    at: float
    cores: float | None = None
    memory: float | None = None
    throttled: float | None = None


class ContainerReport(Model):
    """One container during the load; `throttled` is a share of its CPU periods."""

    name: str
    pod: str
    cores: float | None = None
    most_cores: float | None = None
    cores_limit: float | None = None
    memory: float | None = None
    memory_limit: float | None = None
    throttled: float | None = None
    usage: tuple[Usage, ...] = ()


class Check(Model):
    """A figure that validity rests on, beside its limit."""

    what: str
    measured: str
    limit: str


class Held(Model):
    """A bound of the case's SLO held against its figures; null if there are none that it could be held against."""

    name: str
    is_met: bool | None
    line: str


class Event(Model):
    """What happened, and when."""

    at: float | None
    what: str


class Fact(Model):
    """A name and its value, for people."""

    name: str
    value: str


class CaseReport(Model):
    """One case: what it came to, and what it rests on."""

    case: str
    title: str
    verdict: str
    reasons: tuple[str, ...]
    bounds: tuple[Held, ...] = ()
    duration: float | None = None
    warmup: float | None = None
    rate_asked: float | None = None
    rate_reached: float | None = None
    p99_limit: float | None = None
    matches_limit: float | None = None
    figures: Figures | None = None
    engine_p99: float | None = None
    matches: float | None = None
    matches_by_minute: tuple[float, ...] = ()
    windows: tuple[WindowReport, ...] = ()
    slots: tuple[Slot, ...] = ()
    shards: tuple[ShardReport, ...] = ()
    outage: OutageReport | None = None
    ratios: tuple[Ratio, ...] = ()
    breakdowns: tuple[Breakdown, ...] = ()
    gateway: tuple[Fact, ...] = ()
    containers: tuple[ContainerReport, ...] = ()
    checks: tuple[Check, ...] = ()
    events: tuple[Event, ...] = ()
    warnings: tuple[str, ...] = ()
    error: tuple[str, ...] = ()
