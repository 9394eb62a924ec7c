"""A graph of steps run side by side: what is done is skipped, what fails stops what has not begun.

A step knows what it needs, can read from the world whether it is done already, changes the world when it isn't, and
checks its own result. `up` is such a graph.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from enum import Enum
from graphlib import CycleError, TopologicalSorter

from lab.core.errors import LabError
from lab.process import shell

Say = Callable[[str], None]
"""Tells what a running step is at, in a few words."""


class State(Enum):
    """The state of a step; the value is what people read."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"
    NOT_RUN = "not run"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing to bring about.

    `is_done` reads the world and gives the reason why nothing is to be done, or None; it is asked after all needs are
    met; a step without it only looks at the world, and is run each time. `run` brings it about, and may return what is
    worth saying of it. `check` reads the world again and raises when it didn't come true. `plan` lists the commands
    that `run` would use, for `--dry`.
    """

    name: str
    needs: tuple[str, ...] = ()
    is_done: Callable[[], str | None] | None = None
    run: Callable[[Say], str | None]
    check: Callable[[], None] = lambda: None
    plan: Callable[[], Sequence[str]] = tuple


@dataclass
class Record:
    """What became of a step; times are seconds since the graph's start."""

    name: str
    state: State = State.WAITING
    note: str = ""
    began: float | None = None
    ended: float | None = None
    error: BaseException | None = field(default=None, repr=False)

    def seconds(self, now: float) -> float:
        """How long it took, or has taken so far."""
        return 0.0 if self.began is None else (self.ended if self.ended is not None else now) - self.began


class Graph:
    """Runs steps, each as soon as what it needs is there.

    Raises:
        ValueError: A step needs one that isn't there, a name is taken twice, or they need each other in a circle.
    """

    def __init__(self, steps: Iterable[Step], *, on_change: Callable[[Record], None] = lambda _: None) -> None:
        steps = tuple(steps)
        self.steps: Mapping[str, Step] = {step.name: step for step in steps}
        if len(self.steps) < len(steps):
            raise ValueError("two steps have the same name")
        self.records = {step.name: Record(step.name) for step in steps}
        self._on_change = on_change
        self._origin = time.monotonic()
        self._lock = threading.Lock()
        unknown = {need for step in steps for need in step.needs} - self.steps.keys()
        if unknown:
            raise ValueError(f"no step is called {', '.join(sorted(unknown))}")
        try:
            self.order = tuple(TopologicalSorter({step.name: step.needs for step in steps}).static_order())
        except CycleError as error:
            raise ValueError(f"steps depend on each other in a cycle: {', '.join(error.args[1])}") from error

    @property
    def now(self) -> float:
        """Seconds since the graph's start."""
        return time.monotonic() - self._origin

    def run(self) -> None:
        """Run all steps.

        Raises:
            LabError: The first step that failed, after those under way have ended.
            KeyboardInterrupt: As it came; the commands under way were ended before.
        """
        self._origin = time.monotonic()
        pending = dict(self.steps)
        running: dict[Future[None], str] = {}
        with ThreadPoolExecutor(max_workers=max(1, len(self.steps)), thread_name_prefix="step") as pool:
            try:
                while pending or running:
                    if self._failed() is None:
                        for name in [n for n, step in pending.items() if self._met(step)]:
                            running[pool.submit(self._carry_out, pending.pop(name))] = name
                    if not running:
                        break
                    # A timeout lets Ctrl-C through on every platform.
                    for future in wait(running, timeout=0.5, return_when=FIRST_COMPLETED).done:
                        running.pop(future)
            except BaseException:
                shell.stop_all()
                raise
            finally:
                shell.end_waits(now=False)
                for name in pending:
                    self._set(self.records[name], State.NOT_RUN, self._why_not_run(name))
        failed = self._failed()
        if failed is not None and failed.error is not None:
            raise failed.error

    def plan(self) -> list[tuple[str, str | None, Sequence[str]]]:
        """What `run` would do: per step its name, the reason for a skip (or None), and its commands."""
        rows: list[tuple[str, str | None, Sequence[str]]] = []
        done: set[str] = set()
        for name in self.order:
            step = self.steps[name]
            may_be_done = done.issuperset(step.needs)
            reason = _reason_or_none(step) if may_be_done else None
            if reason is not None or (may_be_done and step.is_done is None):
                done.add(name)
            rows.append((name, reason, () if reason is not None else step.plan()))
        return rows

    def _met(self, step: Step) -> bool:
        return all(self.records[need].state in {State.DONE, State.SKIPPED} for need in step.needs)

    def _failed(self) -> Record | None:
        failed = [record for record in self.records.values() if record.state is State.FAILED]
        return min(failed, key=lambda record: record.ended or 0.0) if failed else None

    def _why_not_run(self, name: str) -> str:
        missing = [n for n in self.steps[name].needs if self.records[n].state in {State.FAILED, State.NOT_RUN}]
        return f"needs {', '.join(missing)}" if missing else "stopped before it began"

    def _carry_out(self, step: Step) -> None:
        record = self.records[step.name]
        record.began = self.now
        try:
            self._set(record, State.RUNNING)
            reason = step.is_done() if step.is_done else None
            if reason is not None:
                self._set(record, State.SKIPPED, reason)
                return
            note = step.run(lambda words: self._set(record, State.RUNNING, words))
            step.check()
            self._set(record, State.DONE, note or "")
        except shell.InterruptedLabError as error:
            record.error = error
            first = self._failed()
            why = f"stopped waiting: {first.name} failed" if first else "interrupted"
            self._set(record, State.NOT_RUN if first else State.FAILED, why)
        except BaseException as error:  # noqa: BLE001 - a thread's error is kept and raised by `run`
            record.error = error
            shell.end_waits()
            self._set(record, State.FAILED, error.summary if isinstance(error, LabError) else repr(error))

    def _set(self, record: Record, state: State, note: str = "") -> None:
        with self._lock:
            record.state, record.note = state, note
            if record.began is not None and state is not State.RUNNING:
                record.ended = self.now
            self._on_change(record)


def _reason_or_none(step: Step) -> str | None:
    """Why the step is done already; a world that can't be read is one in which it isn't."""
    try:
        return step.is_done() if step.is_done else None
    except LabError:
        return None
