"""Asking again and again: until all is well, for what can't be watched; and after a failure that need not last."""

import time
from collections.abc import Callable
from typing import TypeVar

from lab.core.errors import ToolError
from lab.process import shell

T = TypeVar("T")
TRIES = 3
"""Times that is asked what need not fail: one connection that breaks is no reason to lose a case of minutes."""
BETWEEN = 1.0
"""Seconds between two of them."""


def until_none(problem: Callable[[], T], *, deadline: float, pause: float) -> T:
    """Ask what is wrong until nothing is, or the deadline has passed; the last answer, which is falsy when all is well.

    Args:
        problem: Says what is wrong.
        deadline: Seconds for all of it; it is asked once at least.
        pause: Seconds between two checks.

    Raises:
        InterruptedLabError: The lab is being stopped, or waits are to end.
    """
    end = time.monotonic() + deadline
    while (found := problem()) and time.monotonic() <= end:
        shell.require_going()
        time.sleep(pause)
    return found


def insistently(ask: Callable[[], T]) -> T:
    """The answer to what changes nothing when it is asked again: at the third time it is what it is.

    Raises:
        ToolError: It failed each time; what is raised is the last failure.
        InterruptedLabError: The lab is being stopped.
    """
    for _ in range(TRIES - 1):
        try:
            return ask()
        except ToolError:
            shell.require_going()
            time.sleep(BETWEEN)
    return ask()
