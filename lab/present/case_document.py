"""What a report says of one case, whatever it is written as.

Instants are epoch ms as in the case's own files; where a load is cut for a plot, times are seconds since it began.
Latencies are in ms, sizes in bytes. A number is null when it is unknown.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from lab.core.windows import WHOLE
from lab.judge.bound import Bound
from lab.judge.checks import Check
from lab.judge.verdict import CaseVerdict, Outcome
from lab.measure.latency import Latency
from lab.measure.measurements import CaseMeasurements, EngineLatency, ShardMeasurements
from lab.settings.case_settings import CaseSettings
from lab.settings.model import Model
from lab.store.files import Event


@dataclass(frozen=True, kw_only=True)
class Slot(Latency):
    """A short stretch of the load: its orders by when they were due, and the engines' matches a minute in it."""

    start: float
    end: float
    matches: float | None = None


class Engine:
    """Between which bounds of its buckets (ms) the p99 of the slowest engine lies in a window.

    Beyond the last bound, and where no engine has orders, `high` is infinite.
    """

    def __init__(self, *found: EngineLatency) -> None:
        bounds = (self._bounds(one) for one in found if one.orders)
        self.low, self.high = max(bounds, key=lambda ends: ends[::-1], default=(0.0, math.inf))

    @staticmethod
    def _bounds(one: EngineLatency) -> tuple[float, float]:
        if one.is_beyond:
            return one.p99, math.inf
        if one.p99_at_least is None or one.p99_at_most is None:
            return one.p99, one.p99
        return one.p99_at_least, one.p99_at_most


@dataclass(frozen=True, kw_only=True)
class WindowRow:
    """A judged window as tables and plots have it, in seconds since the load began; matches a minute of all shards."""

    name: str
    start: float
    end: float
    client: Latency
    engine: Engine
    matches: float


class OutageReport(Model):
    """When the broker was away, and how the client's latency came through it; in seconds since the load began.

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


class Percentile(Model):
    """A percentile at the client: the share of the orders (0 to 1) that took at most so long (ms)."""

    share: float
    latency: float


class Breakdown(Model):
    """Where the latency goes in one shard and window: the parts, and the whole that they are parts of."""

    shard: str
    window: str
    orders: float
    total: float | None
    parts: tuple[Part, ...]


class Usage(Model):
    """What a container used up to an instant (s), since the one before."""

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


class Fact(Model):
    """A name and its value, for people."""

    name: str
    value: str


class CaseReport(Model):
    """One case: its outcome, and what that rests on.

    One that was repeated has its bounds over all of them, and the rest in its `repetitions`, each a case for itself.

    Args:
        case: Its id; of a repetition, its own name.
        title: For people.
        verdict: Its outcome; INVALID where evidence for it is missing.
        reasons: Why.
        notes: What went wrong around it and decided nothing.
        bounds: Of its SLO.
        settings: The load and the bounds that were asked, as the profile has them.
        start: Of its load (epoch ms).
        duration: Of its load (s).
        warmup: At its start (s).
        figures: At the client after the warm-up, by the orders themselves where the figures are lost.
        percentiles: Of the orders after the warm-up, up to p99.9 where there are enough, and the slowest (share 1).
        measured: All its figures.
        slots: The load, cut for a plot.
        shard_slots: The same of each shard.
        outage: Of the broker.
        breakdowns: Where the latency goes.
        containers: What each used.
        checks: What its validity rests on.
        events: What happened when.
        error: The traceback, where the lab itself broke.
        repetitions: Of a case that was run several times.
    """

    case: str
    title: str
    verdict: Outcome
    reasons: tuple[str, ...]
    notes: tuple[str, ...] = ()
    bounds: tuple[Bound, ...] = ()
    settings: CaseSettings | None = None
    start: float = 0.0
    duration: float | None = None
    warmup: float = 0.0
    figures: Latency | None = None
    percentiles: tuple[Percentile, ...] = ()
    measured: CaseMeasurements | None = None
    slots: tuple[Slot, ...] = ()
    shard_slots: Mapping[str, tuple[Slot, ...]] = {}
    outage: OutageReport | None = None
    breakdowns: tuple[Breakdown, ...] = ()
    containers: tuple[ContainerReport, ...] = ()
    checks: tuple[Check, ...] = ()
    events: tuple[Event, ...] = ()
    error: tuple[str, ...] = ()
    repetitions: "tuple[CaseReport, ...]" = ()

    @property
    def shards(self) -> tuple[ShardMeasurements, ...]:
        """What was measured of each shard."""
        return self.measured.shards if self.measured else ()

    @property
    def windows(self) -> tuple[WindowRow, ...]:
        """The judged windows."""
        measured = self.measured
        return (
            tuple(
                WindowRow(
                    name=name,
                    start=self.since(window.start),
                    end=self.since(window.end),
                    client=measured.client[name],
                    engine=self.engine(name),
                    matches=measured.match_rate(name),
                )
                for name, window in measured.windows.items()
            )
            if measured
            else ()
        )

    def engine(self, window: str = WHOLE) -> Engine:
        """The engines that got orders, in a judged window."""
        loaded = self.measured.loaded if self.measured else ()
        return Engine(*(one.latency[window] for one in loaded if window in one.latency))

    def since(self, instant: float) -> float:
        """Seconds from the load's begin to an instant (epoch ms)."""
        return (instant - self.start) / 1000

    @property
    def matches_by_minute(self) -> tuple[float, ...]:
        """Of all shards together."""
        return self.measured.matches_per_minute if self.measured else ()

    @property
    def matches(self) -> float | None:
        """A minute, the mean of the load's minutes."""
        return mean(self.matches_by_minute)


def live(verdict: CaseVerdict, measured: Mapping[str, CaseMeasurements]) -> CaseReport:
    """A case as a run that is still in memory has it: without its title, and what only the folder tells.

    Args:
        verdict: Its own.
        measured: What was measured of the run's cases and of each repetition, by name.
    """
    found = measured.get(verdict.case)
    return CaseReport(
        case=verdict.case,
        title="",
        verdict=verdict.outcome,
        reasons=verdict.reasons,
        notes=verdict.notes,
        bounds=verdict.bounds,
        start=found.load.start if found else 0.0,
        figures=found.client.get(WHOLE) if found else None,
        measured=found,
        repetitions=tuple(live(one, measured) for one in verdict.repetitions),
    )


def mean(values: tuple[float, ...]) -> float | None:
    """The mean of values; None of none."""
    return math.fsum(values) / len(values) if values else None
