"""What is seen of a k6 in a pod while it runs: its clock, its CPU and its node's, its end; by an `exec` that lasts."""

import math
import time
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING

from lab.cluster import exec_stream
from lab.cluster.kube import ApiError, Kube, Object
from lab.cluster.rollout import is_leaving
from lab.cluster.runner_job import CONTAINER, EXIT
from lab.process.background import Background
from lab.run.cpu_use import Usage

if TYPE_CHECKING:
    import subprocess

EVERY = 1
"""Seconds between two looks."""
AGAIN = 1.0
"""Seconds after which a look that broke off is begun again."""
KILLED = -9
"""The exit code of a k6 whose pod ended under it."""
TICKS = 100.0
"""Of a second, in /proc/stat."""
CGROUP = "/sys/fs/cgroup"
LOOKS = f"""
s=$(date +%s); while [ "$(date +%s)" = "$s" ]; do sleep 0.05; done
while :; do
  echo "clock $(date +%s)"
  echo "uptime $(cat /proc/uptime)"
  if [ -e {CGROUP}/cgroup.controllers ]; then
    echo "used $(grep usage_usec {CGROUP}/cpu.stat)"
    echo "limit $(cat {CGROUP}/cpu.max)"
  else
    echo "used nanoseconds $(cat {CGROUP}/cpuacct/cpuacct.usage)"
    echo "limit $(cat {CGROUP}/cpu/cpu.cfs_quota_us) $(cat {CGROUP}/cpu/cpu.cfs_period_us)"
  fi
  echo "cores $(grep -c '^cpu[0-9]' /proc/stat)"
  echo "all $(grep '^cpu ' /proc/stat)"
  echo "exit $(cat {EXIT} 2>/dev/null)"
  sleep {EVERY}
done 2>/dev/null
"""
"""The first look comes right after a second has begun, since a clock without fractions is read. Nodes have the cgroups
of version 2, or of version 1.
"""
PARTS = {"usage_usec": 1e6, "nanoseconds": 1e9}
"""Of a second, in which they tell the CPU used."""
UNLIMITED = ("max", "-1")


class PodLooks(Background):
    """A context in which a pod is looked at.

    Args:
        kube: The cluster.
        pod: Its name.
        namespace: Where it is.

    Attributes:
        clock: By how many seconds its clock is ahead of this machine's, at least; None before the first look.
        usage: The CPU at the last look; None before the first one, or where it can't be read.
        exit_code: k6's; None while it runs.
        gone: What became of the pod; None while it is there.
    """

    def __init__(self, kube: Kube, pod: str, *, namespace: str) -> None:
        super().__init__(linger=None)
        self._kube = kube
        self._pod = pod
        self._namespace = namespace
        self._process: subprocess.Popen[str] | None = None
        self._seen: dict[str, list[str]] = {}
        self.clock: float | None = None
        self.usage: Usage | None = None
        self.exit_code: int | None = None
        self.gone: str | None = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._process:
            self._process.terminate()
        super().__exit__(kind, error, trace)

    def _run(self) -> None:
        while not self._over.is_set():
            self._follow()
            if self._over.is_set():
                return
            with suppress(ApiError):  # the load goes on while the API server is away
                self.gone = what_became(self._kube.find("Pod", self._pod, namespace=self._namespace))
            if self.gone:
                self.exit_code = KILLED if self.exit_code is None else self.exit_code
                return
            self._over.wait(AGAIN)

    def _follow(self) -> None:
        self._process = exec_stream.begin(self._kube, self._pod, LOOKS, namespace=self._namespace, container=CONTAINER)
        with self._process as process:
            for line in process.stdout or ():
                if self._over.is_set():
                    process.terminate()
                self.take(line, now=time.time())

    def take(self, line: str, *, now: float) -> None:
        """A line of a look, which came at an instant (epoch s)."""
        name, *words = line.split() or ("",)
        self._seen[name] = words
        with suppress(ValueError, IndexError):
            if name == "clock":
                ahead = float(words[0]) - now
                self.clock = ahead if self.clock is None else max(self.clock, ahead)
            elif name == "exit":
                self.usage = usage(self._seen)
                self.exit_code = int(words[0]) if words else None


def usage(seen: dict[str, list[str]]) -> Usage | None:
    """The CPU by one look; None where that can't be read."""
    try:
        (unit, used), (quota, period) = seen["used"], seen["limit"]
        return Usage(
            used=float(used) / PARTS[unit],
            idle=(float(seen["all"][4]) + float(seen["all"][5])) / TICKS,
            instant=float(seen["uptime"][0]),
            all_cores=int(seen["cores"][0]),
            limit=math.inf if quota in UNLIMITED else float(quota) / float(period),
        )
    except (KeyError, IndexError, ValueError):
        return None


def what_became(pod: Object | None) -> str | None:
    """Why nothing runs in a pod any more; None while something does."""
    if pod is None or is_leaving(pod):
        return "was deleted"
    status = pod.get("status", {})
    if status.get("phase") not in {"Failed", "Succeeded"}:
        return None
    for one in status.get("containerStatuses") or ():
        if ended := (one.get("state") or {}).get("terminated"):
            return f"ended: {ended.get('reason', 'unknown')}, exit code {ended.get('exitCode', 'unknown')}"
    return f"ended: {status.get('reason') or status['phase']}"
