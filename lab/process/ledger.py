"""The ledger of the lab's own background processes: known by pid and start time, never looked for by name."""

import json
import signal
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from lab.core.paths import STATE

PROCESSES = STATE / "processes"
COMMANDS = STATE / "commands"
"""The ledger of the lab's commands under way, of those that would disturb a later one if the lab is killed."""
SAME = 10.0
"""Seconds by which a start time may seem to differ when the machine's clock was set; a pid isn't reused that fast."""
GRACE = 5.0
"""Seconds between SIGTERM and SIGKILL."""


@dataclass(frozen=True, kw_only=True)
class Identity:
    """One process: its pid, and when it started (seconds since the epoch), since pids are used again."""

    pid: int
    started: float

    @property
    def alive(self) -> bool:
        """Whether it still runs; a zombie does not."""
        return _process(self) is not None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A background process that the lab started, what for, and by which argv."""

    identity: Identity
    purpose: str
    argv: tuple[str, ...]


def identity(pid: int | None = None) -> Identity:
    """The identity of a running process; of this one if none is named."""
    process = psutil.Process(pid)
    return Identity(pid=process.pid, started=process.create_time())


def register(pid: int, *, purpose: str, argv: Sequence[str], folder: Path = PROCESSES) -> Entry:
    """Enter a process that was just started."""
    entry = Entry(identity=identity(pid), purpose=purpose, argv=tuple(argv))
    folder.mkdir(parents=True, exist_ok=True)
    page, draft = _page(pid, folder), folder / f".{pid}"
    draft.write_text(json.dumps(asdict(entry), indent=2) + "\n", encoding="utf-8")
    draft.replace(page)
    return entry


def strike(pid: int, *, folder: Path = PROCESSES) -> None:
    """Take a process out of the ledger: it has ended."""
    _page(pid, folder).unlink(missing_ok=True)


def alive(*, folder: Path = PROCESSES) -> tuple[Entry, ...]:
    """The processes in the ledger that still run; entries of others are struck."""
    found = tuple(_read(folder))
    for entry in found:
        if not entry.identity.alive:
            strike(entry.identity.pid, folder=folder)
    return tuple(entry for entry in found if entry.identity.alive)


def stop(entries: Iterable[Entry], *, folder: Path = PROCESSES) -> None:
    """End processes of the ledger: SIGTERM, and SIGKILL for what is still there after a grace of 5 s."""
    running = {entry: process for entry in entries if (process := _process(entry.identity))}
    for number in (signal.SIGTERM, signal.SIGKILL):
        for process in running.values():
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)
        psutil.wait_procs(running.values(), timeout=GRACE)
        running = {entry: process for entry, process in running.items() if entry.identity.alive}
    for entry in entries:
        strike(entry.identity.pid, folder=folder)


def end_commands() -> list[str]:
    """End the commands that a killed lab has left running; which, a line each.

    Only who holds the lab's lock may ask for it: nobody else's commands are under way then.
    """
    left = alive(folder=COMMANDS)
    stop(left, folder=COMMANDS)
    return [f"'{entry.purpose}', which a killed command had left running, was ended" for entry in left]


def _process(wanted: Identity) -> psutil.Process | None:
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(wanted.pid)
        same = abs(process.create_time() - wanted.started) < SAME
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    return None


def _page(pid: int, folder: Path) -> Path:
    return folder / f"{pid}.json"


def _read(folder: Path) -> Iterable[Entry]:
    for page in sorted(folder.glob("*.json")):
        with suppress(OSError, ValueError, KeyError, TypeError):  # a page that can't be read names no process
            fields = json.loads(page.read_text(encoding="utf-8"))
            yield Entry(identity=Identity(**fields["identity"]), purpose=fields["purpose"], argv=tuple(fields["argv"]))
