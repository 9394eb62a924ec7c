"""The clock of the metrics against this machine's: their points are cut by instants of this one."""

import time

from lab.core.errors import ToolError
from lab.measure.metrics import Metrics

ASKED = 3
"""How often it is asked: the quickest answer tells best."""


def ahead(metrics: Metrics) -> float | None:
    """By how many seconds their clock is ahead, half the way there and back taken out; None if it won't tell."""
    told = []
    for _ in range(ASKED):
        began = time.time()
        try:
            found = metrics.now()
        except ToolError:
            continue
        ended = time.time()
        if found is not None:
            told.append((ended - began, found / 1000 - (began + ended) / 2))
    return min(told)[1] if told else None


def further(one: float | None, other: float | None) -> float | None:
    """The one that is further from zero; None if either is unknown."""
    return None if one is None or other is None else max(one, other, key=abs)
