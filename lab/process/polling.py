"""Asking again and again until all is well: for what can't be watched."""

import time
from collections.abc import Callable
from typing import TypeVar

from lab.process import shell

T = TypeVar("T")


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
