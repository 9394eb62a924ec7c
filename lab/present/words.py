"""How figures are written for people: with the digits that matter, and a dash for what isn't known."""

import math

from lab.core import windows

UNKNOWN = "-"
NOT_LIMITED = "not limited"
MEBIBYTE, GIBIBYTE = 2**20, 2**30


def number(value: float | None, unit: str = "") -> str:
    """A number with as many digits as matter, thousands apart."""
    if value is None:
        return UNKNOWN
    digits = 0 if abs(value) >= 100 or value == int(value) else 1 if abs(value) >= 10 else 2  # noqa: PLR2004
    return f"{value:,.{digits}f} {unit}".rstrip()


def milliseconds(value: float | None) -> str:
    """A latency: four digits at most, and never more than three after the point."""
    if value is None:
        return UNKNOWN
    if math.isinf(value):
        return "none (orders failed)"
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 0.1 else 3  # noqa: PLR2004
    return f"{value:,.{digits}f} ms"


def engine(value: float | None, *, is_beyond: bool) -> str:
    """An engine's percentile: beyond its buckets it may be anything above their last bound."""
    return f"> {milliseconds(value)}" if is_beyond and value is not None else milliseconds(value)


def percentile(value: float | None, orders: int) -> str:
    """A percentile of so many orders: none of them is another thing than none of the percentile."""
    if value is None or not orders:
        return UNKNOWN
    return "none (orders failed)" if math.isinf(value) else milliseconds(value)


def share(value: float | None) -> str:
    """A share as a percentage."""
    if value is None:
        return UNKNOWN
    percent = value * 100
    digits = 0 if percent == round(percent) else 1 if percent >= 1 else 2
    return f"{percent:.{digits}f} %"


def size(value: float | None) -> str:
    """Bytes."""
    if value is None:
        return UNKNOWN
    return f"{value / GIBIBYTE:.1f} GiB" if value >= GIBIBYTE else f"{value / MEBIBYTE:.0f} MiB"


def clock(seconds: float | None) -> str:
    """Seconds since a load began, as minutes and seconds."""
    return UNKNOWN if seconds is None else windows.clock(seconds)


def span(start: float, end: float) -> str:
    """A stretch of a load."""
    return f"{clock(start)} to {clock(end)}"
