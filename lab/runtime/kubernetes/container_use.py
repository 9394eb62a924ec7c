"""What containers use of CPU and memory, read in each of them: a namespace's rights let nobody ask the kubelets.

A script in the container prints its cgroup's figures every 5 s; that costs the container some milliseconds of CPU each
time. It ends by itself after two minutes and is begun again, since one whose reader is gone may run on.
"""

import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from types import TracebackType
from typing import TYPE_CHECKING, Self

from lab.cluster import exec_stream
from lab.cluster.kube import ApiError, Kube, Object
from lab.cluster.lab import Lab
from lab.cluster.rollout import is_leaving
from lab.core.ownership import labels, selector
from lab.core.part_labels import RUNNERS
from lab.measure.counters import Point, Series
from lab.measure.metrics import SCRAPE_SECONDS, Metrics, Selector
from lab.present.containers import CPU, MEMORY, PERIODS, THROTTLED
from lab.process.background import Background
from lab.process.steps import Say
from lab.run.pod_looks import CGROUP, PARTS

if TYPE_CHECKING:
    from subprocess import Popen

ROUNDS = 24
"""Lines that the script prints before it ends."""
TRIES = 3
"""Times in a row that it prints nothing before a container is given up."""
USE = f"""
n=0; while [ $n -lt {ROUNDS} ]; do
  if [ -e {CGROUP}/cgroup.controllers ]; then
    echo $(cat {CGROUP}/cpu.stat) memory $(cat {CGROUP}/memory.current) $(grep '^inactive_file ' {CGROUP}/memory.stat)
  else
    echo nanoseconds $(cat {CGROUP}/cpuacct/cpuacct.usage) $(cat {CGROUP}/cpu/cpu.stat) \
      memory $(cat {CGROUP}/memory/memory.usage_in_bytes) $(grep '^total_inactive_file ' {CGROUP}/memory/memory.stat)
  fi
  n=$((n+1)); sleep {SCRAPE_SECONDS}
done 2>/dev/null
"""

Labels = tuple[tuple[str, str], ...]


class ContainerUse(Background):
    """A context in which the lab's containers are read every 5 s.

    Args:
        lab: The lab.
        say: Told of a container that can't be read.
    """

    def __init__(self, lab: Lab, say: Say) -> None:
        super().__init__(linger=None)
        self._kube: Kube = lab.kube
        self._own = f"{selector(labels(lab.settings.name))},{RUNNERS.replace('=', '!=')}"
        self._say = say
        self._followed: dict[str, threading.Thread] = {}
        self._there: set[str] = set()
        self._processes: dict[str, Popen[str]] = {}
        self._points: dict[Labels, list[Point]] = {}
        self._lock = threading.Lock()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for process in list(self._processes.values()):
            process.terminate()
        super().__exit__(kind, error, trace)

    def points(self, wanted: Selector, *, since: float, until: float) -> tuple[Series, ...]:
        """The raw points of each series between two instants (epoch ms)."""
        with self._lock:
            selected = [(labels, tuple(points)) for labels, points in self._points.items()]
        found = (
            Series(labels=dict(labels), points=tuple(point for point in points if since <= point[0] <= until))
            for labels, points in selected
            if wanted.selects(dict(labels))
        )
        return tuple(one for one in found if one.points)

    def _run(self) -> None:
        while True:
            with suppress(ApiError):  # those that are read are read on
                self._begin_new()
            if self._over.wait(SCRAPE_SECONDS):
                return

    def _begin_new(self) -> None:
        pods = self._kube.items("Pod", namespace=self._kube.namespaces.workloads, labels=self._own)
        running = {pod["metadata"]["name"]: pod for pod in pods if _runs(pod)}
        self._there = set(running)
        for name, pod in running.items():
            if name not in self._followed:
                container = pod["spec"]["containers"][0]["name"]
                self._followed[name] = threading.Thread(target=self._follow, args=(name, container), daemon=True)
                self._followed[name].start()

    def _follow(self, pod: str, container: str) -> None:
        silent, where = 0, self._kube.namespaces.workloads
        labels = {"namespace": where, "pod": pod, "container": container}
        while pod in self._there and not self._over.is_set():
            told = False
            with exec_stream.begin(self._kube, pod, USE, namespace=where, container=container) as process:
                self._processes[pod] = process
                for line in process.stdout or ():
                    if self._over.is_set():
                        process.terminate()
                    told = self.take(line, labels, now=time.time() * 1000) or told
            silent = 0 if told else silent + 1
            if silent == TRIES:
                self._say(f"what {pod} uses of CPU can't be read in it, so whether it is throttled is unknown")
                return
            self._over.wait(0 if told else SCRAPE_SECONDS)

    def take(self, line: str, labels: Mapping[str, str], *, now: float) -> bool:
        """Keep what a container printed at an instant (epoch ms); whether it told its CPU.

        Args:
            line: What it printed.
            labels: The container's.
            now: When.
        """
        found = read(line)
        with self._lock:
            for name, value in found.items():
                key = tuple(sorted({"__name__": name, **labels}.items()))
                self._points.setdefault(key, []).append((now, value))
        return CPU in found


@dataclass(frozen=True, kw_only=True)
class NamespaceMetrics:
    """The `Metrics` of a namespace: those that its Prometheus scrapes, and its containers' use.

    Args:
        scraped_by: The Prometheus.
        use: The other.
    """

    scraped_by: Metrics
    use: ContainerUse

    def within(self, deadline: float) -> Self:
        """The same, of which an answer may take this long (s) only."""
        return replace(self, scraped_by=self.scraped_by.within(deadline))

    def points(self, wanted: Selector, *, since: float, until: float) -> tuple[Series, ...]:
        """The raw points of each series between two instants (epoch ms)."""
        own = self.use.points(wanted, since=since, until=until)
        return (*self.scraped_by.points(wanted, since=since, until=until), *own)

    def latest(self, wanted: Selector) -> tuple[Series, ...]:
        """The newest point of each series that its target still has; of what is scraped."""
        return self.scraped_by.latest(wanted)

    def scraped(self, wanted: Selector) -> tuple[float, ...]:
        """When each series was scraped last (epoch ms)."""
        return self.scraped_by.scraped(wanted)

    def now(self) -> float | None:
        """Prometheus' clock (epoch ms); None if it doesn't tell."""
        return self.scraped_by.now()


def read(line: str) -> dict[str, float]:
    """The figures of a line, names and values in turn, by cAdvisor's names; none of a line that is cut off."""
    words = line.split()
    told = dict(zip(words[::2], words[1::2], strict=False))
    try:
        cpu = next(float(told[name]) / unit for name, unit in PARTS.items() if name in told)
        cached = told.get("inactive_file") or told["total_inactive_file"]
        found = {CPU: cpu, MEMORY: max(0.0, float(told["memory"]) - float(cached))}
        if "nr_periods" in told:
            found |= {PERIODS: float(told["nr_periods"]), THROTTLED: float(told["nr_throttled"])}
    except (KeyError, StopIteration, ValueError):
        return {}
    return found


def _runs(pod: Object) -> bool:
    return pod.get("status", {}).get("phase") == "Running" and not is_leaving(pod)
