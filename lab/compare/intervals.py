"""Draws each figure of a case before and after, with its noise, on one axis as inline SVG."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from lab.core.figures import ms
from lab.present import scale, svg
from lab.present.scale import Scale

ROW, GAP = 40.0, 6.5
"""Pixels of a figure's row, and from its middle to each of its two intervals."""
TOP, BOTTOM = 6.0, 26.0
LETTER = 7.2
BEFORE, AFTER = "before", "after"


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A figure and its noise, in ms; infinite ends are drawn up to the edge."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A figure before and after, what is told of it when pointed at, and whether it is to be seen at once."""

    label: str
    before: Interval
    after: Interval
    told: str


def draw(title: str, pairs: Sequence[Pair], *, width: float) -> Markup:
    """The figures below each other, each with two intervals: before above, after below."""
    left = 14.0 + LETTER * max(len(one.label) for one in pairs)
    bottom = TOP + ROW * len(pairs)
    known = [end for one in pairs for some in (one.before, one.after) for end in (some.low, some.value, some.high)]
    positive = [one for one in known if 0 < one < math.inf]
    across = scale.values(positive, start=left, end=width - 30.0, may_be_log=True)
    return svg.tag(
        "svg",
        *_axis(across, bottom, width),
        *(part for place, one in enumerate(pairs) for part in _row(one, across, TOP + ROW * (place + 0.5))),
        role="img",
        aria_label=f"{title}. {'; '.join(one.told for one in pairs)}",
        viewBox=f"0 0 {width:g} {bottom + BOTTOM:g}",
    )


def _axis(across: Scale, bottom: float, width: float) -> list[Markup]:
    parts = []
    for value in scale.ticks(across, max(2, int(width / 130))):
        x = across(value)
        parts.append(svg.tag("line", class_="grid", x1=x, x2=x, y1=TOP, y2=bottom))
        parts.append(svg.tag("text", ms(value), class_="tick", x=x, y=bottom + 17, text_anchor="middle"))
    return parts


def _row(pair: Pair, across: Scale, middle: float) -> list[Markup]:
    box = {"x": 0.0, "y": middle - ROW / 2, "width": across.end + 30.0, "height": ROW}
    return [
        svg.tag("text", pair.label, class_="tick", x=across.start - 10, y=middle + 4, text_anchor="end"),
        *_interval(pair.before, across, middle - GAP, BEFORE),
        *_interval(pair.after, across, middle + GAP, AFTER),
        svg.tag("rect", svg.tag("title", pair.told), class_="tip", **box),
    ]


def _interval(one: Interval, across: Scale, y: float, style: str) -> list[Markup]:
    low, high, at = (across(min(max(end, across.low), across.high)) for end in (one.low, one.high, one.value))
    line = svg.tag("line", class_=f"span {style}", x1=low, x2=max(high, low + 1), y1=y, y2=y)
    return [line, svg.tag("circle", class_=f"at {style}", cx=at, cy=y, r=4.5)]
