"""Holds each bound of a case's SLO against what was measured; pure, by what docs/verdict.md says."""

from collections.abc import Iterator, Mapping

from lab.core.figures import SHARE, estimate, share
from lab.core.windows import WHOLE
from lab.judge import p99, risen, step
from lab.judge.bound import Bound, Kind, Status
from lab.judge.correct import correct
from lab.judge.isolation import isolated
from lab.judge.keeps_up import kept_up
from lab.judge.shift import Allowed
from lab.judge.throughput import matches_kept
from lab.judge.unfinished import overdue, unfinished
from lab.judge.way_out import WayOut, repetitions
from lab.measure.interval import proportion
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
        yield p99.held(measured, slo.p99_ms)
    if slo.error_rate is not None:
        yield _errors(measured, slo.error_rate)
    if slo.rise is not None:
        yield from risen.held(measured, Allowed(ratio=slo.rise, at_least_ms=slo.at_least_ms))
    if slo.step_ms is not None:
        yield from step.held(measured, slo.step_ms)
    if slo.matches is not None:
        yield matches_kept(slo.matches, measured)
    if slo.keeps_up is not None:
        yield from kept_up(slo.keeps_up, measured, others, floor=slo.at_least_ms)
    if slo.isolation is not None:
        hot = case.settings.hot.symbol if case.settings.hot else None
        yield from isolated(slo.isolation, slo.at_least_ms, hot, measured, others)
    yield from unfinished(measured)
    if slo.p99_ms is not None:
        yield from overdue(measured)
    if measured.correctness is not None:
        yield from correct(measured.correctness, lost=slo.lost)


def _errors(measured: CaseMeasurements, limit: float) -> Bound:
    """The share of orders that failed: counted, so only what few of them say of the next ones is unsure."""
    seen = measured.client.get(WHOLE)
    found = proportion(seen.errors if seen else 0, seen.orders if seen else 0)
    status = Status.of_interval(found.low, found.high, limit, is_exclusive=True)
    end = found.high if found.value < limit else found.low
    way_out = WayOut.of(status, repetitions(abs(end - found.value), abs(limit - found.value)))
    shown = estimate(found.value, found.low, found.high, SHARE, limit=limit)
    is_none = status is Status.MET and not found.value
    return Bound(
        name="error_rate",
        kind=Kind.ERRORS,
        status=status,
        line=f"{share(0) if is_none else shown} errors{way_out} (limit {share(limit)})",
        figure=found.value,
        limit=limit,
        unit=SHARE,
        low=found.low,
        high=found.high,
        decided_by=way_out.decided_by,
        advice=way_out.advice,
    )
