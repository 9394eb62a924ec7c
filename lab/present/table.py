"""Rows of what stands, as a table for people: coloured on a terminal, aligned text elsewhere."""

from collections.abc import Iterable
from dataclasses import dataclass

from lab.present.console import wide_console

MARKS = {True: ("✓", "green"), False: ("✗", "red"), None: ("!", "yellow")}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One thing of the lab: how it stands, and more words to it. `ok` is None for what may be absent."""

    thing: str
    state: str
    note: str = ""
    ok: bool | None = True


def show(rows: Iterable[Row]) -> None:
    """Print the rows."""
    from rich.table import Table  # noqa: PLC0415 - 40 ms that other commands need not pay
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, show_header=False, pad_edge=False)
    for row in rows:
        mark, style = MARKS[row.ok]
        table.add_row(Text(mark, style=style), row.thing, Text(row.state), Text(row.note, style="dim"))
    wide_console().print(table)
