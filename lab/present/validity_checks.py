"""The figures that a case's validity rests on, each beside its limit; what they come to, the verdict's reasons say."""

import math
from collections.abc import Iterator

from lab.core.figures import NOT_LIMITED, UNKNOWN, ms, number, share
from lab.core.windows import WHOLE
from lab.judge.preconditions import most_inside
from lab.judge.validity import LEAST_RATE
from lab.measure.measurements import CaseMeasurements, PodMeasurements
from lab.present.case_document import Check
from lab.settings.case_settings import ValiditySettings

TOLD = "told, not judged"
Row = tuple[str, str, str]
"""A figure's name, its value and its limit."""


def checks(measured: CaseMeasurements, limits: ValiditySettings, *, limited: bool = True) -> tuple[Check, ...]:
    """The figures of a case.

    Args:
        measured: Its measurements.
        limits: Of validity, as its profile has them.
        limited: Whether what ran had limits of CPU.
    """
    rows = (
        *_load(measured, limits),
        *_samples(measured, limits),
        *_path(measured, limits),
        *_lab(measured, limits),
        *_pods(measured, limits, limited=limited),
    )
    return tuple(Check(what=what, measured=value, limit=limit) for what, value, limit in rows if value != UNKNOWN)


def _load(measured: CaseMeasurements, limits: ValiditySettings) -> Iterator[Row]:
    generator = measured.generator
    reached = measured.rate_reached / measured.rate_asked
    yield "rate reached of the rate asked", share(reached), _least(limits.rate_reached)
    yield "of the rate asked in the poorest minute", share(measured.least_rate), _least(LEAST_RATE)
    yield "iterations dropped", number(generator.dropped), "0"
    yield "CPU that k6 used of what it could have had", share(generator.cpu_share), _most(limits.generator_cpu)
    late = f"1, or {_most(limits.late_writes)} of one each 5 s"
    yield "late writes of k6 to Prometheus", number(generator.late_writes), late
    yield "CPU of this machine that was used, busiest minute", share(generator.host_busy), _most(limits.host_busy)


def _samples(measured: CaseMeasurements, limits: ValiditySettings) -> Iterator[Row]:
    for name, seen in measured.client.items():
        least = f"at least {number(limits.min_samples)}"
        yield f"accepted orders in window '{name}'", number(seen.orders - seen.errors), least
    taken = sum(shard.orders for shard in measured.shards)
    yield "orders that the engines took", number(taken), f"k6 sent {number(measured.sent)}"


def _path(measured: CaseMeasurements, limits: ValiditySettings) -> Iterator[Row]:
    """The null path, and what it leaves of the client's p99: a difference of percentiles, which is no percentile."""
    path = measured.path
    if path is None:
        return
    shown = "failed" if path.problem is not None else ms(path.p99)
    yield "p99 of the path (/health at the same rate)", shown, f"{_most(limits.path)} of the p99's limit"
    if path.asked:
        yield "requests for /health answered", share(path.answered / path.asked), _least(limits.rate_reached)
    client = measured.client[WHOLE].p99 if WHOLE in measured.client else math.inf
    if math.isfinite(client) and math.isfinite(path.p99):
        yield "p99 at the client less the path's", ms(client - path.p99), TOLD
        rest = max(0.0, client - path.p99 - most_inside(measured, WHOLE))
        limit = f"{_most(limits.unexplained)} of the p99's limit"
        yield "of it, more than any engine's histogram has", ms(rest), limit


def _lab(measured: CaseMeasurements, limits: ValiditySettings) -> Iterator[Row]:
    """Whether the lab was the one that was asked for, and stayed it."""
    apart = UNKNOWN if measured.clock is None else number(abs(measured.clock), "s")
    yield "the metrics' clock apart from this machine's", apart, f"at most {number(limits.clock, 's')}"
    if measured.unknown is not None:
        yield "what stood around the load", "unknown", "known"
    yield "things that stood otherwise than asked", number(len(measured.deviations)), "0"
    yield "changes during the run", number(len(measured.changes)), "0"
    yield "containers that ended during the load", number(len(measured.endings)), "0"
    if measured.outage is not None:
        polls = f"polls of {number(measured.broker_polls)} at which the broker was there"
        yield polls, number(measured.broker_seen), "0"


def _pods(measured: CaseMeasurements, limits: ValiditySettings, *, limited: bool) -> Iterator[Row]:
    for shard in measured.shards:
        yield from _pod(f"shard {shard.shard}", shard, limits, limited=limited)
        yield f"shard {shard.shard}: fewest resting SELL orders", number(shard.least_asks), "above 0"
    if measured.gateway:
        yield from _pod("gateway", measured.gateway, limits, limited=limited)


def _pod(who: str, pod: PodMeasurements, limits: ValiditySettings, *, limited: bool) -> Iterator[Row]:
    yield f"{who}: jobs that scrape it", number(pod.scrapers), "exactly 1"
    yield f"{who}: longest time without a scrape", number(pod.longest_gap, "s"), "one scrape missed"
    yield f"{who}: restarts", number(pod.restarts), "0"
    throttled = share(pod.throttled) if limited else NOT_LIMITED
    yield f"{who}: CPU periods throttled", throttled, _most(limits.throttled)


def _least(limit: float) -> str:
    return f"at least {share(limit)}"


def _most(limit: float) -> str:
    return f"at most {share(limit)}"
