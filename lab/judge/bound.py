"""One bound of an SLO held against what was measured, and how its figures are written."""

import math
from collections.abc import Callable
from dataclasses import dataclass

MILLISECONDS, SHARE, TIMES, PER_MINUTE = "ms", "share", "times", "matches/min"
"""The units of a bound's figure."""


@dataclass(frozen=True, kw_only=True)
class Spread:
    """What the repetitions of a case make of one figure.

    Args:
        figures: Of each repetition, in their order; infinite where that many orders failed.
        low: Where the interval of the median begins.
        high: Where it ends.
        coverage: How often such an interval holds the true median.
        is_range: Whether it is all that was measured, since so few repetitions have no 95 % interval.
    """

    figures: tuple[float, ...]
    low: float
    high: float
    coverage: float
    is_range: bool


@dataclass(frozen=True, kw_only=True)
class Bound:
    """Whether a bound was met, and the line that says so with all its numbers.

    Args:
        name: Its key in the SLO.
        is_met: None when nothing was measured that it could be held against.
        line: For people.
        of: The part that it is about, where the case has this bound of several: `shard b`.
        figure: What is held against the limit; infinite where that many orders failed, None where `is_met` is.
        limit: What the figure may be at most, or of a figure that is better when it is more, at least.
        unit: Of both: ms, share, times or matches/min.
        is_more_better: Whether a higher figure is the better one.
        is_undecided: Whether a figure outside the limit is not told apart from one within it: not met, but no miss.
        spread: Of several repetitions, of which `figure` is the median.
    """

    name: str
    is_met: bool | None
    line: str
    of: str = ""
    figure: float | None = None
    limit: float | None = None
    unit: str = ""
    is_more_better: bool = False
    is_undecided: bool = False
    spread: Spread | None = None


def no_reference(name: str, case: str) -> Bound:
    """The bound that needs another case of the run, without valid figures of it."""
    line = f"{name} needs valid figures of {case} in the same run: see why it has none, or run the whole suite"
    return Bound(name=name, is_met=None, line=line)


def undecided(more: int = 5) -> str:
    """What is said of a difference that its interval doesn't show: it is no pass, and no miss either.

    Args:
        more: The repetitions that may show it.
    """
    return f", undecided: not told apart from noise; --repeat={more} or a longer case may decide it"


def milliseconds(value: float) -> str:
    """A latency for people: endless means that so many orders failed that there is none."""
    if math.isinf(value):
        return "none (orders failed)"
    return f"{value:.1f} ms" if value < 100 else f"{value:.0f} ms"  # noqa: PLR2004 - digits that matter


def engine_p99(value: float, *, is_beyond: bool) -> str:
    """An engine's p99 for people: beyond its buckets it may be anything above their last bound."""
    if math.isinf(value):
        return "none (no order finished)"
    return f"more than {milliseconds(value)} (beyond the last bucket)" if is_beyond else milliseconds(value)


def rates(values: tuple[float, ...]) -> str:
    """Rates a minute in a row: 5,912 5,870."""
    return " ".join(f"{value:,.0f}" for value in values)


_WRITTEN: dict[str, Callable[[float], str]] = {
    MILLISECONDS: lambda value: f"{value:.1f} ms" if abs(value) < 100 else f"{value:,.0f} ms",  # noqa: PLR2004 - as above
    SHARE: lambda value: f"{value:.2%}",
    TIMES: lambda value: f"{value:.2f}",
    PER_MINUTE: lambda value: f"{value:,.0f} matches/min",
}


def written(value: float, unit: str) -> str:
    """A bound's figure for people, with its unit."""
    if math.isinf(value):
        return "endless"
    return _WRITTEN.get(unit, str)(value)
