"""Orders that flow while something else happens, each of them noted with what became of it."""

import threading
import time
from dataclasses import dataclass
from itertools import cycle
from types import TracebackType
from typing import Self

from lab.settings.topology import Topology
from lab.verify import fill

PAUSE = 0.2
"""Seconds between two fills."""


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One fill: when it was begun (epoch ms), how many seconds it took, and what went wrong, if anything."""

    at: float
    seconds: float
    problem: str


class Traffic:
    """A context in which the shards in turn get fills that leave their books as they were."""

    def __init__(self, entry: str, topology: Topology) -> None:
        self.entry = entry
        self.topology = topology
        self._sent: list[Sent] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._flow, name="traffic", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def between(self, start: float, end: float) -> list[Sent]:
        """What was sent from one instant until another (epoch ms)."""
        return [one for one in self._sent if start <= one.at < end]

    def _flow(self) -> None:
        for shard in cycle(self.topology.shards):
            began, clock = time.time() * 1000, time.monotonic()
            problem = fill.send(self.entry, self.topology, shard)
            self._sent.append(Sent(at=began, seconds=time.monotonic() - clock, problem=problem))
            if self._over.wait(PAUSE):
                return
