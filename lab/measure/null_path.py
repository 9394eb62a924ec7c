"""The way to the entry without an engine's work: what `/health` takes there at a case's rate."""

import csv
import gzip
import math
import zlib
from dataclasses import dataclass
from pathlib import Path

from lab.core.causes import LOAD_GENERATOR
from lab.core.errors import ToolError
from lab.measure.latency import P99, percentile

SETTLES = 1000.0
"""ms at the begin that p99 leaves out: each virtual user opens its connection then."""


@dataclass(frozen=True, kw_only=True)
class NullPath:
    """The null path's calibration before a load.

    Args:
        p99: ms, exact, after the first second; infinite when that many requests failed, or none was sent.
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
    answers: list[tuple[float, float]] = []
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            try:
                for row in csv.DictReader(file):
                    if row["metric_name"] == "http_req_duration":
                        took = float(row["metric_value"])
                        answers.append((float(row["timestamp"]) - took, took if row["status"] == "200" else math.inf))
            except (EOFError, zlib.error, TypeError, ValueError, KeyError):
                pass  # what is missing at its end lacks in the count of answers
    except OSError as error:
        raise ToolError(
            f"the path's points can't be read: {error}; look at k6.log beside them", cause=LOAD_GENERATOR
        ) from error
    return of(answers, asked=asked)


def of(answers: list[tuple[float, float]], *, asked: int) -> NullPath:
    """The calibration by its requests: when each was sent (epoch ms) and how long it took (ms), infinite if in vain."""
    begin = min((sent for sent, _ in answers), default=0.0)
    settled = sorted(took for sent, took in answers if sent >= begin + SETTLES)
    return NullPath(p99=percentile(settled, P99), asked=asked, answered=sum(math.isfinite(took) for _, took in answers))
