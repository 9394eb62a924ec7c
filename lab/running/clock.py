"""Prometheus' clock against this machine's: its points are cut by instants of this one."""

import time

from lab.errors import ToolError
from lab.measure.prometheus import Prometheus

ASKED = 3
"""How often it is asked: the quickest answer tells best."""


def ahead(prometheus: Prometheus) -> float | None:
    """By how many seconds Prometheus' clock is ahead, half the way there and back taken out; None if it won't tell."""
    told = []
    for _ in range(ASKED):
        began = time.time()
        try:
            found = prometheus.query("vector(time())")
        except ToolError:
            return None
        ended = time.time()
        if found:
            told.append((ended - began, found[0].points[-1][1] - (began + ended) / 2))
    return min(told)[1] if told else None


def further(one: float | None, other: float | None) -> float | None:
    """The one that is further from zero; None if either is unknown."""
    return None if one is None or other is None else max(one, other, key=abs)
