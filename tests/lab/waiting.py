"""Waiting for what other processes and threads do, on a machine that may be busy with something else."""

import time
from collections.abc import Callable

SOON = 30.0
"""Seconds for what takes a moment."""


def wait_until(is_so: Callable[[], object], *, deadline: float = SOON) -> None:
    """Fails after the deadline (seconds)."""
    ends = time.monotonic() + deadline
    while not is_so():
        assert time.monotonic() < ends, f"not so after {deadline:g} s"
        time.sleep(0.01)
