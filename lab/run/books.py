"""Empties the shards' books: each engine is replaced by a new one, proven to be reached, scraped and without orders."""

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from lab.core import http
from lab.core.causes import BOOKS_NOT_CLEAN
from lab.core.errors import ToolError
from lab.core.figures import count, seconds
from lab.measure.metrics import HANDLERS, Metrics, Selector
from lab.process.polling import insistently, until_none
from lab.settings.topology import Topology

DEPTH = Selector(name="me_orderbook_depth")
SEEN = 60.0
"""Seconds for new engines to be reached and scraped: Prometheus takes up new pods every 5 s, and scrapes every 5 s."""
PAUSE = 0.25
ANSWER = 5.0
"""Seconds that an answer may take."""
RESTARTS = 3
"""Restarts before a book that isn't empty is taken for what it says: the entry may deliver orders of an overload late,
half a minute after who sent them is gone, since a connection that it could not make is tried again ever more slowly."""
BROKEN = 500
"""HTTP's errors of the server begin here; any other answer comes from a shard that is there."""

Restart = Callable[[], Mapping[str, str]]
"""Replaces all engines by new ones, side by side; gives the pods of the new ones, which are ready, and their nodes."""


@dataclass(frozen=True, kw_only=True)
class Emptied:
    """How long it took (s) until the engines were ready, and until all was proven; what runs now, and on which node."""

    restart: float
    seconds: float
    pods: Mapping[str, str]

    def __str__(self) -> str:
        """As it is told."""
        return f"the shards restarted in {seconds(self.restart)}, their books are empty after {seconds(self.seconds)}"


class Books:
    """The books of a topology's shards.

    Args:
        restart: Replaces the engines.
        metrics: Those that must have the new engines, and say what rests in their books.
        topology: Whose shards.
        entry: The orders' way in.
    """

    def __init__(self, restart: Restart, metrics: Metrics, topology: Topology, *, entry: str) -> None:
        self._restart = restart
        self._metrics = metrics
        self._topology = topology
        self._entry = entry

    def empty(self) -> Emptied:
        """Restart all shards until the new ones can be measured and their books are empty.

        Raises:
            ToolError: One does not come back, is not reached or scraped, or its book is not empty.
        """
        began = time.monotonic()
        for _ in range(RESTARTS):
            last = time.monotonic()
            new = self._restart()
            restart = time.monotonic() - last
            self._await(lambda: unreached(self._entry, self._topology))
            self._await(lambda: unscraped(self._metrics, new))  # noqa: B023 - it is called before the next round
            resting = self._resting(new)
            if not resting:
                return Emptied(restart=restart, seconds=time.monotonic() - began, pods=new)
        raise ToolError(
            f"{resting} after {RESTARTS} restarts: "
            "it replays its log, or somebody sends orders to this lab; stop them, or let the engine start empty",
            cause=BOOKS_NOT_CLEAN,
        )

    def _await(self, lacking: Callable[[], str]) -> None:
        if missing := until_none(lacking, deadline=SEEN, pause=PAUSE):
            raise ToolError(
                f"{missing} {SEEN:g} s after the shards were restarted; run './invokew status'", cause=BOOKS_NOT_CLEAN
            )

    def _resting(self, pods: Collection[str]) -> str:
        """The first of the pods whose book is not empty; empty when all are."""
        for one in insistently(lambda: self._metrics.latest(DEPTH)):
            pod, resting = one.labels.get("pod", ""), one.points[-1][1]
            if pod in pods and resting > 0:
                return f"the book of {pod} holds {count(resting)} orders ({one.labels.get('side')})"
        return ""


def unreached(entry: str, topology: Topology) -> str:
    """The first shard that orders don't reach yet, which is asked to rest none; empty when all are reached.

    Args:
        entry: The orders' way in.
        topology: Whose shards.
    """
    import requests  # noqa: PLC0415 - not needed to list the tasks

    for shard in topology.shards:
        way = topology.seed_path(shard)
        try:
            status = http.request("POST", entry + way, json={"orders": []}, timeout=ANSWER).status_code
        except requests.RequestException:
            return f"{entry}{way} does not answer"
        if status >= BROKEN:
            return f"{entry}{way} answers {status}"
    return ""


def ups(metrics: Metrics) -> dict[str, float]:
    """What the latest scrape of each pod that handles orders came to: 1 for an answer, 0 for none."""
    return {one.labels.get("pod", ""): one.points[-1][1] for one in insistently(lambda: metrics.latest(HANDLERS))}


def unscraped(metrics: Metrics, pods: Iterable[str]) -> str:
    """The first of the pods that is not scraped; empty when each is."""
    found = ups(metrics)
    late = next((pod for pod in pods if found.get(pod) != 1), None)
    return f"{late} is not scraped" if late else ""
