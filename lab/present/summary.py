"""The tables that every form of a report has: the cases side by side, and the windows of one case."""

import math
from collections.abc import Iterator

from lab.core.figures import UNKNOWN, count, figure, interval, ms, number, ratio, share, span
from lab.core.windows import BEFORE, WHOLE
from lab.judge.bound import Bound, Spread
from lab.judge.repeated import limit, title
from lab.measure.samples import Latency
from lab.present.case_document import CaseReport, Engine, WindowRow, mean
from lab.present.document import Report
from lab.present.figure import Table

HEAD = ("case", "verdict", "orders/min", "client p50", "p95", "p99", "engine p99", "errors", "matches/min")


def cases(report: Report) -> Table:
    """A row a case, and below one that was repeated a row a round."""
    return Table(head=HEAD, rows=tuple(row for case in report.cases for row in _rows(case)))


def repetitions(case: CaseReport) -> Table | None:
    """A row a bound of a case that was repeated: its figure in each round, their median and how sure that is."""
    rounds = tuple(f"round {number}" for number in range(1, len(case.repetitions) + 1))
    rows = tuple(_spread(bound, bound.spread) for bound in case.bounds if bound.spread)
    return Table(head=("bound", "median", "95 % interval", "limit", "", *rounds), rows=rows) if rows else None


def _spread(bound: Bound, around: Spread) -> tuple[str, ...]:
    ends = interval(around.low, around.high, bound.unit)
    return (
        title(bound),
        figure(bound.figure, bound.unit),
        f"range {ends} ({share(around.coverage)})" if around.is_range else ends,
        limit(bound).removeprefix("limit "),
        "undecided" if bound.is_undecided else "met" if bound.is_met else "missed",
        *(figure(one, bound.unit) for one in around.figures),
    )


def _rows(case: CaseReport) -> Iterator[tuple[str, ...]]:
    if not case.repetitions:
        yield _case(case)
        return
    times = f"{len(case.repetitions)} times"
    yield (f"{case.case} {case.title}".strip(), case.verdict, times, *("",) * (len(HEAD) - 3))
    yield from map(_case, case.repetitions)


def windows(case: CaseReport) -> Table | None:
    """A row a window; None if there is but one. An outage's has the change against before it."""
    if len(case.windows) < 2:  # noqa: PLR2004 - the row of `whole` is in the cases' table
        return None
    before = next((window for window in case.windows if window.name == BEFORE), None)
    head = ("window", "time", "orders", "client p50", "p95", "p99", "p99.9", "engine p99", "errors", "matches/min")
    rows = (_window(window, before) for window in case.windows)
    return Table(head=(*head, "p99 / before") if before else head, rows=tuple(rows))


def shards(case: CaseReport) -> Table | None:
    """A row a shard; None if there is but one."""
    if len(case.shards) < 2:  # noqa: PLR2004 - the case's own row says it
        return None
    total = sum(shard.orders for shard in case.shards)
    return Table(
        head=("shard", "orders", "of all", "client p50", "p95", "p99", "engine p99", "matches/min"),
        rows=tuple(
            (
                shard.shard,
                count(shard.orders),
                share(shard.orders / total if total else None),
                *_percentiles(shard.client.latency[WHOLE] if shard.client else None),
                _engine(Engine(shard.latency[WHOLE])),
                number(mean(shard.matches_per_minute)),
            )
            for shard in case.shards
        ),
    )


def minutes(case: CaseReport) -> str:
    """Matches of all shards by the minute of the load."""
    return " · ".join(number(one) for one in case.matches_by_minute)


def _case(case: CaseReport) -> tuple[str, ...]:
    measured = case.measured
    asked = f"{number(measured.rate_reached)} of {number(measured.rate_asked)}" if measured else UNKNOWN
    return (
        f"{case.case} {case.title}".strip(),
        case.verdict,
        asked,
        *_percentiles(case.figures),
        _engine(case.engine()),
        _errors(case.figures),
        number(case.matches),
    )


def _window(window: WindowRow, before: WindowRow | None) -> tuple[str, ...]:
    seen = window.client
    row = (
        window.name,
        span(window.start, window.end),
        number(seen.orders),
        *_percentiles(seen),
        percentile(seen.p999, seen.orders),
        _engine(window.engine),
        _errors(seen),
        number(window.matches),
    )
    return (*row, _against(window, before)) if before else row


def _percentiles(seen: Latency | None) -> tuple[str, ...]:
    if seen is None:
        return (UNKNOWN,) * 3
    return tuple(percentile(value, seen.orders) for value in (seen.p50, seen.p95, seen.p99))


def percentile(value: float, orders: int) -> str:
    """A percentile of so many orders: that of none is unknown."""
    return ms(value if orders else None)


def _errors(seen: Latency | None) -> str:
    return share(seen.error_rate if seen and seen.orders else None)


def _against(window: WindowRow, before: WindowRow) -> str:
    first, second = before.client.p99, window.client.p99
    if window.name in {BEFORE, WHOLE} or not first or math.isinf(first) or math.isinf(second):
        return ""
    return ratio(second / first)


def _engine(one: Engine) -> str:
    return ms(one.p99, is_beyond=one.is_beyond)
