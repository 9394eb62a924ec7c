"""Orders that flow while something else happens, each of them noted with what became of it."""

import time
from dataclasses import dataclass
from itertools import cycle

from lab.process.background import Background
from lab.run import fill
from lab.settings.topology import Topology

PAUSE = 0.2
"""Seconds between two fills."""


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One fill: when it was begun (epoch ms), how many seconds it took, and what went wrong, if anything."""

    at: float
    seconds: float
    problem: str


class Traffic(Background):
    """A context in which the shards in turn get fills that leave their books as they were."""

    def __init__(self, entry: str, topology: Topology) -> None:
        super().__init__(linger=None)
        self.entry = entry
        self.topology = topology
        self._sent: list[Sent] = []

    def between(self, start: float, end: float) -> list[Sent]:
        """What was sent from one instant until another (epoch ms)."""
        return [one for one in self._sent if start <= one.at < end]

    def _run(self) -> None:
        for shard in cycle(self.topology.shards):
            began, clock = time.time() * 1000, time.monotonic()
            problem = fill.send(self.entry, self.topology, shard)
            self._sent.append(Sent(at=began, seconds=time.monotonic() - clock, problem=problem))
            if self._over.wait(PAUSE):
                return
