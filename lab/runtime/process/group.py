"""A process group of the lab's own: led by a shell that writes down how its program ended, and ended as a whole."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from lab.core.errors import ToolError
from lab.process.ledger import Identity

LEADER = ("/bin/sh", "-c", 'exit_file=$1; shift; trap : TERM INT HUP; "$@"; echo $? > "$exit_file"', "sh")
"""Runs what follows it and writes its exit code to the file that is named first; a signal to the group ends the
program, and the shell after it."""
MARK = "MATCHING_ENGINE_LAB"
"""The variable by which a lab's own processes are known when their leader is gone: the path of their part's page."""
GRACE = 10.0
"""Seconds between SIGTERM and SIGKILL: an engine takes up to 9 to write down what it was given."""
PAUSE = 0.05

_started: list["subprocess.Popen[bytes]"] = []
"""The leaders that this process has started: each is asked for its end, so that none stays a zombie."""


def begin(argv: tuple[str, ...], *, exit_file: Path, log: Path, env: dict[str, str], cwd: str) -> int:
    """Start a program in a group of its own.

    Args:
        argv: The program.
        exit_file: Where its exit code goes.
        log: Where its output goes.
        env: Its whole environment.
        cwd: Where it is run.

    Returns:
        The pid of the group's leader.

    Raises:
        OSError: It can't be started.
    """
    with log.open("wb") as written:
        process = subprocess.Popen(
            (*LEADER, str(exit_file), *argv), stdin=subprocess.DEVNULL, stdout=written, stderr=subprocess.STDOUT,
            env=env, cwd=cwd, start_new_session=True,
        )  # fmt: skip
    _started.append(process)
    return process.pid


def end(leader: Identity, page: Path) -> None:
    """End a process group by its leader, which may be gone: SIGTERM, then SIGKILL.

    Args:
        leader: Of the group; its number may be another program's by now.
        page: Of the part, by which what the leader has left behind is known.

    Raises:
        ToolError: Something of it is left.
    """
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError, PermissionError):
            if any(_group(leader, page)):
                os.killpg(leader.pid, number)
        ends = time.monotonic() + GRACE
        while any(_group(leader, page)):
            if time.monotonic() > ends:
                break
            time.sleep(PAUSE)
        else:
            return
    left = next(_group(leader, page), None)
    who = f"process {left.pid}" if left else "a process"
    raise ToolError(f"{who} of {page.stem} does not end; end it by hand, then run './invokew down'")


def of_mark(folder: Path) -> Iterator[tuple[psutil.Process, Path]]:
    """The processes that bear the mark of a page in this folder, and the page."""
    for process in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError, PermissionError):
            mark = Path(process.environ().get(MARK, "/"))
            if mark.parent == folder:
                yield process, mark


def _group(leader: Identity, page: Path) -> Iterator[psutil.Process]:
    """What of a process group is left: the leader itself, or what bears the lab's mark."""
    _reap()
    for process in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError, PermissionError):
            if os.getpgid(process.pid) != leader.pid or process.status() == psutil.STATUS_ZOMBIE:
                continue
            if leader.alive or process.environ().get(MARK) == str(page):
                yield process


def _reap() -> None:
    _started[:] = [process for process in _started if process.poll() is None]
