"""Who ends a lab's programs: the command that started them, `down`, or, of a command that was killed, the next one."""

import os
from collections.abc import Collection, Iterator
from contextlib import suppress

import psutil

from lab.process import ledger
from lab.process.ledger import Entry, Identity
from lab.runtime.process import group, part, programs


def hand_over(owner: Identity | None) -> None:
    """Let all parts belong to another command, or stand until `down`."""
    for child in programs.known().values():
        with suppress(psutil.NoSuchProcess):  # it has ended: nobody needs to end it
            pid, wanted = child.identity.pid, child.part
            ledger.register(pid, purpose=wanted.name, argv=wanted.argv, folder=part.ledger_folder(), owner=owner)


def left_behind() -> list[str]:
    """The parts that run and whose command was killed."""
    entries = ledger.entries(folder=part.ledger_folder())
    return [entry.purpose for entry in entries if _is_orphan(entry) and entry.identity.alive]


def sweep() -> list[str]:
    """End the parts that a command which was killed has left behind; their names."""
    known = {entry.identity.pid: entry for entry in ledger.entries(folder=part.ledger_folder())}
    kept = {child.identity.pid for child in programs.known().values()}
    swept = []
    for pid, entry in known.items():
        if not _is_orphan(entry) and pid in kept:
            continue
        ran = entry.identity.alive
        if not (pid in kept and programs.stop(entry.purpose)):
            group.end(entry.identity, part.page(entry.purpose))
            ledger.strike(pid, folder=part.ledger_folder())
        if ran:
            swept.append(entry.purpose)
    return list(dict.fromkeys([*swept, *_end_unknown(known.keys())]))


def _is_orphan(entry: Entry) -> bool:
    return entry.owner is not None and not entry.owner.alive


def _end_unknown(known: Collection[int]) -> Iterator[str]:
    """End what was started by a command that was killed before it could enter it."""
    for process, page in group.of_mark(part.FOLDER):
        with suppress(psutil.Error, ProcessLookupError, PermissionError):
            if os.getpgid(process.pid) not in known:
                process.kill()
                yield page.stem
