"""The stretches of time in which a case is measured; instants are epoch milliseconds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

WHOLE, BEFORE, DURING, AFTER = "whole", "before", "during", "after"
"""The names of the judged windows: all after the warm-up, and the three that a fault makes of it."""
OUTAGE = "outage"
"""All of a fault: from when the broker was asked to go until it was back, in which `during` lies."""
STAGE = "stage"
"""How the windows of a ramp are named, with a number from 1 on."""

SLICE = 60.0
"""Seconds of a slice: rates are shown by the minute."""
LEAST_SLICES = 3
"""Slices of a load that is too short for minutes: enough to see a rate fall."""


@dataclass(frozen=True, kw_only=True)
class Window:
    """A stretch of time, its end not in it; what happens at `start` is."""

    name: str
    start: float
    end: float

    @property
    def seconds(self) -> float:
        """How long it is; 0 for a window that would end before it starts."""
        return max(0.0, self.end - self.start) / 1000

    def __contains__(self, instant: float) -> bool:
        """Whether the instant lies in it."""
        return self.start <= instant < self.end


@dataclass(frozen=True, kw_only=True)
class Outage:
    """When a fault was under way: asked for, in force, its end asked for, and over."""

    began: float
    in_force: float
    ending: float
    over: float


def load_window(start: float, seconds: float) -> Window:
    """The load proper: from its first order for as long as the case lasts."""
    return Window(name="load", start=start, end=start + seconds * 1000)


def judged(
    load: Window, *, warmup: float, outage: Outage | None = None, stages: Sequence[float] = ()
) -> tuple[Window, ...]:
    """The windows that are judged: the load without its warm-up, and the parts that an outage or a ramp makes of it.

    Args:
        load: The load proper.
        warmup: Seconds at its start.
        outage: When the broker was away. `during` is when it surely was; `outage` has its going and its coming too, in
            which it may hurt most.
        stages: How long each stage of a ramp lasts (s).
    """
    start = load.start + warmup * 1000
    whole = Window(name=WHOLE, start=start, end=load.end)
    if outage is None:
        return (whole, *_stages(whole, load.start, stages))
    return (
        whole,
        Window(name=BEFORE, start=start, end=outage.began),
        Window(name=DURING, start=outage.in_force, end=min(outage.ending, load.end)),
        Window(name=OUTAGE, start=outage.began, end=min(outage.over, load.end)),
        Window(name=AFTER, start=outage.over, end=load.end),
    )


def _stages(whole: Window, start: float, stages: Sequence[float]) -> Iterator[Window]:
    """A stage's window each, but for what the warm-up takes of it."""
    for number, (left, right) in enumerate(pairwise(accumulate(stages, initial=0.0)), start=1):
        begins = max(whole.start, start + left * 1000)
        if begins < start + right * 1000:
            yield Window(name=f"{STAGE} {number}", start=begins, end=start + right * 1000)


def slices(load: Window) -> tuple[Window, ...]:
    """The load by the minute, or in thirds when it is shorter than three minutes; a rest under 20 s is left out."""
    count = int((load.seconds + SLICE * 2 / 3) // SLICE)
    length = SLICE if count >= LEAST_SLICES else load.seconds / LEAST_SLICES
    edges = [load.start + number * length * 1000 for number in range(max(count, LEAST_SLICES))]
    edges.append(min(edges[-1] + length * 1000, load.end))
    return tuple(Window(name=str(n), start=a, end=b) for n, (a, b) in enumerate(pairwise(edges), start=1))


def clock(seconds: float) -> str:
    """Seconds since a load began, as minutes and seconds: 2:05."""
    sign, whole = ("-" if seconds < 0 else ""), round(abs(seconds))
    return f"{sign}{whole // 60}:{whole % 60:02}"
