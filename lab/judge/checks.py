"""The figures that a case's validity rests on, each held against its limit; pure. `validity` has the reasons."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from lab.core.figures import MILLISECONDS, SHARE, beside, figure, interval
from lab.core.part_labels import GATEWAY
from lab.core.windows import WHOLE
from lab.judge.offered_load import LEAST_RATE, most_reached, spare_orders
from lab.judge.preconditions import most_inside, most_late_writes, most_unexplained
from lab.judge.runners import part
from lab.judge.validity import SILENT, unasked_endings
from lab.measure.counters import LONGEST_GAP
from lab.measure.measurements import CaseMeasurements, PodMeasurements
from lab.measure.plan import ON_TIME
from lab.settings.suites import Case
from lab.settings.topology import SHARD_PREFIX


@dataclass(frozen=True, kw_only=True)
class Check:
    """A figure with its limits.

    Args:
        what: The figure's name.
        value: None if it is not known.
        unit: Of value and limits: one of `lab.core.figures`, or of its own.
        least: What it must be at least; None if it may be as low as it will.
        most: What it may be at most; None likewise.
    """

    what: str
    value: float | None
    unit: str = ""
    least: float | None = None
    most: float | None = None

    @property
    def is_ok(self) -> bool:
        """Whether it is within its limits; one that is not known is not outside."""
        return self.value is None or (
            (self.least is None or self.value >= self.least) and (self.most is None or self.value <= self.most)
        )

    @property
    def limit(self) -> str:
        """Its limits for people."""
        if self.least is None and self.most is None:
            return "not judged"
        if self.least is None:
            return f"at most {figure(self.most, self.unit)}" if self.most else "0"
        if self.most is None:
            return f"at least {figure(self.least, self.unit)}"
        return (
            f"exactly {figure(self.least, self.unit)}"
            if self.least == self.most
            else interval(self.least, self.most, self.unit)
        )

    @property
    def measured(self) -> str:
        """Its value for people."""
        limit = self.least if self.least is not None else self.most
        return figure(self.value, self.unit) if limit is None else beside(self.value, limit, self.unit)


def checks(case: Case, measured: CaseMeasurements) -> tuple[Check, ...]:
    """The figures of a case that are known.

    Args:
        case: What was asked, and the limits of validity.
        measured: What was measured.
    """
    found = (
        *_load(case, measured),
        *_runners(case, measured),
        *_samples(measured),
        *_path(case, measured),
        *_lab(case, measured),
        *_pods(case, measured),
    )
    return tuple(one for one in found if one.value is not None)


def _load(case: Case, measured: CaseMeasurements) -> Iterator[Check]:
    generator, limits = measured.generator, case.limits
    reached = measured.rate_reached / measured.rate_asked
    yield Check(
        what="rate reached of the rate asked",
        value=reached,
        unit=SHARE,
        least=limits.rate_reached,
        most=most_reached(case),
    )
    poorest = "of the rate asked in the poorest minute"
    yield Check(what=poorest, value=measured.least_rate, unit=SHARE, least=LEAST_RATE)
    yield Check(what="iterations dropped", value=generator.dropped, most=0)
    if not generator.runners:
        used = "CPU that k6 used of what it could have had"
        yield Check(what=used, value=generator.cpu_share, unit=SHARE, most=limits.generator_cpu)
    late = "late writes of k6 to Prometheus"
    yield Check(what=late, value=generator.late_writes, most=most_late_writes(case, measured))
    busy = "CPU of this machine that was used, busiest minute"
    yield Check(what=busy, value=generator.host_busy, unit=SHARE, most=limits.host_busy)


def _runners(case: Case, measured: CaseMeasurements) -> Iterator[Check]:
    for runner in measured.generator.runners:
        sent, least = runner.orders / part(measured), case.limits.rate_reached
        yield Check(what=f"{runner.name}: orders of its part", value=sent, unit=SHARE, least=least)
        yield Check(what=f"{runner.name}: late all along", value=runner.late, unit=MILLISECONDS, most=ON_TIME)
        apart = None if runner.clock is None else abs(runner.clock)
        clocks = f"{runner.name}: clock apart from this machine's"
        yield Check(what=clocks, value=apart, unit="s", most=case.limits.clock)
        used = f"{runner.name}: CPU used of what it could have had"
        yield Check(what=used, value=runner.cpu_share, unit=SHARE, most=case.limits.generator_cpu)


def _samples(measured: CaseMeasurements) -> Iterator[Check]:
    for name, seen in measured.client.items():
        yield Check(what=f"orders in window '{name}'", value=seen.orders, least=1)
    spare = spare_orders(measured)
    yield Check(
        what="orders that the engines took",
        value=sum(shard.orders for shard in measured.shards),
        least=measured.accepted - spare,
        most=measured.sent + spare,
    )


def _path(case: Case, measured: CaseMeasurements) -> Iterator[Check]:
    """The null path, and what it leaves of the client's p99: a difference of percentiles, which is no percentile."""
    path, slo, limits = measured.path, case.settings.slo.p99_ms, case.limits
    if path is None:
        return
    most = None if slo is None else limits.path * slo
    yield Check(what="p99 of the path (/health at the same rate)", value=path.p99, unit=MILLISECONDS, most=most)
    if path.asked:
        answered = path.answered / path.asked
        yield Check(what="requests for /health answered", value=answered, unit=SHARE, least=limits.rate_reached)
    client = measured.client[WHOLE].p99 if WHOLE in measured.client else math.inf
    if math.isfinite(client) and math.isfinite(path.p99):
        left = client - path.p99
        yield Check(what="p99 at the client less the path's", value=left, unit=MILLISECONDS)
        rest = max(0.0, left - most_inside(measured, WHOLE))
        most = most_unexplained(case, measured)
        yield Check(what="of it, more than any engine's histogram has", value=rest, unit=MILLISECONDS, most=most)


def _lab(case: Case, measured: CaseMeasurements) -> Iterator[Check]:
    """Whether the lab was the one that was asked for, and stayed it."""
    apart = None if measured.clock is None else abs(measured.clock)
    clocks = "the metrics' clock apart from this machine's"
    yield Check(what=clocks, value=apart, unit="s", most=case.limits.clock)
    unknown = "times that the lab's state could not be read"
    yield Check(what=unknown, value=int(measured.unknown is not None), most=0)
    yield Check(what="deviations from what was asked", value=len(measured.deviations), most=0)
    yield Check(what="changes during the run", value=len(measured.changes), most=0)
    ended = "containers of other workloads that ended during the load"
    yield Check(what=ended, value=len(unasked_endings(measured)), most=0)
    if case.settings.fault is not None and measured.outage is not None:
        polls = f"polls of {figure(measured.broker_polls, '')} at which the broker was there"
        yield Check(what=polls, value=measured.broker_seen, most=0)


def _pods(case: Case, measured: CaseMeasurements) -> Iterator[Check]:
    for shard in measured.shards:
        yield from _pod(case, f"{SHARD_PREFIX}{shard.shard}", shard)
        if shard.is_loaded:
            what = f"{SHARD_PREFIX}{shard.shard}: fewest resting SELL orders"
            yield Check(what=what, value=shard.least_asks, least=1)
    if measured.gateway:
        yield from _pod(case, GATEWAY, measured.gateway)


def _pod(case: Case, who: str, pod: PodMeasurements) -> Iterator[Check]:
    yield Check(what=f"{who}: jobs that scrape it", value=pod.scrapers, least=1, most=1)
    yield Check(what=f"{who}: longest time without a scrape", value=pod.longest_gap, unit="s", most=LONGEST_GAP)
    yield Check(what=f"{who}: end of the load without a scrape", value=pod.silent, unit="s", most=SILENT)
    yield Check(what=f"{who}: restarts", value=pod.restarts, most=0)
    throttled = case.limits.throttled
    yield Check(what=f"{who}: CPU periods throttled", value=pod.throttled, unit=SHARE, most=throttled)
