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
    if isinstance(descriptor, str):
        raise UsageError(f"{descriptor} is changing the lab; wait until it has ended, or interrupt it")
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"'{command}' (pid {os.getpid()})".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def holder(path: Path = STATE / "lock") -> str | None:
    """The command that changes the lab; None if none does."""
    descriptor = _acquire(path)
    if isinstance(descriptor, str):
        return descriptor
    os.close(descriptor)
    return None


def _acquire(path: Path) -> int | str:
    """The lock's descriptor; or who has it."""
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            found = os.pread(descriptor, 200, 0).decode(errors="replace") or "another command"
            os.close(descriptor)
            return found
        if _still_there(descriptor, path):
            return descriptor
        os.close(descriptor)  # `down` has just removed the file that was waited for


def _still_there(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
