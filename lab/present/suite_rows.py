"""The suites as a table: each case's load, what it is judged on, its script, and how long all of it takes."""

from collections.abc import Iterable, Iterator

from lab.core.figures import count, duration, ms, number, share
from lab.present.console import wide_console
from lab.settings.case_settings import CaseSettings
from lab.settings.settings import Settings
from lab.settings.slo import SloSettings
from lab.settings.suites import Case, Profile, Suite, plan

COLUMNS = ("case", "title", "orders/min", "load", "warm-up", "judged on", "script")
CASE_OVERHEAD = 20
"""Seconds beside a case's load: k6's start, seeding, the last scrapes."""
CLEAN_OVERHEAD = 12
"""Seconds for empty books: the restart, and until the new engines are scraped."""


def heading(suite: Suite) -> str:
    """A suite's title, its topology, and how long it takes."""
    load = sum(case.settings.duration for case in suite.cases)
    return (
        f"{suite.id}: {suite.title}; on topology {suite.topology.name}, "
        f"{duration(load)} of load, about {round(takes(suite.cases) / 60)} min in all"
    )


def takes(cases: Iterable[Case]) -> float:
    """Seconds that these cases take, with what lies beside their loads."""
    return sum(case.settings.duration + CASE_OVERHEAD + CLEAN_OVERHEAD * case.settings.clean for case in cases)


def rows(suite: Suite) -> list[tuple[str, ...]]:
    """A row a case."""
    return [
        (
            case.id,
            case.settings.title,
            ", ".join(_load(case.settings)),
            duration(case.settings.duration),
            duration(case.settings.warmup) if case.settings.warmup else "",
            _judged(case.settings, is_conditional=case.id in suite.conditional),
            case.script,
        )
        for case in suite.cases
    ]


def _load(settings: CaseSettings) -> Iterator[str]:
    rates = dict.fromkeys((settings.rate, *(stage.rate for stage in settings.stages)))
    yield " → ".join(map(number, rates))
    if settings.arrivals == "random":
        yield "random arrivals"
    if settings.shards:
        yield f"to shard {', '.join(settings.shards)}"
    if settings.hot:
        yield f"{share(settings.hot.share)} on {settings.hot.symbol}"
    if settings.book:
        yield f"{count(settings.book.orders)} orders deep"
    if settings.fault:
        yield f"broker away at {duration(settings.fault.after)} for {duration(settings.fault.for_)}"


def _judged(settings: CaseSettings, *, is_conditional: bool) -> str:
    bounds = ", ".join(words(settings.slo)) if settings.judged else ""
    return f"{bounds or 'nothing'}{' (conditional)' if is_conditional else ''}"


def words(slo: SloSettings) -> Iterator[str]:
    """Each bound of an SLO in words."""
    if slo.p99_ms is not None:
        yield f"p99 < {ms(slo.p99_ms)}"
    if slo.error_rate is not None:
        yield f"errors < {share(slo.error_rate)}"
    if slo.rise is not None:
        yield f"p99 in the outage <= {number(slo.rise)} times that before{_floor(slo)}"
    if slo.step_ms is not None:
        yield f"p99 of a stage <= {ms(slo.step_ms)} above that before"
    if slo.matches is not None:
        yield f">= {number(slo.matches.per_minute)} matches/min for {slo.matches.minutes} min"
    if slo.keeps_up is not None:
        yield f"matches/min >= {number(slo.keeps_up.efficiency)} times those of {slo.keeps_up.baseline}, by shards"
    if slo.isolation is not None:
        within, reference = share(slo.isolation.within), slo.isolation.reference
        yield f"other shards' p99 at most {within}{_floor(slo)} above {reference}'s"
    if slo.lost is not None:
        yield f"accepted orders lost <= {slo.lost}"


def _floor(slo: SloSettings) -> str:
    return f" or {ms(slo.at_least_ms)}" if slo.at_least_ms else ""


def show(settings: Settings, profile: Profile) -> None:
    """Print all suites."""
    from rich.table import Table  # noqa: PLC0415 - 40 ms that other commands need not pay

    console = wide_console()
    for name in settings.suites:
        suite = plan(settings, name, profile)
        table = Table(*COLUMNS, box=None, pad_edge=False)
        for row in rows(suite):
            table.add_row(*row)
        console.print(heading(suite), style="bold", soft_wrap=True)
        console.print(table)
