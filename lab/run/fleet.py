"""The k6 that send a load: one, or several of which each sends a part, begun together."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from lab.core.causes import LOAD_GENERATOR
from lab.core.errors import ToolError
from lab.measure.measurements import RunnerFigures
from lab.measure.samples import NOTHING_SENT, Samples
from lab.process.background import Background
from lab.run import k6_api
from lab.run.runner import Runner, text
from lab.tools import k6

READY = 60.0
"""Seconds in which each runner must wait for its release."""
LOOK = 0.1
ANSWER = 1.0


class Fleet:
    """A context with all k6 of a load. A load that one of several has left is none: the others are stopped then.

    Args:
        runners: They.
        steered: Whether each waits for its release, as those of a load that has parts do; else it begins by itself.

    Attributes:
        runners: They.
        requests: How many they had sent at the last look.
        load_began: When the first iteration of any had ended (epoch ms); None before.
    """

    def __init__(self, runners: Sequence[Runner], *, steered: bool = False) -> None:
        self.runners = tuple(runners)
        self._is_steered = steered
        self.requests = 0
        self.load_began: float | None = None
        self._steering = Steering([self.name(runner) for runner in runners], runners)
        self._broken: Runner | None = None
        self._is_stopped = False

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            for runner in self.runners:
                stack.enter_context(runner)
            if self._is_steered:
                stack.enter_context(self._steering)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._stack.__exit__(kind, error, trace)

    def name(self, runner: Runner) -> str:
        """What people call it."""
        if not self._is_steered:
            return "k6"
        return f"runner {self.runners.index(runner) + 1} of {len(self.runners)}"

    @property
    def apis(self) -> tuple[str, ...]:
        """Where each REST API answers (`host:port`)."""
        return tuple(runner.api for runner in self.runners)

    @property
    def started(self) -> float:
        """When the first was started (epoch ms)."""
        return min(runner.started for runner in self.runners)

    @property
    def overdue(self) -> bool:
        """Whether one was stopped at its deadline."""
        return any(runner.overdue for runner in self.runners)

    @property
    def exit_code(self) -> int:
        """That of the one that broke; else of the first that did not end with 0."""
        codes = [runner.exit_code or 0 for runner in ((self._broken,) if self._broken else self.runners)]
        return next(filter(None, codes), 0)

    @property
    def problem(self) -> ToolError | None:
        """Why it was not the load that was to be sent; None where each ended by itself, as it should."""
        runner = self._broken
        if runner is None and self._steering.problem:
            return self._steering.problem
        runner = runner or self._first_broken()
        if runner is None:
            return None
        who = f"{self.name(runner)}: " if self._is_steered else ""
        if runner.trouble:
            return ToolError(f"{who}{runner.trouble}", cause=LOAD_GENERATOR)
        said = k6.last_error(text(runner.log))
        return ToolError(
            f"{who}{self._problem_of(runner)}: {said}; look at {runner.log}", cause=k6.cause(runner.exit_code or 0)
        )

    @property
    def cores(self) -> float:
        """The cores they used together since the load began."""
        return sum(runner.use.cores for runner in self.runners)

    @property
    def cpu_share(self) -> float:
        """What the one that had the least left used since then of the CPU it could have had."""
        return max(runner.use.share for runner in self.runners)

    @property
    def host_busy(self) -> float:
        """The share of the CPU that something used since then, on the busiest of their machines."""
        return max(runner.use.host_busy for runner in self.runners)

    @property
    def host_busiest(self) -> float | None:
        """The same, of the busiest minute; None where one of them is unknown."""
        known = [runner.use.host_busiest for runner in self.runners]
        return None if None in known else max(filter(None, known), default=0.0)

    @property
    def host_cores(self) -> int | None:
        """The cores of the smallest of their machines; None if there was no look."""
        return min((cores for runner in self.runners if (cores := runner.use.host_cores)), default=None)

    @property
    def late_writes(self) -> int:
        """How often one says that its results went to Prometheus late."""
        return sum(k6.late_writes(text(runner.log)) for runner in self.runners)

    def figures(self, recorded: Samples) -> tuple[RunnerFigures, ...]:
        """What is judged of each that sends a part.

        Args:
            recorded: What they recorded together.
        """
        if not self._is_steered:
            return ()
        sent = recorded.runners or (NOTHING_SENT,) * len(self.runners)
        return tuple(
            RunnerFigures(
                name=self.name(runner),
                orders=own.orders,
                late=own.late,
                clock=runner.clock,
                cpu_share=runner.use.share,
            )
            for runner, own in zip(self.runners, sent, strict=True)
        )

    def look(self) -> bool:
        """Take note of how far they are; False when all have ended."""
        runs = [runner.look() for runner in self.runners]
        self.requests = sum(runner.requests for runner in self.runners)
        began = [runner.load_began for runner in self.runners if runner.load_began is not None]
        self.load_began = min(began, default=None)
        if not self._is_stopped:
            self._broken = self._broken or self._first_broken()
        if any(runs) and (self._broken or self._steering.problem):
            self.stop()
        return any(runs)

    def stop(self) -> None:
        """End them all, side by side."""
        self._is_stopped = True
        with ThreadPoolExecutor(len(self.runners)) as pool:
            list(pool.map(lambda runner: runner.stop(), self.runners))

    def _first_broken(self) -> Runner | None:
        return next((one for one in self.runners if self._problem_of(one)), None)

    @staticmethod
    def _problem_of(runner: Runner) -> str | None:
        return runner.trouble or k6.problem(runner.exit_code or 0)


class Steering(Background):
    """Begins a load of several runners: the books are seeded once, and all begin ahead of one time at which it is due.

    Attributes:
        problem: Why it could not; None if it could, or is still about it.
    """

    def __init__(self, names: Sequence[str], runners: Sequence[Runner]) -> None:
        super().__init__(linger=None)
        self._runners = dict(zip(names, runners, strict=True))
        self.problem: ToolError | None = None

    def _run(self) -> None:
        try:
            self._await_all()
            first, *_ = self._runners.values()
            data = k6_api.set_up(first.api)
            # Ours return nothing; another's data is its own.
            start = {"start": time.time() * 1000 + k6.AHEAD * 1000} if data is None else data
            for runner in self._runners.values():
                k6_api.hand_over(runner.api, start)
            with ThreadPoolExecutor(len(self._runners)) as pool:
                list(pool.map(lambda runner: k6_api.release(runner.api), self._runners.values()))
        except ToolError as error:
            if not self._over.is_set():
                self.problem = error

    def _await_all(self) -> None:
        end = time.monotonic() + READY
        for name, runner in self._runners.items():
            look = f"look at {runner.log}"
            while not k6_api.waits(runner.api, timeout=ANSWER):
                if time.monotonic() > end:
                    raise ToolError(f"{name} was not ready within {READY:g} s; {look}", cause=LOAD_GENERATOR)
                if self._over.wait(LOOK) or runner.exit_code is not None:
                    raise ToolError(f"{name} ended before the load; {look}", cause=LOAD_GENERATOR)
