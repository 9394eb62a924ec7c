"""The cells that tables of a run have in common: on the terminal, on the page and in Markdown."""

from lab.core.figures import UNKNOWN, figure, interval, ms, number, share
from lab.core.windows import WHOLE
from lab.judge.bound import Bound, Spread
from lab.judge.repeated import limit
from lab.measure.measurements import CaseMeasurements
from lab.measure.samples import Latency
from lab.present.case_document import Engine, mean


def of_case(measured: CaseMeasurements | None, seen: Latency | None) -> tuple[str, ...]:
    """Of a case: its rate, the client's percentiles, the engines' p99, errors and matches a minute."""
    return (
        f"{number(measured.rate_reached)} of {number(measured.rate_asked)}" if measured else UNKNOWN,
        *of_client(seen),
        of_engines(measured, WHOLE),
        errors(seen),
        number(mean(measured.matches_per_minute) if measured else None),
    )


def of_client(seen: Latency | None) -> tuple[str, ...]:
    """The client's p50, p95 and p99."""
    values = (seen.p50, seen.p95, seen.p99) if seen else (None,) * 3
    return tuple(percentile(value, seen.orders if seen else 0) for value in values)


def percentile(value: float | None, orders: int) -> str:
    """A percentile of so many orders: that of none is unknown."""
    return ms(value if orders else None)


def errors(seen: Latency | None) -> str:
    """The share of orders that failed."""
    return share(seen.error_rate if seen and seen.orders else None)


def of_engines(measured: CaseMeasurements | None, window: str) -> str:
    """The highest p99 of the engines that got orders."""
    loaded = measured.loaded if measured else ()
    return of_engine(Engine(*(one.latency[window] for one in loaded if window in one.latency)))


def of_engine(one: Engine) -> str:
    """A p99; beyond an engine's buckets it may be anything above the last bound."""
    return ms(one.p99, is_beyond=one.is_beyond)


def of_spread(bound: Bound, around: Spread) -> tuple[str, str, str]:
    """Of a bound over repetitions: the median, its interval or the range of all, and the limit."""
    ends = interval(around.low, around.high, bound.unit)
    return (
        figure(bound.figure, bound.unit),
        f"range {ends} ({share(around.coverage)})" if around.is_range else ends,
        limit(bound).removeprefix("limit "),
    )
