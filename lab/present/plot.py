"""Draws values over time or another axis as inline SVG: lines, limits, shaded stretches; on hover the figures."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from lab.core.figures import clock, ms, seconds
from lab.present import scale, svg
from lab.present.scale import Scale

TEXT = 12.0
"""Pixels of a label's height; lines of labels are 14 apart."""
ROW = 14.0
LETTER = 7.2
"""Pixels of a label's letter, on the average and rather more."""

PLACES = 5
"""Along its line where a limit's label may stand: the first from the right that no line comes near, or the best."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line through points of time (s) and value; None breaks it, an infinite value is marked at the top.

    `style` is its CSS class.
    """

    label: str
    points: tuple[tuple[float, float | None], ...]
    style: str


@dataclass(frozen=True, kw_only=True)
class Band:
    """A shaded stretch of time (s), and what it is."""

    label: str
    start: float
    end: float
    style: str


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A value that is not to be crossed."""

    label: str
    value: float


@dataclass(frozen=True, kw_only=True)
class Tip:
    """What is told of a stretch of time (s) when it is pointed at."""

    start: float
    end: float
    text: str


@dataclass(frozen=True, kw_only=True)
class Size:
    """Pixels of a plot, and of its margins."""

    width: float
    height: float
    left: float = 52.0
    right: float = 64.0
    top: float = 22.0
    bottom: float = 26.0


@dataclass(frozen=True, kw_only=True)
class Plot:
    """What is drawn; `seconds` is the time axis' end, `most` a value that the other axis is to reach.

    With `ticks`, places and their names, the axis is of something else than time.
    """

    title: str
    description: str
    seconds: float
    lines: tuple[Line, ...]
    limits: tuple[Limit, ...] = ()
    bands: tuple[Band, ...] = ()
    marks: tuple[tuple[float, str], ...] = ()
    tips: tuple[Tip, ...] = ()
    ticks: tuple[tuple[float, str], ...] = ()
    may_be_log: bool = False
    most: float | None = None
    format: Callable[[float], str]

    def __bool__(self) -> bool:
        """Whether there is any value to draw."""
        return any(value is not None for line in self.lines for _, value in line.points)


def draw(plot: Plot, size: Size) -> Markup:
    """The plot as an `svg` element that screen readers take for an image with a name and a description."""
    across = Scale(low=0.0, high=max(plot.seconds, 1.0), start=size.left, end=size.width - size.right)
    known = [value for line in plot.lines for _, value in line.points if value is not None]
    known += [limit.value for limit in plot.limits] + ([plot.most] if plot.most is not None else [])
    up = scale.values(known, start=size.height - size.bottom, end=size.top, may_be_log=plot.may_be_log)
    return svg.tag(
        "svg",
        *_bands(plot, across, size),
        *_captions(plot, across, size),
        *_axes(plot, across, up, size),
        *(part for line in plot.lines for part in _line(line, across, up)),
        *(_limit(limit, plot.lines, across, up) for limit in plot.limits),
        *_labels(plot.lines, across, up, size),
        *(_tip(tip, across, size) for tip in plot.tips),
        role="img",
        aria_label=f"{plot.title}. {plot.description}",
        viewBox=f"0 0 {size.width:g} {size.height:g}",
    )


def axis_ms(value: float) -> str:
    """A latency at an axis, in seconds from one on: five digits and a unit are wider than the margin."""
    return ms(value) if value < 1000 else seconds(value / 1000)  # noqa: PLR2004 - ms in a second


def _bands(plot: Plot, across: Scale, size: Size) -> list[Markup]:
    parts = []
    for band in plot.bands:
        left, right = across(band.start), across(band.end)
        height = size.height - size.top - size.bottom
        parts.append(
            svg.tag("rect", class_=band.style, x=left, y=size.top, width=max(right - left, 0.0), height=height)
        )
    return parts


def _captions(plot: Plot, across: Scale, size: Size) -> list[Markup]:
    """What the bands and marks are, above them; one that would stand in another is left out."""
    named = [(band.start, band.label) for band in plot.bands if band.label] + list(plot.marks)
    parts, free = [], 0.0
    for at, label in sorted(named):
        x = across(at) + 3
        if x >= free:
            parts.append(svg.tag("text", label, class_="band", x=x, y=size.top - 7))
            free = x + len(label) * LETTER
    return parts


def _axes(plot: Plot, across: Scale, up: Scale, size: Size) -> list[Markup]:
    parts = []
    for value in scale.ticks(up, 3 if size.height < 160 else 5):  # noqa: PLR2004 - pixels of a small one
        y = up(value)
        parts.append(svg.tag("line", class_="grid", x1=across.start, x2=across.end, y1=y, y2=y))
        parts.append(svg.tag("text", plot.format(value), class_="tick", x=across.start - 6, y=y + 4, text_anchor="end"))
    for at, name in plot.ticks or _times(plot, across):
        x = across(at)
        parts.append(svg.tag("line", class_="axis", x1=x, x2=x, y1=up.start, y2=up.start + 4))
        parts.append(svg.tag("text", name, class_="tick", x=x, y=up.start + 17, text_anchor="middle"))
    marks = (across(seconds) for seconds, _ in plot.marks)
    parts += [svg.tag("line", class_="mark", x1=x, x2=x, y1=size.top, y2=up.start) for x in marks]
    return [*parts, svg.tag("line", class_="axis", x1=across.start, x2=across.end, y1=up.start, y2=up.start)]


def _times(plot: Plot, across: Scale) -> list[tuple[float, str]]:
    wanted = max(3, int((across.end - across.start) / 70))
    return [(at, clock(at)) for at in scale.times(plot.seconds, wanted)]


def _limit(limit: Limit, lines: Sequence[Line], across: Scale, up: Scale) -> Markup:
    y, length = up(limit.value), len(limit.label) * LETTER
    free = across.end - across.start - length
    places = [across.start + free * n / (PLACES - 1) for n in reversed(range(PLACES))]
    left = max(places, key=lambda place: min(_room(lines, across, up, (place, place + length, y - TEXT / 2)), ROW))
    return svg.tag(
        "g",
        svg.tag("line", x1=across.start, x2=across.end, y1=y, y2=y),
        svg.tag("text", limit.label, x=left, y=y - 5),
        class_="limit",
    )


def _room(lines: Sequence[Line], across: Scale, up: Scale, place: tuple[float, float, float]) -> float:
    """How far every line stays away from a label: its left, its right, and its middle's height."""
    left, right, y = place
    near = (
        abs(up(value) - y)
        for line in lines
        for at, value in line.points
        if value is not None and left <= across(at) <= right
    )
    return min(near, default=math.inf)


def _line(line: Line, across: Scale, up: Scale) -> list[Markup]:
    parts = []
    for is_known, some in groupby(line.points, key=lambda point: point[1] is not None and math.isfinite(point[1])):
        points = [(across(x), up(y)) for x, y in some if y is not None and math.isfinite(y)]
        if is_known and len(points) == 1:
            parts.append(svg.tag("circle", class_=f"{line.style} dot", cx=points[0][0], cy=points[0][1], r=2.5))
        elif is_known:
            parts.append(svg.tag("path", class_=line.style, d=svg.path(points)))
    infinite = [across(x) for x, y in line.points if y is not None and math.isinf(y)]
    return parts + [svg.tag("path", class_="infinite", d=_arrow(x, up.end)) for x in infinite]


def _arrow(x: float, y: float) -> str:
    return f"M{x - 4:.1f},{y + 8:.1f}L{x:.1f},{y:.1f}L{x + 4:.1f},{y + 8:.1f}Z"


def _labels(lines: Sequence[Line], across: Scale, up: Scale, size: Size) -> list[Markup]:
    """Each line's name at its end, in its colour, moved apart where the ends are near each other."""
    ends = [(line, y) for line in lines if line.label and (y := _end(line, up)) is not None]
    places = scale.spread([y for _, y in ends], ROW, up.end, size.height - size.bottom)
    return [
        svg.tag("text", line.label, class_=f"name {line.style}", x=across.end + 6, y=y + 4)
        for (line, _), y in zip(ends, places, strict=True)
    ]


def _end(line: Line, up: Scale) -> float | None:
    return next((up(y) for _, y in reversed(line.points) if y is not None and math.isfinite(y)), None)


def _tip(tip: Tip, across: Scale, size: Size) -> Markup:
    left, right = across(tip.start), across(tip.end)
    height = size.height - size.top - size.bottom
    return svg.tag(
        "rect",
        svg.tag("title", tip.text),
        class_="tip",
        x=left,
        y=size.top,
        width=max(right - left, 0.5),
        height=height,
    )
