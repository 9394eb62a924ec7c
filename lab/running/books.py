"""Empties the shards' books: each engine is replaced by a new one, proven to be reached, scraped and without orders."""

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from lab.access import NAMESPACE
from lab.api.follow import Stream, follow
from lab.api.kube import Kube, Object
from lab.api.readiness import wait_ready
from lab.api.rollout import Target, conditions
from lab.errors import ToolError
from lab.experiment.topology import Shard, Topology
from lab.measure.prometheus import Prometheus
from lab.process import shell

ENGINES = "app=matching-engine"
"""Selects the shards' pods."""
GONE = 60.0
"""Seconds for the old pods to end: twice what Kubernetes gives a pod that does not end by itself."""
READY = 120.0
"""Seconds for the new ones to be ready."""
SEEN = 60.0
"""Seconds for them to be reached and scraped: Prometheus takes up new pods every 5 s, and scrapes every 5 s."""
PAUSE = 0.25
ANSWER = 5.0
"""Seconds that an answer may take."""
RESTARTS = 3
"""Restarts before a book that isn't empty is taken for what it says: the entry may deliver orders of an overload late,
half a minute after who sent them is gone, since a connection that it could not make is tried again ever more slowly."""
BROKEN = 500
"""HTTP's errors of the server begin here; any other answer comes from a shard that is there."""


@dataclass(frozen=True, kw_only=True)
class Emptied:
    """How long it took (s) until the engines were ready, and until all was proven; the new pods and their nodes."""

    restart: float
    seconds: float
    pods: Mapping[str, str]

    def __str__(self) -> str:
        """As it is told."""
        return f"the shards restarted in {self.restart:.1f} s, their books are empty ({self.seconds:.1f} s in all)"


class Books:
    """The books of a topology's shards.

    A pod is deleted and its controller makes a new one: nothing in the manifest changes, the write-ahead log goes with
    the pod, and whoever interrupts this finds the shards on their way back.

    Args:
        kube: The cluster.
        prometheus: What must have scraped the new engines, and says what rests in their books.
        topology: Whose shards.
        entry: The orders' way in.
    """

    def __init__(self, kube: Kube, prometheus: Prometheus, topology: Topology, *, entry: str) -> None:
        self._kube = kube
        self._prometheus = prometheus
        self._topology = topology
        self._entry = entry

    def empty(self) -> Emptied:
        """Restart all shards, side by side, until the new ones can be measured and their books are empty.

        Raises:
            ToolError: One does not come back, is not reached or scraped, or its book is not empty.
        """
        began = time.monotonic()
        for _ in range(RESTARTS):
            new, restart = self._restart()
            resting = self._resting(new)
            if not resting:
                return Emptied(restart=restart, seconds=time.monotonic() - began, pods=new)
        raise ToolError(
            f"{resting} after {RESTARTS} restarts: "
            "it replays its log, or someone trades on this lab; stop them, or let the engine start empty"
        )

    def _restart(self) -> tuple[dict[str, str], float]:
        """Replace the pods; the new ones with their nodes, once they can be measured, and how long they took (s)."""
        began = time.monotonic()
        old = self._pods()
        for pod in old:
            self._kube.delete("Pod", pod["metadata"]["name"], namespace=NAMESPACE)
        gone = {pod["metadata"]["uid"] for pod in old}
        self._follow(lambda pods: still_there(pods, gone), deadline=GONE)
        wait_ready(self._kube, [_target(shard) for shard in self._topology.shards], deadline=READY)
        # A Deployment may say for a moment more that its old pod is available.
        self._follow(lambda pods: not_ready(pods, self._topology.shards), deadline=READY)
        restart = time.monotonic() - began
        new = {pod["metadata"]["name"]: pod["spec"]["nodeName"] for pod in self._pods() if _is_ready(pod)}
        self._await(self._unreached)
        self._await(lambda: unscraped(self._ups(), new))
        return new, restart

    def _pods(self) -> list[Object]:
        return self._kube.items("Pod", namespace=NAMESPACE, labels=ENGINES)

    def _follow(self, lacking: Callable[[Sequence[Object]], str], *, deadline: float) -> None:
        missing = ""
        with closing(follow(self._kube, (Stream(kind="Pod", namespace=NAMESPACE),), deadline=deadline)) as worlds:
            for world in worlds:
                missing = world.trouble or lacking(world.objects("Pod"))
                if not missing:
                    return
        raise ToolError(f"{missing} {deadline:g} s after the shards were restarted; run './invokew status'")

    def _await(self, lacking: Callable[[], str]) -> None:
        end = time.monotonic() + SEEN
        while missing := lacking():
            shell.require_going()
            if time.monotonic() > end:
                raise ToolError(f"{missing} {SEEN:g} s after the shards were restarted; run './invokew status'")
            time.sleep(PAUSE)

    def _unreached(self) -> str:
        """The first shard that orders don't reach yet: it is asked to rest none."""
        import requests  # noqa: PLC0415 - not needed to list the tasks

        for shard in self._topology.shards:
            way = f"/seed/{shard.id}" if self._topology.has_gateway else "/seed"
            try:
                status = requests.post(self._entry + way, json={"orders": []}, timeout=ANSWER).status_code
            except requests.RequestException:
                return f"{self._entry}{way} does not answer"
            if status >= BROKEN:
                return f"{self._entry}{way} answers {status}"
        return ""

    def _ups(self) -> Mapping[str, float]:
        found = self._prometheus.query(f'up{{namespace="{NAMESPACE}"}}')
        return {one.labels.get("pod", ""): one.points[-1][1] for one in found}

    def _resting(self, pods: Collection[str]) -> str:
        """The first of the pods whose book is not empty; empty when all are."""
        for one in self._prometheus.query("me_orderbook_depth"):
            pod, resting = one.labels.get("pod", ""), one.points[-1][1]
            if pod in pods and resting > 0:
                return f"the book of {pod} holds {resting:.0f} orders ({one.labels.get('side')})"
        return ""


def still_there(pods: Sequence[Object], old: Collection[str]) -> str:
    """The first of the old pods (by uid) that has not ended; empty when all have."""
    left = next((pod for pod in pods if pod["metadata"]["uid"] in old), None)
    return f"pod {left['metadata']['name']} has not ended" if left else ""


def not_ready(pods: Sequence[Object], shards: Sequence[Shard]) -> str:
    """The first shard without a ready pod; empty when each has one."""
    ready = {(pod["metadata"].get("labels") or {}).get("shard") for pod in pods if _is_ready(pod)}
    late = next((shard for shard in shards if shard.id not in ready), None)
    return f"{late.name} has no ready pod" if late else ""


def unscraped(ups: Mapping[str, float], pods: Iterable[str]) -> str:
    """The first of the pods that Prometheus has not scraped; empty when it has scraped each."""
    late = next((pod for pod in pods if ups.get(pod) != 1), None)
    return f"{late} is not scraped" if late else ""


def _target(shard: Shard) -> Target:
    return Target(kind="Deployment", namespace=NAMESPACE, name=shard.name)


def _is_ready(pod: Object) -> bool:
    stays = "deletionTimestamp" not in pod["metadata"]
    return stays and any(one["type"] == "Ready" and one["status"] == "True" for one in conditions(pod))
