"""One program of a lab without Docker, as it is to be run; and where what is known of it is kept."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lab.core.paths import STATE

FOLDER = STATE / "process"
"""What the runtime `process` keeps of its lab; `down` removes it."""
BROKER = "broker"
"""The name of the part that is a Redpanda on a cluster."""
LAST_LINES = 12
"""Lines of a program's log that an error shows."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A program of the lab, as it is to be run.

    Args:
        name: What people call it: `me-shard-a`, `edge-gateway`, `control`, `broker`.
        argv: How it is run.
        env: Its environment, beyond what every program needs.
        cwd: Where it is run.
        source: What it is made of, bound to its content: `engine-0123456789ab`.
        digest: The whole hash of that.
        shard: The shard that it is, if it is one.
        http: Its port for orders or what is like them, or the broker's for clients.
        metrics: Its port for metrics; None if it has none.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: str
    source: str
    digest: str
    shard: str | None = None
    http: int | None = None
    metrics: int | None = None


def log(name: str, *, previous: bool = False) -> Path:
    """The file of what a part wrote, or the one before it."""
    return FOLDER / f"{name}{'.previous' if previous else ''}.log"


def last_lines(name: str) -> tuple[str, ...]:
    """What a part wrote last."""
    with suppress(OSError):
        lines = log(name).read_text(encoding="utf-8", errors="replace").splitlines()
        return tuple(line for line in lines if line.strip())[-LAST_LINES:]
    return ()


def page(name: str) -> Path:
    """The file that says how a part was started; while it is there, the part is one of the lab's."""
    return FOLDER / f"{name}.json"


def exit_file(name: str) -> Path:
    """The file with the code that a part ended with."""
    return FOLDER / f"{name}.exit"
