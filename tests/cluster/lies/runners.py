"""The lab, with a second runner that comes late and a third whose clock is ahead: `runners.py TASK ...`.

Lies told where runners are released and where their clocks are read: the stand's nodes have one clock.
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from lab import invoked
from lab.run import k6_api
from lab.run.pod_looks import PodLooks

SECONDS = 3.0
"""One more than runners are released ahead of the load, and three times what clocks may be apart."""

take, hand_over, release = PodLooks.take, k6_api.hand_over, k6_api.release
apis: list[str] = []


def taken(looks: PodLooks, line: str, *, now: float) -> None:
    """Read the clock of the third, whose index in its Job is 2, as ahead."""
    take(looks, line, now=now - SECONDS if "-2-" in looks._pod else now)


def handed_over(api: str, data: object) -> None:
    """Take note of the runners' order."""
    apis.append(api)
    hand_over(api, data)


def released(api: str) -> None:
    """Release the second after the others."""
    time.sleep(SECONDS if api == apis[1] else 0.0)
    release(api)


PodLooks.take = taken  # type: ignore[assignment, method-assign]
k6_api.hand_over, k6_api.release = handed_over, released
invoked.main()
