"""A k6 that runs: started, watched over its REST API, and stopped by SIGINT so that it writes its results."""

import os
import signal
import subprocess
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from lab.core.causes import TOOL_MISSING
from lab.core.errors import ToolError
from lab.process import ledger
from lab.process.environment import environment
from lab.process.shell import Command
from lab.run import k6_api
from lab.tools.k6 import LOG

ANSWER = 1.0
"""Seconds that k6's REST API may take."""
GRACE = 15.0
"""Seconds between SIGINT, at which k6 ends its load and writes its results, and SIGKILL."""
LEDGER = ledger.PROCESSES
PURPOSE = "load generator"
STRETCH = 60.0
"""Seconds over which the machine's busiest stretch is told: so long that a pod's start is none."""


def end_orphans() -> int:
    """End each k6 that a runner which was killed has left behind, for its load would be in the next measurements.

    Returns:
        How many there were.
    """
    orphans = [entry for entry in ledger.alive(folder=LEDGER) if entry.purpose == PURPOSE]
    ledger.stop(orphans, folder=LEDGER)
    return len(orphans)


@dataclass(frozen=True, kw_only=True)
class Usage:
    """CPU seconds at an instant: what k6 had used, and what all cores had idled; and how many cores there are."""

    used: float
    idle: float
    instant: float
    all_cores: int = 1

    def cores_since(self, earlier: "Usage") -> float:
        """The cores that k6 used since then."""
        return (self.used - earlier.used) / max(self.instant - earlier.instant, 1e-3)

    def share_since(self, earlier: "Usage") -> float:
        """What k6 used since then of the CPU it could have had: its own and what idled; 1 when nothing idled."""
        used, idle = self.used - earlier.used, self.idle - earlier.idle
        return used / (used + idle) if used + idle > 0 else 0.0

    def busy_since(self, earlier: "Usage") -> float:
        """The share of all cores that something used since then: what did not idle."""
        whole = (self.instant - earlier.instant) * self.all_cores
        return min(1.0, max(0.0, 1 - (self.idle - earlier.idle) / whole)) if whole > 0 else 0.0


class K6Process:
    """A context that owns one k6; on leaving it k6 has ended, whatever happened.

    Args:
        command: How to run it, its deadline included.
        api: `host:port` of its REST API.
        folder: Where its log goes.
    """

    def __init__(self, command: Command, *, api: str, folder: Path) -> None:
        self._command = command
        self.api = api
        self.log = folder / LOG
        self.started = time.time() * 1000
        self.load_began: float | None = None
        self.requests = 0
        self.overdue = False
        self._begin: Usage | None = None
        self._last: Usage | None = None
        self._stretch: deque[Usage] = deque()
        self._busiest = 0.0

    def __enter__(self) -> Self:
        self._began = time.monotonic()
        self.started = time.time() * 1000
        with self.log.open("wb") as log:
            try:
                self._process = subprocess.Popen(
                    self._command.argv, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                    env=environment(os.environ, self._command.env), cwd=self._command.cwd, start_new_session=True,
                )  # fmt: skip
            except OSError as error:
                raise ToolError(f"k6 can't be started: {error}; run './invokew doctor'", cause=TOOL_MISSING) from error
        ledger.register(self._process.pid, purpose=PURPOSE, argv=self._command.argv, folder=LEDGER)
        self._watched = psutil.Process(self._process.pid)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        ledger.strike(self._process.pid, folder=LEDGER)

    @property
    def exit_code(self) -> int | None:
        """Its exit code; None while it runs."""
        return self._process.poll()

    @property
    def clock(self) -> float:
        """It has this machine's."""
        return 0.0

    @property
    def cores(self) -> float:
        """The cores it used since the load began."""
        return self._last.cores_since(self._begin) if self._begin and self._last else 0.0

    @property
    def cpu_share(self) -> float:
        """What it used since the load began of the CPU it could have had."""
        return self._last.share_since(self._begin) if self._begin and self._last else 0.0

    @property
    def host_busy(self) -> float:
        """The share of the machine's CPU that something used since the load began."""
        return self._last.busy_since(self._begin) if self._begin and self._last else 0.0

    @property
    def host_busiest(self) -> float | None:
        """The same, of the busiest minute; of the whole load when it was shorter; None if there were no two looks."""
        return max(self._busiest, self.host_busy) if self._begin is not self._last else None

    @property
    def host_cores(self) -> int | None:
        """The machine's cores; None if there was no look."""
        return self._last.all_cores if self._last else None

    def look(self) -> bool:
        """Take note of how far it is; False when it has ended. Past its deadline it is stopped."""
        if self._process.poll() is not None:
            return False
        if time.monotonic() - self._began > self._command.deadline:
            self.overdue = True
            self.stop()
            return False
        self._note_progress()
        self._note_usage()
        return True

    def stop(self) -> None:
        """End it: by SIGINT, so that it writes its results; by SIGKILL if that takes too long."""
        for number in (signal.SIGINT, signal.SIGKILL):
            if self._process.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(self._process.pid, number)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(GRACE)
                return

    def _note_progress(self) -> None:
        """The first iteration that ended marks the load's begin: setup has none, whatever the script."""
        samples = k6_api.samples(self.api, timeout=ANSWER)
        self.requests = int(samples.get("http_reqs", {}).get("count", self.requests))
        if self.load_began is None and samples.get("iterations", {}).get("count", 0) > 0:
            self.load_began = time.time() * 1000

    def _note_usage(self) -> None:
        if self.load_began is None:
            return
        with suppress(psutil.Error):
            own, all_cores = self._watched.cpu_times(), psutil.cpu_times()
            idle = all_cores.idle + getattr(all_cores, "iowait", 0.0)
            used, cores = own.user + own.system, psutil.cpu_count() or 1
            self._last = Usage(used=used, idle=idle, instant=time.monotonic(), all_cores=cores)
            self._begin = self._begin or self._last
            self._stretch.append(self._last)
            while self._last.instant - self._stretch[0].instant > STRETCH:
                self._busiest = max(self._busiest, self._last.busy_since(self._stretch.popleft()))
