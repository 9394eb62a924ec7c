"""The tables of a run's cases, for every medium: the page and Markdown show them whole, the terminal what fits."""

import math
from collections.abc import Iterable, Iterator, Sequence

from lab.core.figures import UNKNOWN, between, count, counted, figure, interval, ms, number, ratio, share, span
from lab.core.windows import BEFORE, DURING, WHOLE
from lab.judge.bound import Bound
from lab.judge.repeated import limit, title
from lab.measure.latency import Latency
from lab.present.case_document import CaseReport, Engine, WindowRow, mean
from lab.present.figure import Table

FIGURES = ("orders/min", "client p50", "p95", "p99", "engine p99", "errors", "matches/min")
"""What a case, a shard and a window have in common."""

BEHIND_P999 = 1000
"""Orders that p99.9 needs."""


def cases(some: Iterable[CaseReport]) -> Table:
    """A row a case, and below one that was repeated a row a round."""
    return Table(head=("case", "verdict", *FIGURES), rows=tuple(row for case in some for row in _case(case)))


def _case(case: CaseReport) -> Iterator[Sequence[str]]:
    first = (f"{case.case} {case.title}".strip(), case.verdict.value)
    if case.repetitions:
        yield (*first, f"{len(case.repetitions)} times", *("",) * (len(FIGURES) - 1))
        yield from (row for one in case.repetitions for row in _case(one))
        return
    seen = case.measured
    rate = f"{number(seen.rate_reached)} of {number(seen.rate_asked)}" if seen else UNKNOWN
    yield (*first, rate, *_latency(case.figures), *_rest(case.engine(), case.figures, case.matches))


def repetitions(case: CaseReport) -> Table | None:
    """A row a bound of a case that was repeated: its figure in each round, pooled, and how sure that is."""
    rounds = tuple(f"round {number}" for number in range(1, len(case.repetitions) + 1))
    rows = tuple(_bound(bound) for bound in case.bounds if bound.by_repetition)
    return Table(head=("bound", "pooled", "95 % interval", "limit", "", *rounds), rows=rows) if rows else None


def _bound(bound: Bound) -> Sequence[str]:
    return (
        title(bound),
        figure(bound.figure, bound.unit),
        interval(bound.low, bound.high, bound.unit),
        limit(bound).removeprefix("limit "),
        bound.status.value,
        *(figure(one, bound.unit) for one in bound.by_repetition),
    )


def windows(case: CaseReport) -> Table | None:
    """A row a window; None if there is but one. An outage's has the change against before it."""
    if len(case.windows) < 2:  # noqa: PLR2004 - the row of `whole` is in the cases' table
        return None
    before = next((window for window in case.windows if window.name == BEFORE), None)
    rate, *latency = FIGURES[:4]
    head = ("window", "time", "orders", rate, *latency, "p99.9", *FIGURES[4:], *(["p99 / before"] if before else []))
    return Table(head=head, rows=tuple(_window(case, window, before) for window in case.windows))


def _window(case: CaseReport, window: WindowRow, before: WindowRow | None) -> Sequence[str]:
    seen, seconds = window.client, window.end - window.start
    return (
        window.name,
        span(window.start, window.end),
        count(seen.orders),
        number(seen.orders * 60 / seconds if seconds else None),
        *_latency(seen),
        p999(seen),
        *_rest(window.engine, seen, window.matches),
        *([_against(case, window, before)] if before else []),
    )


def _against(case: CaseReport, window: WindowRow, before: WindowRow) -> str:
    if window.name == DURING and case.measured and case.measured.rise:
        return str(case.measured.rise)
    first, second = before.client.p99, window.client.p99
    if window.name in {BEFORE, WHOLE} or not first or math.isinf(first) or math.isinf(second):
        return ""
    return ratio(second / first)


def parts(case: CaseReport) -> Table | None:
    """A row a window: where the time of its orders went, from when they were due; None where nobody looked."""
    rows = tuple(
        (
            window.name,
            percentile(window.client.p99, window.client.orders),
            *(ms(one) for one in (found.late, found.connect, found.service)),
            share(found.opened),
        )
        for window in case.windows
        if (found := window.client.parts)
    )
    head = ("window", "client p99", "late p99", "connect p99", "service p99", "opened a connection")
    return Table(head=head, rows=rows) if rows else None


def excused(case: CaseReport) -> str:
    """What was excused of its orders, and what the control beside the load saw; empty where nothing was."""
    found = case.measured.excuses if case.measured else None
    control = case.measured.control if case.measured else None
    said = []
    if control:
        told = f", which excuses nothing: {control.untrusted}" if control.untrusted else ""
        said.append(
            f"The control beside the load: {counted(control.requests, 'request')}, p99 {ms(control.p99)}{told}."
        )
    if found and found.late:
        said.append(f"k6 itself sent {counted(found.late, 'order')} late, by up to {ms(found.latest)}.")
    if found and found.slow:
        said.append(
            f"{counted(found.slow, 'order')} {'was' if found.slow == 1 else 'were'} due in slow spells of the control, "
            f"of which there were {count(len(found.spells))}."
        )
    if found and found.orders and case.measured and case.measured.unexcused:
        seen = case.measured.unexcused.client.get(WHOLE)
        said.append(f"Without these orders p99 is {percentile(seen.p99, seen.orders) if seen else UNKNOWN}.")
    return " ".join(said)


def shards(case: CaseReport) -> Table | None:
    """A row a shard, with its part of the orders; None if there is but one."""
    if case.measured is None or len(case.shards) < 2:  # noqa: PLR2004 - the case's own row says it
        return None
    total, seconds = sum(shard.orders for shard in case.shards), case.measured.load.seconds
    return Table(
        head=("shard", "orders", *FIGURES),
        rows=tuple(
            (
                shard.shard,
                count(shard.orders),
                f"{number(shard.orders * 60 / seconds)} ({share(shard.orders / total)})" if total else UNKNOWN,
                *_latency(client := shard.client.latency[WHOLE] if shard.client else None),
                *_rest(Engine(shard.latency[WHOLE]), client, mean(shard.matches_per_minute)),
            )
            for shard in case.shards
        ),
    )


def minutes(case: CaseReport) -> str:
    """Matches of all shards by the minute of the load."""
    return " · ".join(number(one) for one in case.matches_by_minute)


def percentile(value: float | None, orders: int) -> str:
    """A percentile of so many orders: that of none is unknown."""
    return ms(value if orders else None)


def p999(seen: Latency) -> str:
    """p99.9; unknown of fewer orders than it needs, of which it would be the slowest."""
    return ms(seen.p999 if seen.orders >= BEHIND_P999 else None)


def _latency(seen: Latency | None) -> tuple[str, ...]:
    """The client's p50, p95 and p99."""
    return tuple(percentile(one, seen.orders) for one in (seen.p50, seen.p95, seen.p99)) if seen else (UNKNOWN,) * 3


def _rest(engine: Engine, seen: Latency | None, matches: float | None) -> tuple[str, str, str]:
    """The engines' p99, the share of orders that failed, and matches a minute."""
    errors = share(seen.error_rate if seen and seen.orders else None)
    return between(engine.low, engine.high), errors, number(matches)
