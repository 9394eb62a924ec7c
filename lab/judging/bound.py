"""One bound of an SLO held against what was measured, and how its figures are written."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Bound:
    """Whether a bound was met, and the line that says so with all its numbers.

    Args:
        name: Its key in the SLO.
        is_met: None when nothing was measured that it could be held against.
        line: For people.
    """

    name: str
    is_met: bool | None
    line: str


def no_reference(name: str, case: str) -> Bound:
    """The bound that needs another case of the run, without valid figures of it."""
    line = f"{name} needs valid figures of {case} in the same run: see why it has none, or run the whole suite"
    return Bound(name=name, is_met=None, line=line)


def milliseconds(value: float) -> str:
    """A latency for people: endless means that so many orders failed that there is none."""
    if math.isinf(value):
        return "none (orders failed)"
    return f"{value:.1f} ms" if value < 100 else f"{value:.0f} ms"  # noqa: PLR2004 - digits that matter


def rates(values: tuple[float, ...]) -> str:
    """Rates a minute in a row: 5,912 5,870."""
    return " ".join(f"{value:,.0f}" for value in values)
