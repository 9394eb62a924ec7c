"""The way to the entry without an engine's work: what `/health` takes there at a case's rate."""

import math
from dataclasses import dataclass
from pathlib import Path

from lab.measure import samples
from lab.measure.latency import P99, percentile

SETTLES = 1000.0
"""ms at the begin that p99 leaves out: each virtual user opens its connection then."""


@dataclass(frozen=True, kw_only=True)
class NullPath:
    """The null path's calibration before a load.

    Args:
        p99: ms from when a request was due, exact, after the first second; infinite when that many failed, or none was
            sent.
        asked: Requests that were to be sent.
        answered: Those that were answered with 200.
        problem: Why there was no calibration; None if there was one.
    """

    p99: float
    asked: int
    answered: int
    problem: str | None = None


def failed(problem: str) -> NullPath:
    """A calibration that came to nothing."""
    return NullPath(p99=math.inf, asked=0, answered=0, problem=problem)


def read(path: Path, *, asked: int) -> NullPath:
    """What k6 recorded of its requests; a file that breaks off gives what is in it.

    Raises:
        ToolError: There is no such file.
    """
    return of([(one.due, one.judged_latency) for one in samples.read_all(path).orders], asked=asked)


def of(answers: list[tuple[float, float]], *, asked: int) -> NullPath:
    """The calibration by its requests: when each was due (epoch ms) and how long it took (ms), infinite if in vain."""
    begin = min((due for due, _ in answers), default=0.0)
    settled = sorted(took for due, took in answers if due >= begin + SETTLES)
    return NullPath(p99=percentile(settled, P99), asked=asked, answered=sum(math.isfinite(took) for _, took in answers))
