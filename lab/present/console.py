"""The terminal that tables and lines are written to: what is written there is text, brackets and all."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

PLAIN_WIDTH = 300
"""Columns where nobody looks on: no line of a table is wrapped then."""


def console(**how: Any) -> "Console":
    """Rich's console without its markup: a title `[red]` or `[/old]` is a title.

    Args:
        how: What else rich's own takes.
    """
    from rich.console import Console  # noqa: PLC0415 - 40 ms that `invoke --list` need not pay

    return Console(highlight=False, markup=False, emoji=False, **how)


def wide_console() -> "Console":
    """The same for tables: as wide as the terminal, or wide enough for every table where there is none."""
    found = console()
    return found if found.is_terminal else console(width=PLAIN_WIDTH)
