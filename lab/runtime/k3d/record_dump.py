"""Reads the broker's topics after a load, by its own client in its own pod: it keeps all records, and the load its CPU.

What the client prints comes out by the API's `exec`, not by a log, which is cut off.
"""

import time
from collections.abc import Iterable, Sequence

from lab.cluster import topics
from lab.cluster.kube import Kube
from lab.core.part_labels import BROKER
from lab.measure.records import RawRecord
from lab.run.consumption import Offsets

EARLIER = 60.0
"""Seconds before the marks from which on is read: the offsets decide, so clocks need not agree better."""
LONGEST = 180.0
"""Seconds for all records of a load."""
FORMAT = r"%t\t%p\t%o\t%v\n"


class RecordDump:
    """The consumer of the cluster's broker.

    Args:
        kube: The cluster.
        names: The topics.
    """

    def __init__(self, kube: Kube, names: Sequence[str]) -> None:
        self._kube = kube
        self._names = names
        self._began = 0.0

    def begin(self) -> Offsets:
        """Where the topics end now."""
        self._began = time.time() - EARLIER
        return self.ends()

    def ends(self) -> Offsets:
        """Where the topics end now."""
        return topics.ends(self._kube, self._names)

    def records(self, marks: Offsets, ends: Offsets) -> Iterable[RawRecord]:
        """What was written since a little before `begin`; nothing is asked for where nothing was."""
        if marks == ends:
            return ()
        command = consume_command(self._names, since=round(self._began * 1000))
        where = self._kube.namespaces.workloads
        told = self._kube.exec(topics.POD, command, namespace=where, container=BROKER, deadline=LONGEST)
        return tuple(parse(told.stdout))

    def close(self) -> None:
        """Nothing: nothing is held."""


def consume_command(names: Sequence[str], *, since: int) -> tuple[str, ...]:
    """What prints all records of some topics from an instant (epoch ms) to where they end now."""
    return ("rpk", "topic", "consume", *names, "-o", f"@{since}:end", "-f", FORMAT)


def parse(output: str) -> Iterable[RawRecord]:
    """The records of what it printed; a line that is none belongs to a value before it that is no JSON."""
    for line in output.split("\n"):
        parts = line.split("\t", 3)
        if len(parts) == 4 and parts[1].isdigit() and parts[2].isdigit():  # noqa: PLR2004 - as FORMAT has them
            yield RawRecord(parts[0], int(parts[1]), int(parts[2]), parts[3])
