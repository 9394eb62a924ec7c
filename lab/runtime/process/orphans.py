"""Who ends a lab's programs: the command that started them, `down`, or, of a command that was killed, the next one."""

import os
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import replace

import psutil

from lab.process.ledger import Identity
from lab.runtime.process import group, part, programs


def hand_over(owner: Identity | None) -> None:
    """Let all parts belong to another command, or run until `down`."""
    for child in programs.known().values():
        programs.note(replace(child, owner=owner))


def left_behind() -> list[str]:
    """The parts that run and whose command was killed."""
    return [name for name in _orphans() if programs.known()[name].alive]


def sweep() -> list[str]:
    """End the parts that a command which was killed has left behind; the names of those that ran."""
    swept = programs.stop_all(_orphans())
    known = {child.identity.pid for child in programs.known().values()}
    return list(dict.fromkeys([*swept, *_end_unknown(known)]))


def _orphans() -> list[str]:
    return [name for name, child in programs.known().items() if child.owner is not None and not child.owner.alive]


def _end_unknown(known: Collection[int]) -> Iterator[str]:
    """End what was started by a command that was killed before it could note it."""
    for process, page in group.of_mark(part.FOLDER):
        with suppress(psutil.Error, ProcessLookupError, PermissionError):
            if os.getpgid(process.pid) not in known:
                process.kill()
                yield page.stem
