"""k6's own points (`--out csv`), read once: each request with its parts, each iteration, and what was dropped.

Several runners of one load leave a file each, and their points together are the load's.
"""

import csv
import gzip
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from sys import intern
from typing import TextIO

from lab.core.causes import LOAD_GENERATOR
from lab.core.errors import ToolError

MICROSECONDS = 1e14
"""An instant above is in µs (`unix_micro`), one below in ms (`unix_milli`): as ms it would be in the year 5138."""
ACCEPTED = "order is accepted"
"""The check of our scripts on an answer's body, which k6 keeps nowhere: a 200 may say REJECTED."""


@dataclass(slots=True, kw_only=True)
class Request:
    """An HTTP request; times in ms.

    Args:
        answered: When its answer had come, or it had failed (epoch ms).
        service: Sending, waiting and receiving together (`http_req_duration`).
        method: POST, …
        group: Of k6: `::setup`, …
        address: Its URL; the name that the script gave it in its place, if it did.
        status: Of its answer; empty where the script leaves out that tag.
        is_expected: Whether k6 takes the answer for a success.
        scenario: Of k6; empty in setup and teardown.
        tags: Those that k6 has no column for.
        index: What the script says that its number is (`i`); None if it doesn't.
        due: When it says that it was due; None likewise.
        runner: Which of several files it is in, from 0.
        is_rejected: Whether a failed check of its answer follows it that doesn't say by `i` whose it is.
        blocked: From being sent to having a connection: waiting for a free one, or opening one with TLS. k6 has
            connecting and TLS as figures of their own, too, and they lie within this one.
        connecting: Opening the connection; 0 where one stood.
    """

    answered: float
    service: float
    method: str
    group: str
    address: str
    status: str
    is_expected: bool
    scenario: str
    tags: str
    index: str | None = None
    due: str | None = None
    runner: int = 0
    is_rejected: bool = False
    blocked: float = 0.0
    connecting: float = 0.0

    @property
    def has_connected(self) -> bool:
        """Whether it got a connection: k6 has no times at all of one that didn't."""
        return self.blocked > 0 or self.service > 0

    @property
    def sent(self) -> float:
        """When it was sent (epoch ms), which of one without a connection nobody knows: then when it failed."""
        return self.answered - self.blocked - self.service

    @property
    def is_ok(self) -> bool:
        """Whether the answer is 200."""
        return self.status == "200" if self.status else self.is_expected


@dataclass(frozen=True, slots=True)
class Iteration:
    """A run of a script's function: its scenario, when it began and ended (epoch ms), and its `i` if it has one."""

    scenario: str
    began: float
    ended: float
    index: str | None


@dataclass(kw_only=True)
class Points:
    """What the files of a load have.

    Args:
        requests: Of one file after the other, each in the order in which they were answered, as far as k6 keeps it.
        iterations: Those that ended by themselves.
        rejected: The `i` of each order whose answer did not say that it was accepted.
        dropped: Iterations that k6 couldn't start.
        truncated: Whether a file breaks off.
    """

    requests: list[Request] = field(default_factory=list)
    iterations: list[Iteration] = field(default_factory=list)
    rejected: set[str] = field(default_factory=set)
    dropped: float = 0.0
    truncated: bool = False


def read(*paths: Path) -> Points:
    """Read files, compressed or not, instants in ms or µs; one that breaks off (k6 was killed) gives what is in it.

    One of several may be missing: a runner whose machine is gone leaves none.

    Raises:
        ToolError: The only file is missing, or one is no such file.
    """
    points = Points()
    for runner, path in enumerate(paths):
        if len(paths) > 1 and not path.exists():
            points.truncated = True
            continue
        _add(path, points, runner)
    return points


def _add(path: Path, points: Points, runner: int) -> None:
    try:
        with _open(path) as file:
            rows = csv.reader(file)
            columns = next(rows, [])
            if not {"metric_name", "timestamp", "metric_value"} <= set(columns):
                raise ToolError(f"{path} has none of k6's columns; look at k6.log beside it", cause=LOAD_GENERATOR)
            try:
                _Reader(columns, points, runner).read(rows)
            except (EOFError, zlib.error, IndexError, ValueError, csv.Error):
                points.truncated = True
    except (EOFError, zlib.error, csv.Error):
        points.truncated = True
    except OSError as error:
        raise ToolError(
            f"k6's points can't be read: {error}; look at k6.log beside them", cause=LOAD_GENERATOR
        ) from error


def _open(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", errors="replace", newline="")
    return path.open(encoding="utf-8", errors="replace", newline="")


class _Reader:
    """Adds rows to points. k6 writes all rows of a request one after the other, `http_req_duration` first."""

    def __init__(self, columns: Sequence[str], points: Points, runner: int) -> None:
        self._points = points
        self._runner = runner
        self._posted: Request | None = None
        self._at = {name: place for place, name in enumerate(columns)}
        self._metric, self._timestamp, self._value = (
            self._at[name] for name in ("metric_name", "timestamp", "metric_value")
        )

    def read(self, rows: Iterable[list[str]]) -> None:
        points, metric, timestamp, value = self._points, self._metric, self._timestamp, self._value
        request, stamped = None, ""
        for row in rows:
            match row[metric]:
                case "http_req_duration":
                    request, stamped = self._request(row), row[timestamp]
                    points.requests.append(request)
                    if request.method == "POST":
                        self._posted = request
                case "http_req_blocked" if request and row[timestamp] == stamped:
                    request.blocked = float(row[value])
                case "http_req_connecting" if request and row[timestamp] == stamped:
                    request.connecting = float(row[value])
                case "iteration_duration":
                    points.iterations.append(self._iteration(row))
                case "checks" if self._cell(row, "check") == ACCEPTED and not float(row[value]):
                    self._reject(_metadata(row, self._at.get("metadata")).get("i"))
                case "dropped_iterations":
                    points.dropped += float(row[value])

    def _reject(self, index: str | None) -> None:
        """Take a failed check for its order's: by its number, else the last POST's, which is checked at once."""
        if index is not None:
            self._points.rejected.add(index)
        elif self._posted is not None:
            self._posted.is_rejected = True

    def _request(self, row: list[str]) -> Request:
        said = _metadata(row, self._at.get("metadata"))
        return Request(
            answered=_instant(row[self._timestamp]),
            service=float(row[self._value]),
            method=self._cell(row, "method"),
            group=self._cell(row, "group"),
            address=self._cell(row, "url") or self._cell(row, "name"),
            status=self._cell(row, "status"),
            is_expected=self._cell(row, "expected_response") == "true",
            scenario=self._cell(row, "scenario"),
            tags=self._cell(row, "extra_tags"),
            index=said.get("i"),
            due=said.get("due"),
            runner=self._runner,
        )

    def _iteration(self, row: list[str]) -> Iteration:
        ended = _instant(row[self._timestamp])
        return Iteration(
            scenario=self._cell(row, "scenario"),
            began=ended - float(row[self._value]),
            ended=ended,
            index=_metadata(row, self._at.get("metadata")).get("i"),
        )

    def _cell(self, row: list[str], name: str) -> str:
        """Empty where a script leaves out the tag, and so the column.

        All orders have the same few: each is kept once, or a load of a million orders would take a gigabyte.
        """
        place = self._at.get(name)
        return "" if place is None else intern(row[place])


def _instant(text: str) -> float:
    instant = float(text)
    return instant / 1000 if instant > MICROSECONDS else instant


def _metadata(row: list[str], place: int | None) -> dict[str, str]:
    """As k6 writes it, in no order: `i=17&due=1795905497584.8235`."""
    text = "" if place is None else row[place]
    return {name: intern(value) for name, _, value in (pair.partition("=") for pair in text.split("&"))} if text else {}
