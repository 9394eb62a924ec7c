"""Asks many things side by side until a deadline; what fails or doesn't answer is noted and left out."""

import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Job = Callable[[], Any]
Jobs = Mapping[str, Job]


@dataclass
class Gathered:
    """What was found by name, and why the rest was not."""

    found: dict[str, Any] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)


def gather(jobs: Jobs, *, deadline: float, then: Callable[[str, Any], Jobs] = lambda _name, _found: {}) -> Gathered:
    """Do all jobs at once.

    The threads are daemons: one that hangs keeps neither this nor the program's end waiting.

    Args:
        jobs: What to do, by name.
        deadline: Seconds for all of it.
        then: Told of each thing found; gives the jobs that it makes possible.
    """
    end, told = time.monotonic() + deadline, queue.SimpleQueue[tuple[str, Any, str]]()
    gathered, pending = Gathered(), set[str]()

    def begin(more: Jobs) -> None:
        for name, job in more.items():
            pending.add(name)
            threading.Thread(target=_do, args=(name, job, told), daemon=True, name=f"look {name}").start()

    begin(jobs)
    while pending:
        try:
            name, found, why = told.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty:
            break
        pending.discard(name)
        if why:
            gathered.skipped[name] = why
        else:
            gathered.found[name] = found
            begin(then(name, found))
    gathered.skipped |= dict.fromkeys(sorted(pending), f"did not answer within {deadline:g} s")
    return gathered


def _do(name: str, job: Job, told: "queue.SimpleQueue[tuple[str, Any, str]]") -> None:
    try:
        told.put((name, job(), ""))
    except BaseException as error:  # noqa: BLE001 - what a look stumbles over must not hide what failed
        told.put((name, None, str(getattr(error, "summary", "")) or f"{type(error).__name__}: {error}"))
