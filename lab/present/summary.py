"""The tables that every form of a report has: the cases side by side, and the windows of one case."""

import math
from collections.abc import Iterator

from lab.core.figures import count, figure, number, ratio, share, span
from lab.core.windows import BEFORE, WHOLE
from lab.judge.bound import Bound, Spread
from lab.judge.repeated import title
from lab.present import cells
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
    return (
        title(bound),
        *cells.of_spread(bound, around),
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
                *cells.of_client(shard.client.latency[WHOLE] if shard.client else None),
                cells.of_engine(Engine(shard.latency[WHOLE])),
                number(mean(shard.matches_per_minute)),
            )
            for shard in case.shards
        ),
    )


def minutes(case: CaseReport) -> str:
    """Matches of all shards by the minute of the load."""
    return " · ".join(number(one) for one in case.matches_by_minute)


def _case(case: CaseReport) -> tuple[str, ...]:
    return (f"{case.case} {case.title}".strip(), case.verdict, *cells.of_case(case.measured, case.figures))


def _window(window: WindowRow, before: WindowRow | None) -> tuple[str, ...]:
    seen = window.client
    row = (
        window.name,
        span(window.start, window.end),
        number(seen.orders),
        *cells.of_client(seen),
        cells.percentile(seen.p999, seen.orders),
        cells.of_engine(window.engine),
        cells.errors(seen),
        number(window.matches),
    )
    return (*row, _against(window, before)) if before else row


def _against(window: WindowRow, before: WindowRow) -> str:
    first, second = before.client.p99, window.client.p99
    if window.name in {BEFORE, WHOLE} or not first or math.isinf(first) or math.isinf(second):
        return ""
    return ratio(second / first)
