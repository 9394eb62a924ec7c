"""How figures are written for people: the same figure is the same text everywhere.

A figure has three digits, or all of its whole part; zeros that end its fraction are dropped, and thousands are set
apart: 1,234 · 56.8 · 1.25 · 0.4. What is not zero is not written as zero, but for counts.
"""

import math
from collections.abc import Callable, Mapping

UNKNOWN = "-"
"""A figure that nobody measured."""
INFINITE = "infinite"
"""A latency that has no end, since so many orders failed; a ratio to one."""
NOT_LIMITED = "not limited"
MILLISECONDS, SHARE, TIMES, PER_MINUTE, ORDERS_PER_MINUTE = "ms", "share", "times", "matches/min", "orders/min"
"""The units that a figure may name."""
MEBIBYTE, GIBIBYTE = 2**20, 2**30
TWICE = 2.0
"""From there on a margin is told as a multiple."""
MOST_DIGITS = 10
"""Beyond the three: what differs by less has the same text."""
LONGEST = 80
"""Characters of a value that a message shows."""
LEAST = 0.001
"""What is nearer to zero is only said to be."""


def number(value: float | None, unit: str = "", *, more: int = 0) -> str:
    """A number with its unit: `1,234 ms`, `0.4 cores`; without one where it is infinite or unknown.

    Args:
        value: The number.
        unit: Of it.
        more: Digits beyond the three.
    """
    if value is None or math.isnan(value):
        return UNKNOWN
    if math.isinf(value):
        return INFINITE if value > 0 else f"-{INFINITE}"
    if 0 < abs(value) < LEAST:
        return f"{'< ' if value > 0 else '> -'}{LEAST} {unit}".rstrip()
    size = abs(value)
    digits = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3  # noqa: PLR2004 - three digits in all
    text = f"{value:,.{digits + more}f}"
    return f"{text.rstrip('0').rstrip('.') if digits + more else text} {unit}".rstrip()


def beside(value: float | None, limit: float, unit: str = "") -> str:
    """A figure that is written beside its limit: with as many more digits as tell the two apart, `200.4 ms`."""
    if value is None or not math.isfinite(value) or value == limit or figure(value, unit) != figure(limit, unit):
        return figure(value, unit)
    scale, name = (100, "%") if unit == SHARE else (1, "" if unit == TIMES else unit)
    longer = (number(value * scale, name, more=more) for more in range(1, MOST_DIGITS))
    return next((text for text in longer if text != figure(limit, unit)), figure(value, unit))


def ms(value: float | None, *, is_beyond: bool = False) -> str:
    """A latency; beyond a histogram's buckets it may be anything above the last one's bound."""
    text = number(value, MILLISECONDS)
    return f"> {text}" if is_beyond and value is not None and math.isfinite(value) else text


def seconds(value: float | None) -> str:
    """A duration."""
    return number(value, "s")


def share(value: float | None) -> str:
    """A share of a whole (0 to 1) as a percentage: `2.5 %`."""
    return number(None if value is None else value * 100, "%")


def count(value: float | None, unit: str = "") -> str:
    """How many there are, rounded to whole ones: the rise of a counter between two scrapes is an estimate."""
    return number(value if value is None or not math.isfinite(value) else round(value), unit)


def counted(value: float, what: str) -> str:
    """How many of something there are, the word in its number: `1 order`, `1,021 orders`."""
    return f"{count(value)} {what}{'' if round(value) == 1 else 's'}"


def size(value: float | None) -> str:
    """Bytes: `512 MiB`, `7.65 GiB`."""
    if value is not None and abs(value) < GIBIBYTE:
        return number(value / MEBIBYTE, "MiB")
    return number(None if value is None else value / GIBIBYTE, "GiB")


def ratio(
    value: float | None, low: float | None = None, high: float | None = None, *, limit: float | None = None
) -> str:
    """How many times as much, with its interval if it has one: `1.25 [0.9, 1.6]`; told apart from its limit."""
    text = number(value) if limit is None else beside(value, limit)
    return text if low is None or high is None else f"{text} [{number(low)}, {number(high)}]"


UNITS: Mapping[str, Callable[[float | None], str]] = {
    MILLISECONDS: ms,
    SHARE: share,
    TIMES: ratio,
}


def figure(value: float | None, unit: str) -> str:
    """A figure in one of the units above; a number in any other."""
    return UNITS[unit](value) if unit in UNITS else number(value, unit)


def interval(low: float | None, high: float | None, unit: str = "") -> str:
    """From where to where: `12.5 to 14 ms`; the unit stands once."""
    first, last = figure(low, unit), figure(high, unit)
    _, space, ending = last.rpartition(" ")
    return f"{first.removesuffix(space + ending) if space else first} to {last}"


def estimate(value: float, low: float, high: float, unit: str, *, limit: float) -> str:
    """A figure with its interval, told apart from its limit: `4 [3.7, 4.9] ms`; alone where it is exact."""
    text = beside(value, limit, unit)
    if low == high == value:
        return text
    first, space, ending = text.rpartition(" ")
    ends = ", ".join(figure(one, unit).removesuffix(f" {unit_of(unit)}") for one in (low, high))
    return f"{first} [{ends}]{space}{ending}" if space else f"{text} [{ends}]"


def unit_of(unit: str) -> str:
    """How a unit is written after a number."""
    return {SHARE: "%", TIMES: ""}.get(unit, unit)


def between(low: float, high: float) -> str:
    """A latency that is known to lie between two bounds of a histogram: `1 to 5 ms`, `> 1,000 ms`."""
    if math.isinf(high):
        return ms(low, is_beyond=math.isfinite(low)) if low else UNKNOWN
    if low == high:
        return ms(low)
    return interval(low, high, MILLISECONDS)


def margin(value: float | None, limit: float, *, is_below: bool) -> str:
    """How far a figure is from its limit: `40 times below`, `12 % above`; unknown if it lies on the other side.

    Args:
        value: The figure; of an interval the end that is nearest to the limit.
        limit: The limit.
        is_below: On which side of the limit the figure lies.
    """
    side, smaller, larger = ("below", value, limit) if is_below else ("above", limit, value)
    if smaller is None or larger is None or smaller < 0 or smaller > larger:
        return UNKNOWN
    if smaller == larger:
        return "at the limit"
    times = larger / smaller if smaller else math.inf
    if math.isinf(times):
        return f"far {side}"
    return f"{number(times)} times {side}" if times >= TWICE else f"{share(larger / limit - smaller / limit)} {side}"


def change(value: float | None, unit: str = "") -> str:
    """A difference with its sign; that of two shares in percentage points: `+0.5 points`."""
    if value is None or math.isnan(value):
        return UNKNOWN
    size = abs(value) * 100 if unit == SHARE else abs(value)
    sign = "±" if size < LEAST else "+" if value > 0 else "-"
    size = 0.0 if size < LEAST else size
    return f"{sign}{number(size, 'points') if unit == SHARE else figure(size, unit)}"


def clock(value: float | None) -> str:
    """Seconds since a load began, as minutes and seconds: `2:05`."""
    if value is None:
        return UNKNOWN
    sign, whole = ("-" if value < 0 else ""), round(abs(value))
    return f"{sign}{whole // 60}:{whole % 60:02}"


def span(start: float, end: float) -> str:
    """A stretch of a load: `1:00 to 2:05`."""
    return f"{clock(start)} to {clock(end)}"


def duration(value: int) -> str:
    """Whole seconds as the settings write them: `5m30s`."""
    minutes, rest = divmod(value, 60)
    return (f"{minutes}m" if minutes else "") + (f"{rest}s" if rest or not minutes else "")


def shortened(text: str) -> str:
    """A text that fits into a message: what is too long breaks off."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
