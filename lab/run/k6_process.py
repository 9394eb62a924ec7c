"""A k6 that runs: started, watched over its REST API, and stopped by SIGINT so that it writes its results."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from lab.core.causes import TOOL_MISSING
from lab.core.errors import ToolError
from lab.process import ledger
from lab.process.environment import environment
from lab.process.shell import Command
from lab.run.cpu_use import Usage
from lab.run.runner import Runner

ANSWER = 1.0
"""Seconds that k6's REST API may take."""
GRACE = 15.0
"""Seconds between SIGINT, at which k6 ends its load and writes its results, and SIGKILL."""
LEDGER = ledger.PROCESSES
PURPOSE = "load generator"


def end_orphans() -> int:
    """End each k6 that a runner which was killed has left behind, for its load would be in the next measurements.

    Returns:
        How many there were.
    """
    orphans = [entry for entry in ledger.alive(folder=LEDGER) if entry.purpose == PURPOSE]
    ledger.stop(orphans, folder=LEDGER)
    return len(orphans)


class K6Process(Runner):
    """A context that owns one k6; on leaving it k6 has ended, whatever happened.

    Args:
        command: How to run it, its deadline included.
        api: `host:port` of its REST API.
        folder: Where its log goes.
    """

    def __init__(self, command: Command, *, api: str, folder: Path) -> None:
        self._command = command
        super().__init__(api=api, folder=folder, deadline=command.deadline, answer=ANSWER)

    def __enter__(self) -> Self:
        self._start_clock()
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
    def trouble(self) -> None:
        """None: a process of this machine has an exit code for all."""

    def stop(self) -> None:
        """End it: by SIGINT, so that it writes its results; by SIGKILL if that takes too long."""
        for number in (signal.SIGINT, signal.SIGKILL):
            if self._process.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(self._process.pid, number)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(GRACE)
                return

    def _note_usage(self) -> None:
        with suppress(psutil.Error):
            own, all_cores = self._watched.cpu_times(), psutil.cpu_times()
            idle = all_cores.idle + getattr(all_cores, "iowait", 0.0)
            used, cores = own.user + own.system, psutil.cpu_count() or 1
            self.use.add(Usage(used=used, idle=idle, instant=time.monotonic(), all_cores=cores))
