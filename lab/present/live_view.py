"""Opens a view that is drawn anew in its place, where there is a terminal that can."""

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live


def opened(console: "Console", **how: Any) -> "Live | None":
    """A live view that has begun, made as rich has it; None where lines have to do."""
    if not console.is_terminal or os.environ.get("TERM") == "dumb":
        return None
    from rich.live import Live  # noqa: PLC0415 - 40 ms that `invoke --list` need not pay

    live = Live(console=console, **how)
    live.start()
    return live
