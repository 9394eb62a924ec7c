"""Doubles of what reads a broker's topics."""

from collections.abc import Iterable

from lab.measure.records import RawRecord
from lab.run.consumption import Offsets


class NothingPublished:
    """A broker to which no engine publishes."""

    def begin(self) -> Offsets:
        return {("orders", 0): 3}

    def ends(self) -> Offsets:
        return {("orders", 0): 3}

    def records(self, marks: Offsets, ends: Offsets) -> Iterable[RawRecord]:
        del marks, ends
        return ()

    def close(self) -> None:
        pass
