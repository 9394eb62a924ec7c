"""A plot as a page shows it: drawn for a wide and for a narrow screen, with what it shows as a table below."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from lab.present.plot import Plot, Size, draw

WIDE = Size(width=920.0, height=270.0)
NARROW = Size(width=372.0, height=240.0, left=52.0, right=66.0)
HALF = Size(width=440.0, height=170.0, left=53.0, right=24.0)
THIRD = Size(width=306.0, height=150.0, left=53.0, right=22.0)
"""One of two or three beside each other; on a narrow screen below each other."""

Row = Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of texts: the first column names the row."""

    head: Row
    rows: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A plot, drawn.

    Args:
        title: What it shows.
        caption: How to read it.
        wide: For a wide screen, and for paper.
        narrow: For a narrow screen; None if `wide` will do.
        table: Its figures.
        legend: CSS class and name of what is told apart by colour alone.
    """

    title: str
    caption: str
    wide: Markup
    narrow: Markup | None
    table: Table
    legend: tuple[tuple[str, str], ...] = ()


def large(plot: Plot, caption: str, table: Table) -> Figure:
    """A figure as wide as the page."""
    return Figure(title=plot.title, caption=caption, wide=draw(plot, WIDE), narrow=draw(plot, NARROW), table=table)


def small(plot: Plot, size: Size, table: Table, caption: str = "") -> Figure:
    """A figure beside others."""
    return Figure(title=plot.title, caption=caption, wide=draw(plot, size), narrow=None, table=table)
