"""Draws what a whole is made of: one bar a row, its parts side by side, as inline SVG."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from lab.present import scale, svg
from lab.present.scale import Scale

ROW, BAR = 30.0, 18.0
BOTTOM = 24.0


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A row: its name and its parts, each with a value, a CSS class, and what is told of it when pointed at."""

    label: str
    parts: tuple[tuple[float, str, str], ...]


def draw(title: str, description: str, bars: Sequence[Bar], *, width: float, format_: Callable[[float], str]) -> Markup:
    """The bars on one axis from 0."""
    left = 8.0 + 7.0 * max(len(bar.label) for bar in bars)
    longest = max(sum(value for value, _, _ in bar.parts) for bar in bars)
    across = scale.values([longest], start=left, end=width - 28.0, may_be_log=False)
    height = ROW * len(bars) + BOTTOM
    return svg.tag(
        "svg",
        *_axis(across, ROW * len(bars), format_),
        *(part for row, bar in enumerate(bars) for part in _bar(bar, across, row * ROW)),
        role="img",
        aria_label=f"{title}. {description}",
        viewBox=f"0 0 {width:g} {height:g}",
    )


def _axis(across: Scale, bottom: float, format_: Callable[[float], str]) -> list[Markup]:
    parts = []
    for value in scale.ticks(across, 4):
        x = across(value)
        parts.append(svg.tag("line", class_="grid", x1=x, x2=x, y1=0.0, y2=bottom))
        parts.append(svg.tag("text", format_(value), class_="tick", x=x, y=bottom + 16, text_anchor="middle"))
    return parts


def _bar(bar: Bar, across: Scale, top: float) -> list[Markup]:
    parts = [svg.tag("text", bar.label, class_="tick", x=across.start - 6, y=top + ROW / 2 + 4, text_anchor="end")]
    total = 0.0
    for value, style, told in bar.parts:
        x, total = across(total), total + value
        box = {"x": x, "y": top + (ROW - BAR) / 2, "width": max(across(total) - x, 0.3), "height": BAR}
        parts.append(svg.tag("rect", svg.tag("title", told), class_=f"part {style}", **box))
    return parts
