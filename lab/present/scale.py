"""Axes: where a value lies in a plot, and at which round values to put its ticks."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

STEPS = (1.0, 2.0, 5.0)
TIMES = (1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
"""Seconds between two ticks of a time axis: what a clock is divided by."""
WIDE = 8.0
"""A range of values whose ends differ by more than this factor is shown on a logarithmic axis."""
LEAST, MOST = 1e-9, 1e15
"""Outside them a value is nothing that was measured: it counts as 0, or as infinite."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """A line from `low` and `high` to the two pixels `start` and `end`."""

    low: float
    high: float
    start: float
    end: float
    is_log: bool = False

    def __call__(self, value: float) -> float:
        """The pixel of a value; values beyond an end lie on it."""
        low, high, value = self.low, self.high, min(max(value, self.low), self.high)
        if self.is_log:
            low, high, value = math.log10(low), math.log10(high), math.log10(value)
        return self.start + (value - low) / (high - low) * (self.end - self.start)


def values(known: Iterable[float], *, start: float, end: float, may_be_log: bool) -> Scale:
    """The scale of a plot's values, to a round end.

    It is logarithmic if it may be, all are above 0 and they lie far apart; else it begins at 0.
    """
    some = [value for value in known if value < MOST]
    positive = [value for value in some if value > LEAST]
    high = max(positive, default=1.0)
    low = min(positive, default=1.0)
    if may_be_log and len(positive) == len(some) and high > low * WIDE:
        return Scale(low=_round_down(low), high=_round_up(high * 1.05), start=start, end=end, is_log=True)
    step = nice(high * 1.05, 4)
    return Scale(low=0.0, high=math.ceil(high * 1.05 / step) * step, start=start, end=end)


def nice(length: float, wanted: int) -> float:
    """A round step that divides a length in about so many parts, at most."""
    rough = length / wanted
    power = 10.0 ** math.floor(math.log10(rough))
    return next(step * power for step in (*STEPS, 10.0) if step * power >= rough * (1 - 1e-9))


def ticks(scale: Scale, wanted: int = 5) -> tuple[float, ...]:
    """Round values on a scale: a logarithmic one has 1, 2 and 5 of each decade, or fewer where there are many."""
    if not scale.is_log:
        step = nice(scale.high - scale.low, wanted)
        return tuple(scale.low + n * step for n in range(round((scale.high - scale.low) / step) + 1))
    found = _decades(scale, STEPS)
    for steps in ((1.0, 3.0), (1.0,)):
        if len(found) > wanted + 2:
            found = _decades(scale, steps)
    return found[:: math.ceil(len(found) / (wanted + 2))]


def times(seconds: float, wanted: int) -> tuple[float, ...]:
    """Ticks of a time axis from 0 to its end."""
    step = next((one for one in TIMES if seconds / one <= wanted), TIMES[-1] * math.ceil(seconds / TIMES[-1] / wanted))
    return tuple(n * step for n in range(int(seconds / step + 1e-9) + 1))


def spread(places: Sequence[float], least: float, low: float, high: float) -> tuple[float, ...]:
    """Places moved apart so that no two are nearer than `least`, in the same order, between two ends if they fit."""
    order = sorted(range(len(places)), key=lambda n: places[n])
    moved: list[float] = []
    for n in order:
        moved.append(max(places[n], moved[-1] + least if moved else low))
    edge = high
    for index in reversed(range(len(moved))):
        moved[index] = min(moved[index], edge)
        edge = moved[index] - least
    return tuple(moved[order.index(n)] for n in range(len(places)))


def _decades(scale: Scale, steps: Sequence[float]) -> tuple[float, ...]:
    first, last = math.floor(math.log10(scale.low)), math.ceil(math.log10(scale.high))
    found = (step * 10.0**power for power in range(first, last + 1) for step in steps)
    return tuple(one for one in found if scale.low * (1 - 1e-9) <= one <= scale.high * (1 + 1e-9))


def _round_down(value: float) -> float:
    power = 10.0 ** math.floor(math.log10(value))
    return max(step * power for step in STEPS if step * power <= value * (1 + 1e-9))


def _round_up(value: float) -> float:
    power = 10.0 ** math.floor(math.log10(value))
    return min(step * power for step in (*STEPS, 10.0) if step * power >= value * (1 - 1e-9))
