"""How a comparison's figures are written for people."""

import math

from lab.compare import resampling
from lab.compare.comparison import Comparison, Row
from lab.compare.rule import CAPACITY, Assessment
from lab.present.words import UNKNOWN, milliseconds, number, share

MS = " ms"
MARKS = {
    Assessment.WORSE: "✗",
    Assessment.BETTER: "✓",
    Assessment.SAME: "=",
    Assessment.NOISE: "≈",
    Assessment.UNJUDGED: "○",
    Assessment.UNKNOWN: "?",
}
"""Beside an assessment's colour."""


def value(name: str, one: float | None) -> str:
    """A figure of this name."""
    if one is None:
        return UNKNOWN
    if math.isinf(one):
        return "endless" if one > 0 else "-endless"
    if name == resampling.ERRORS:
        return share(one)
    if name in {resampling.MATCHES, CAPACITY}:
        return number(round(one))
    return f"{one:.2f}" if name == resampling.RISE else milliseconds(one)


def noise(name: str, band: tuple[float, float] | None) -> str:
    """Between what a figure lies; nothing where it is exact or unknown."""
    if band is None or band[0] == band[1]:
        return ""
    low, high = value(name, band[0]), value(name, band[1])
    return f"{low.removesuffix(MS) if high.endswith(MS) else low} to {high}"


def change(row: Row) -> str:
    """The change in the figure's own unit."""
    if row.change is None:
        return UNKNOWN
    return signed(row.name, row.change.value)


def signed(name: str, one: float) -> str:
    """A change, with its sign; a share's in percentage points."""
    sign = "+" if one > 0 else "-" if one < 0 else "±"
    if math.isinf(one):
        return f"{sign}endless"
    if name == resampling.ERRORS:
        return f"{sign}{abs(one) * 100:.2f} points"
    return f"{sign}{value(name, abs(one))}"


def percent(row: Row) -> str:
    """The change as a share of the figure before."""
    if row.change is None or not row.before or not math.isfinite(row.change.value):
        return UNKNOWN
    return f"{row.change.value / row.before:+.0%}".replace("%", " %")


def said(row: Row) -> str:
    """The assessment, and why where it isn't plain."""
    return f"{row.assessment.value} ({row.note})" if row.note else row.assessment.value


def conclusion(found: Comparison) -> str:
    """What the comparison comes to, in a line."""
    if not found.is_judged:
        return "nothing could be compared: no case with valid figures is in both runs"
    worse, better = found.named(Assessment.WORSE), found.named(Assessment.BETTER)
    named = [f"worse: {', '.join(worse)}"] if worse else ["no regression"]
    named += [f"better: {', '.join(better)}"] if better else []
    unclear = len(found.named(Assessment.NOISE))
    named += [f"{unclear} figures are not told apart from noise"] if unclear else []
    return "; ".join(named)
