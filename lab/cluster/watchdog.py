"""Ends an outage whose runner is gone: a process of its own that outlives a `kill -9` of the runner.

Its stdin is a pipe from the runner. The outage comes in on it; the pipe's end means that the runner is gone, without
any polling. What it takes to reach the cluster is imported only then, so that it costs a measurement nothing.
"""

import os
import select
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from lab.cluster import journal
from lab.cluster.journal import JOURNAL, Outage, now_ms
from lab.core.errors import FaultError, LabError
from lab.core.paths import ROOT, STATE
from lab.process import ledger

LOG = STATE / "watchdog.log"
DONE = b"done\n"
"""What the runner writes when it has undone the outage itself."""
STARTS = 15.0
"""Seconds for it to say that it watches."""
RETRY = 2.0
"""Seconds between two tries."""
GIVES_UP = 600.0
"""Seconds of trying; then the journal stays for the next command."""
READY = 120.0
"""Seconds for the broker to be ready again."""


@dataclass
class Watchdog:
    """The runner's hold on its watchdog."""

    process: subprocess.Popen[bytes]

    def tell(self, line: bytes) -> None:
        """Send it a line; it may have ended."""
        with suppress(OSError):
            _pipe(self.process.stdin).write(line)
            _pipe(self.process.stdin).flush()

    def hears(self) -> bool:
        """Whether it says, within 15 s, that it watches."""
        answer = _pipe(self.process.stdout)
        readable, _, _ = select.select([answer], [], [], STARTS)
        return bool(readable and answer.readline())

    def dismiss(self) -> None:
        """Tell it that all is undone, and wait for its end."""
        self.tell(DONE)
        with suppress(OSError, subprocess.TimeoutExpired):
            self.process.communicate(timeout=5)
        ledger.strike(self.process.pid)


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise ValueError("the watchdog was started without its pipes")
    return pipe


def start(outage: Outage, *, path: Path = JOURNAL) -> Watchdog:
    """Start the watchdog of an outage; returns when it watches.

    Raises:
        FaultError: It doesn't start.
    """
    argv = (sys.executable, "-m", "lab.cluster.watchdog", str(path.resolve()))
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with LOG.open("ab") as log:
        process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, cwd=ROOT, start_new_session=True
        )
    ledger.register(process.pid, purpose=f"undoes {outage}", argv=argv)
    watch = Watchdog(process=process)
    watch.tell(journal.dump(outage).encode() + b"\n")
    if not watch.hears():
        watch.dismiss()
        raise FaultError(f"the outage's watchdog does not start; see {LOG}")
    return watch


def main(path: Path) -> None:
    """Watch over the outage that comes in on stdin, and undo it when its runner is gone or late."""
    outage = journal.load(_line(sys.stdin.fileno()).decode())
    sys.stdout.write("watching\n")
    sys.stdout.flush()
    reason = wait(sys.stdin.fileno(), outage.undo_by)
    if reason:
        _log(f"{reason}: undoing {outage}")
        rescue(outage, path)
    ledger.strike(os.getpid())


def wait(pipe: int, undo_by: int) -> str:
    """Wait until the outage has to be undone; why, or nothing when the runner has done it.

    Args:
        pipe: File descriptor of the pipe from the runner.
        undo_by: When the outage is late, in milliseconds since the epoch.
    """
    while (left := undo_by - now_ms()) > 0:
        # the clock is looked at again and again, since it goes on while a laptop sleeps and the timeout does not
        readable, _, _ = select.select([pipe], [], [], min(left / 1000, 5.0))
        if readable:
            return "" if DONE in _line(pipe) else "the runner is gone"
    return "the outage has lasted too long"


def rescue(outage: Outage, path: Path) -> None:
    """Scale back, again and again until it worked; then see it ready and remove the journal."""
    ends = time.monotonic() + GIVES_UP
    while time.monotonic() < ends and Path(outage.kubeconfig).exists():
        try:
            _bring_back(outage)
        except LabError as error:
            _log(error.summary)
            time.sleep(RETRY)
        else:
            journal.clear(outage, path=path)
            _log("recovered")
            return
    _log("gave up; the next command of the lab tries again")


def _bring_back(outage: Outage) -> None:
    from lab.cluster.broker_statefulset import restore, target  # noqa: PLC0415 - only when it is needed, as all below
    from lab.cluster.kube import Kube  # noqa: PLC0415
    from lab.cluster.readiness import wait_ready  # noqa: PLC0415

    kube = Kube(outage.access)
    if kube.find("StatefulSet", outage.name, namespace=outage.namespace) is None:
        return  # its cluster was made anew, or the lab is down
    _log(f"scaled back to {outage.replicas}" if restore(kube, outage) else "it is scaled back already")
    wait_ready(kube, [target(outage)], deadline=READY)


def _line(pipe: int) -> bytes:
    """All up to a line's end, or the pipe's."""
    line = b""
    while not line.endswith(b"\n") and (byte := os.read(pipe, 1)):
        line += byte
    return line


def _log(message: str) -> None:
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S%z")
    sys.stderr.write(f"{stamp} {message}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
