"""Holds each bound of a case's SLO against what was measured; pure, by what docs/verdict.md says."""

import math
from collections.abc import Iterator, Mapping
from itertools import pairwise

from lab.core.figures import MILLISECONDS, SHARE, TIMES, beside, change, ms, ratio, share, span
from lab.core.windows import STAGE
from lab.judge.bound import Bound, Kind, Status, undecided
from lab.judge.correct import correct
from lab.judge.isolation import isolated
from lab.judge.keeps_up import kept_up
from lab.judge.throughput import matches_kept
from lab.judge.unfinished import unfinished
from lab.measure.measurements import CaseMeasurements
from lab.settings.suites import Case


def bounds(case: Case, measured: CaseMeasurements, others: Mapping[str, CaseMeasurements]) -> Iterator[Bound]:
    """Every bound that the case has.

    Args:
        case: What was asked.
        measured: What was measured.
        others: The run's valid cases so far, by id: what some bounds compare with.
    """
    slo = case.settings.slo
    if slo.p99_ms is not None:
        yield _p99(measured, slo.p99_ms)
    if slo.error_rate is not None:
        yield _errors(measured, slo.error_rate)
    if slo.rise is not None:
        yield _rise(measured, slo.rise)
    if slo.step_ms is not None:
        yield _step(measured, slo.step_ms)
    if slo.matches is not None:
        yield matches_kept(slo.matches, measured)
    if slo.keeps_up is not None:
        yield from kept_up(slo.keeps_up, measured, others)
    if slo.isolation is not None:
        hot = case.settings.hot.symbol if case.settings.hot else None
        yield from isolated(slo.isolation, hot, measured, others)
    yield from unfinished(measured)
    if measured.correctness is not None:
        yield from correct(measured.correctness, lost=slo.lost)


def _p99(measured: CaseMeasurements, limit: float) -> Bound:
    beyond, client = measured.is_beyond_buckets, beside(measured.client_p99, limit, MILLISECONDS)
    engine = ms(measured.engine_p99, is_beyond=True) if beyond else beside(measured.engine_p99, limit, MILLISECONDS)
    who = "the engine" if len(measured.loaded) == 1 else "the slowest engine"
    return Bound(
        name="p99_ms",
        kind=Kind.LATENCY,
        status=Status.of(is_met=measured.p99 < limit),
        line=f"p99 {client} at the client, {engine} in {who}{_worst(measured)} (limit {ms(limit)})",
        figure=measured.p99,
        limit=limit,
        unit=MILLISECONDS,
    )


def _worst(measured: CaseMeasurements) -> str:
    """The worst stretch at the client, by the time since the load began; nothing where the load is but one."""
    worst = measured.worst
    if worst is None:
        return ""
    start, end = ((instant - measured.load.start) / 1000 for instant in (worst.start, worst.end))
    return f"; worst stretch {ms(worst.p99)} from {span(start, end)}"


def _errors(measured: CaseMeasurements, limit: float) -> Bound:
    return Bound(
        name="error_rate",
        kind=Kind.ERRORS,
        status=Status.of(is_met=measured.error_rate < limit),
        line=f"{beside(measured.error_rate, limit, SHARE)} errors (limit {share(limit)})",
        figure=measured.error_rate,
        limit=limit,
        unit=SHARE,
    )


def _rise(measured: CaseMeasurements, limit: float) -> Bound:
    rise = measured.rise
    if rise is None:
        line = "p99's rise during the outage was not measured"
        return Bound(
            name="rise",
            kind=Kind.LATENCY,
            status=Status.MISSED,
            line=line,
            figure=math.inf,
            limit=limit,
            unit=TIMES,
        )
    is_undecided = rise.low <= limit < rise.ratio
    return Bound(
        name="rise",
        kind=Kind.LATENCY,
        status=Status.UNDECIDED if is_undecided else Status.of(is_met=rise.ratio <= limit),
        line=f"p99 during the outage / before {rise.beside(limit)}{undecided() if is_undecided else ''} "
        f"(limit {ratio(limit)}; at the client: the engine's buckets are too coarse)",
        figure=rise.ratio,
        limit=limit,
        unit=TIMES,
        low=rise.low,
        high=rise.high,
        decided_by=6 if is_undecided else None,
    )


def _step(measured: CaseMeasurements, limit: float) -> Bound:
    by_stage = [latency.p99 for name, latency in measured.client.items() if name.startswith(STAGE)]
    steps = [_risen(before, after) for before, after in pairwise(by_stage)]
    if not steps:
        line = "steps of p99: the warm-up leaves fewer than two stages"
        return Bound(name="step_ms", kind=Kind.LATENCY, status=Status.UNMEASURED, line=line)
    shown = ", ".join(map(ms, by_stage))
    worst = max(steps)
    return Bound(
        name="step_ms",
        kind=Kind.LATENCY,
        status=Status.of(is_met=worst <= limit),
        line=f"p99 by stage {shown}; largest step {change(worst, MILLISECONDS)} (limit {ms(limit)})",
        figure=worst,
        limit=limit,
        unit=MILLISECONDS,
    )


def _risen(before: float, after: float) -> float:
    return math.inf if math.isinf(after) else after - before
