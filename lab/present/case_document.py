"""What a report says of one case, whatever it is written as.

Latencies are in ms, times in seconds since the case's load began, sizes in bytes. A number is null when it is unknown;
a percentile of some orders is null when so many of them failed that there is none.
"""

from lab.settings.model import Model


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

    `engine_p99` is the highest of any engine's own, of which it is only known that it lies above if `engine_is_beyond`;
    `matches` a minute of all shards.
    """

    name: str
    start: float
    end: float
    client: Figures | None = None
    engine_p99: float | None = None
    engine_is_beyond: bool = False
    matches: float | None = None


class ShardReport(Model):
    """One shard over the load; `figures` and the slots' latency are there if the script says whose each order was."""

    shard: str
    figures: Figures | None = None
    engine_p99: float | None = None
    engine_is_beyond: bool = False
    orders: float | None = None
    matches_by_minute: tuple[float, ...] = ()
    slots: tuple[Slot, ...] = ()


class StretchReport(Model):
    """The stretch of the load with the highest p99 at the client: null if so many orders failed that it has none."""

    start: float
    end: float
    orders: int
    p99: float | None


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
    """One container, or program, during the load; `throttled` is a share of its CPU periods.

    One that is not `limited` has no limits that it could have run into.
    """

    name: str
    pod: str
    cores: float | None = None
    most_cores: float | None = None
    limited: bool = True
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


class SpreadReport(Model):
    """What the repetitions of a case make of one figure: each of them in their order, null where it is endless.

    Args:
        figures: Of each repetition.
        low: Where the interval of their median begins.
        high: Where it ends.
        coverage: How often such an interval holds the true median.
        is_range: Whether it is the range of all figures, since so few have no 95 % interval.
    """

    figures: tuple[float | None, ...]
    low: float | None
    high: float | None
    coverage: float
    is_range: bool


class Held(Model):
    """A bound of the case's SLO held against its figures; null if there are none that it could be held against.

    Args:
        name: Its key in the SLO.
        is_met: Null if there are no figures that it could be held against.
        line: For people.
        of: The part that it is about, where the case has it of several.
        figure: What was held against the limit, the median of repetitions; null with an `is_met` that isn't: endless.
        limit: What the figure may be at most, or at least.
        unit: Of both: ms, share, times or matches/min.
        is_more_better: Whether a higher figure is the better one.
        is_undecided: Whether a figure outside the limit is not told apart from noise.
        spread: Of repetitions.
    """

    name: str
    is_met: bool | None
    line: str
    of: str = ""
    figure: float | None = None
    limit: float | None = None
    unit: str = ""
    is_more_better: bool = False
    is_undecided: bool = False
    spread: SpreadReport | None = None


class Event(Model):
    """What happened, and when."""

    at: float | None
    what: str


class Fact(Model):
    """A name and its value, for people."""

    name: str
    value: str


class CaseReport(Model):
    """One case: what it came to, and what it rests on.

    One that was repeated has its bounds by their medians, and the rest in its `repetitions`, each a case for itself.
    """

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
    engine_is_beyond: bool = False
    worst: StretchReport | None = None
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
    repetitions: "tuple[CaseReport, ...]" = ()
