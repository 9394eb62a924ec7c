"""How a comparison's figures are written for people."""

import math

from lab.compare import resampling
from lab.compare.comparison import Comparison, Row
from lab.compare.rule import CAPACITY, Assessment
from lab.core import figures

UNITS = {
    **dict.fromkeys((*resampling.SHARES, resampling.ENGINE_P99), figures.MILLISECONDS),
    resampling.ERRORS: figures.SHARE,
    resampling.MATCHES: "",
    resampling.RISE: figures.TIMES,
    CAPACITY: "",
}
"""What each figure is in; the names of rates say it."""
MARKS = {
    Assessment.WORSE: "✗",
    Assessment.BETTER: "✓",
    Assessment.SAME: "=",
    Assessment.NOISE: "≈",
    Assessment.UNJUDGED: "○",
    Assessment.UNKNOWN: "?",
}
"""Beside an assessment's colour."""
NOISE = "noise"
HEAD = ("before", NOISE, "after", NOISE, "change", "%")


def value(name: str, one: float | None) -> str:
    """A figure of this name."""
    return figures.figure(one, UNITS[name])


def noise(name: str, band: tuple[float, float] | None) -> str:
    """Between what a figure lies; nothing where it is exact or unknown."""
    if band is None or band[0] == band[1]:
        return ""
    return figures.interval(*band, UNITS[name])


def cells(row: Row) -> tuple[str, ...]:
    """A row's figures, in the columns of `HEAD`."""
    before, after = row.noise
    return (
        value(row.name, row.before),
        noise(row.name, before),
        value(row.name, row.after),
        noise(row.name, after),
        change(row),
        percent(row),
    )


def change(row: Row) -> str:
    """The change in the figure's own unit."""
    return signed(row.name, row.change.value if row.change else None)


def signed(name: str, one: float | None) -> str:
    """A change of a figure of this name."""
    return figures.change(one, UNITS[name])


def percent(row: Row) -> str:
    """The change as a share of the figure before."""
    if row.change is None or not row.before or not math.isfinite(row.change.value):
        return figures.UNKNOWN
    return figures.change(row.change.value / row.before * 100, "%")


def said(row: Row) -> str:
    """The assessment, and why where it isn't plain."""
    return f"{row.assessment.value} ({row.note})" if row.note else row.assessment.value


def conclusion(found: Comparison) -> str:
    """What the comparison comes to, in a line."""
    if not (found.is_judged or found.is_worse):
        return "nothing could be compared: no case with valid figures is in both runs"
    better = found.named(Assessment.BETTER)
    named = [f"worse: {', '.join(found.worse)}"] if found.is_worse else ["no regression"]
    named += [f"better: {', '.join(better)}"] if better else []
    unclear = len(found.named(Assessment.NOISE))
    named += [f"{unclear} figures are not told apart from noise"] if unclear else []
    return "; ".join(named)
