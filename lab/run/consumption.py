"""Gets what engines publish during a load out of the broker: from the marks before it until both topics stand still."""

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from lab.core.errors import LabError, ToolError
from lab.core.figures import seconds
from lab.measure.records import RawRecord, Reading, write
from lab.process import shell
from lab.process.polling import insistently

Place = tuple[str, int]
"""A topic and the number of one of its partitions."""
Offsets = Mapping[Place, int]
"""Where each partition's next record goes."""
STILL = 2.0
"""Seconds without a new record after which nothing more is expected: engines hand records over within milliseconds."""
LONGEST = 120.0
"""Seconds after a load in which the topics must come to stand still."""
PAUSE = 0.25
"""Seconds between two looks."""


class RecordConsumer(Protocol):
    """What reads a broker's topics; every method raises LabError when it can't."""

    def begin(self) -> Offsets:
        """Where the topics end now; from here on they are read, at once or when asked for."""

    def ends(self) -> Offsets:
        """Where the topics end now."""

    def records(self, marks: Offsets, ends: Offsets) -> Iterable[RawRecord]:
        """The records from some offsets to others that the broker has, in any order; others may be among them."""

    def close(self) -> None:
        """Let go of the broker."""


class Consumption:
    """A context around a load and the reading after it.

    Args:
        consumer: Of the runtime's broker.
    """

    def __init__(self, consumer: RecordConsumer) -> None:
        self._consumer = consumer
        self._marks: Offsets = {}
        self._problem: str | None = None

    def __enter__(self) -> Self:
        try:
            self._marks = insistently(self._consumer.begin)
        except LabError as error:
            self._problem = error.summary
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._consumer.close()

    def keep(self, path: Path) -> Reading:
        """Write all records since the marks to a file, once no more come; why that can't be is in the answer."""
        began = time.monotonic()
        if self._problem is None:
            try:
                ends, until = self._await_still()
                raw = insistently(lambda: self._consumer.records(self._marks, ends))
                found = chosen(raw, self._marks, ends)
                write(path, found)
                missed = sum(ends[place] - self._marks[place] for place in ends) - len(found)
                return Reading(took=time.monotonic() - began, until=until, missed=missed)
            except LabError as error:
                self._problem = error.summary
        return Reading(took=time.monotonic() - began, until=time.time() * 1000, problem=self._problem)

    def _await_still(self) -> tuple[Offsets, float]:
        """Where the topics end when they have stood still, and the instant (epoch ms)."""
        began = since = time.monotonic()
        ends = insistently(self._consumer.ends)
        while time.monotonic() - since < STILL:
            if time.monotonic() - began > LONGEST:
                raise ToolError(f"records still come {seconds(LONGEST)} after the load")
            shell.require_going()
            time.sleep(PAUSE)
            asked = time.monotonic()
            if (now := insistently(self._consumer.ends)) != ends:
                ends, since = now, asked
        return ends, time.time() * 1000


def chosen(records: Iterable[RawRecord], marks: Offsets, ends: Offsets) -> list[RawRecord]:
    """Those between some offsets and others, each once, in the order of their partitions."""
    found = {(one.topic, one.partition, one.offset): one for one in records}
    return [
        one
        for (topic, partition, offset), one in sorted(found.items())
        if marks.get((topic, partition), 0) <= offset < ends.get((topic, partition), 0)
    ]
