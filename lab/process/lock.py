"""One command at a time changes the lab."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.core.errors import UsageError
from lab.core.paths import STATE


@contextmanager
def held(command: str, *, path: Path = STATE / "lock") -> Iterator[None]:
    """Keep other commands from changing the lab while this one does; a command that was killed holds nothing.

    Args:
        command: What is under way, for the message that another one gets.
        path: The lock's file.

    Raises:
        UsageError: Another command holds the lock; it is named.
    """
    descriptor = _acquire(path)
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"'{command}' (pid {os.getpid()})".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _acquire(path: Path) -> int:
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 200, 0).decode(errors="replace") or "another command"
            os.close(descriptor)
            raise UsageError(f"{holder} is changing the lab; wait until it has ended, or interrupt it") from None
        if _still_there(descriptor, path):
            return descriptor
        os.close(descriptor)  # `down` has just removed the file that was waited for


def _still_there(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
