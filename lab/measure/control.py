"""The control beside a load: a small stream of requests that goes an order's way to what is not under test."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, pairwise
from pathlib import Path
from statistics import median

from lab.core.figures import count, seconds, share
from lab.core.windows import Window, clock
from lab.measure import samples
from lab.measure.latency import P99, percentile

FOLDER = "control"
"""Where k6 leaves its points, within a case's folder."""
SLOW = 10.0
"""ms that a request of the control waits in a slow spell, at least: 5 % of the objective. On a quiet machine its p99 is
1 to 3 ms, so that a spell is something else than its ordinary course."""
LATE = 10.0
"""ms by which a request is sent late: k6 starts an iteration within 2 ms, so more is its own doing."""
MOST_LATE = 0.2
"""Of the control's requests, at most, that may be late. On two cores that ten other programs used, 3 to 9 % were, and
it is there that it is needed; where more are, its own k6 was starved, and its figures are its own."""
GAP = 3
"""Times what lies between two requests, without one: a spell might lie within it unseen."""
AWAY = 3
"""Requests in a row that failed: the control itself was away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlRequest:
    """A request of the control.

    Args:
        due: When the plan wanted it sent (epoch ms).
        latency: ms from then to its answer, or until it failed.
        late: ms from then until it was sent.
        is_answered: Whether it was.
    """

    due: float
    latency: float
    late: float = 0.0
    is_answered: bool = True

    @property
    def waited(self) -> float:
        """What it tells of its way (ms): from when it was sent; nothing if it failed, for then the control may have."""
        return self.latency - self.late if self.is_answered else 0.0


@dataclass(frozen=True, kw_only=True)
class Spell:
    """A time (epoch ms) in which the control was slow, and the longest that a request of it waited then (ms)."""

    start: float
    end: float
    waited: float


@dataclass(frozen=True, kw_only=True)
class ControlRecording:
    """What was recorded of the control.

    Args:
        requests: In the order of time.
        problem: Why there was no stream, or why it broke off.
    """

    requests: tuple[ControlRequest, ...]
    problem: str | None = None

    @cached_property
    def interval(self) -> float:
        """Ms from one request to the next; 0 where there are no two."""
        dues = [request.due for request in self.requests]
        return median(later - earlier for earlier, later in pairwise(dues)) if len(dues) > 1 else 0.0

    def untrusted(self, load: Window, *, begin: float | None = None) -> str | None:
        """Why it says nothing of this part of a load, which began then (epoch ms) or with it; None if it does."""
        if self.problem:
            return self.problem
        asked = [request for request in self.requests if request.due in load]
        if not asked:
            return "it sent no request during the load"
        since = load.start if begin is None else begin
        return _gap(asked, load, self.interval, since) or _late(asked) or _away(asked, since)

    def waited_at(self, instant: float) -> float:
        """The longest (ms) that a request of it waited in the spells around an instant (epoch ms); 0 outside them."""
        first = bisect_left(self._dues, instant - self._longest)
        last = bisect_right(self._dues, instant + self.interval)
        return max((spell.waited for spell in self._slow[first:last] if spell.end >= instant), default=0.0)

    def spells(self, load: Window) -> tuple[Spell, ...]:
        """The slow spells that touch a load, those that overlap as one."""
        found: list[Spell] = []
        for spell in self._slow:
            if spell.end <= load.start or spell.start >= load.end:
                continue
            if found and spell.start <= found[-1].end:
                last = found.pop()
                spell = Spell(  # noqa: PLW2901 - both as one
                    start=last.start, end=max(last.end, spell.end), waited=max(last.waited, spell.waited)
                )
            found.append(spell)
        return tuple(found)

    def each(self, load: Window) -> tuple[Spell, ...]:
        """The slow spells that touch a load, each by itself: one for each slow request."""
        return tuple(one for one in self._slow if one.end > load.start and one.start < load.end)

    def figures(self, load: Window, *, begin: float | None = None) -> "Control":
        """Its figures during a part of a load, which began then (epoch ms) or with it."""
        asked = [request for request in self.requests if request.due in load]
        waited = sorted(request.latency if request.is_answered else math.inf for request in asked)
        return Control(requests=len(asked), p99=percentile(waited, P99), untrusted=self.untrusted(load, begin=begin))

    @cached_property
    def _slow(self) -> list[Spell]:
        """One for each slow request: from when it was due to its answer, and as long as until the next on either side.

        What made it slow began after the request before it, and ended before the one after it.
        """
        return [
            Spell(start=one.due - self.interval, end=one.due + one.latency + self.interval, waited=one.waited)
            for one in self.requests
            if one.waited > SLOW
        ]

    @cached_property
    def _dues(self) -> list[float]:
        return [spell.start + self.interval for spell in self._slow]

    @cached_property
    def _longest(self) -> float:
        return max((spell.end - spell.start for spell in self._slow), default=0.0)


@dataclass(frozen=True, kw_only=True)
class Control:
    """The control's figures during a load.

    Args:
        requests: How many were due.
        p99: ms from when they were due; infinite when that many failed.
        untrusted: Why it excuses nothing; None if it may.
    """

    requests: int
    p99: float
    untrusted: str | None


def read(path: Path, problem: str | None = None) -> ControlRecording:
    """What k6 recorded of the control's requests.

    Args:
        path: Its points.
        problem: What is known to have gone wrong with it.

    Raises:
        ToolError: The file is missing, or no such file.
    """
    return ControlRecording(
        requests=tuple(
            ControlRequest(due=one.due, latency=one.latency, late=one.late or 0.0, is_answered=one.accepted)
            for one in samples.read_all(path).orders
        ),
        problem=problem,
    )


def _gap(asked: Sequence[ControlRequest], load: Window, interval: float, since: float) -> str | None:
    edges = (load.start, *(request.due for request in asked), load.end)
    first, last = max(pairwise(edges), key=lambda pair: pair[1] - pair[0])
    if last - first <= GAP * interval:
        return None
    return f"it sent no request for {seconds((last - first) / 1000)} from {clock((first - since) / 1000)} on"


def _late(asked: Sequence[ControlRequest]) -> str | None:
    late = sum(request.late > LATE for request in asked) / len(asked)
    return f"{share(late)} of its requests were sent late (limit {share(MOST_LATE)})" if late > MOST_LATE else None


def _away(asked: Sequence[ControlRequest], since: float) -> str | None:
    first, failed = max(_failures(asked), key=lambda run: run[1], default=(0.0, 0))
    if failed < AWAY:
        return None
    return f"{count(failed)} of its requests in a row failed from {clock((first - since) / 1000)} on"


def _failures(asked: Sequence[ControlRequest]) -> Iterator[tuple[float, int]]:
    """Each run of requests that failed: when it began, and how many they were."""
    for is_answered, run in groupby(asked, key=lambda request: request.is_answered):
        if not is_answered:
            first, *more = run
            yield first.due, 1 + len(more)
