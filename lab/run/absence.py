"""Polls the broker's pods while a load with an outage runs: whether it was really away all the time."""

import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from lab.core.errors import LabError
from lab.measure.surroundings import Poll

EVERY = 1.0
"""Seconds between two polls: no pod starts and ends within."""
LINGER = 20.0
"""Seconds that the last poll may take: the API's own limit, and a little."""


class Absence:
    """A context in which the broker's pods are polled; `polls` are what was seen.

    Args:
        pods: Reads the names of its pods.
    """

    def __init__(self, pods: Callable[[], Sequence[str]]) -> None:
        self._pods = pods
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._polls: list[Poll] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if kind is None:
            self._thread.join(LINGER)

    @property
    def polls(self) -> tuple[Poll, ...]:
        """What was seen; a poll that the cluster did not answer is none."""
        return tuple(self._polls)

    def _run(self) -> None:
        while not self._over.wait(EVERY):
            began = time.time() * 1000
            try:
                found = tuple(self._pods())
            except LabError:
                continue
            self._polls.append(Poll(began=began, ended=time.time() * 1000, pods=found))
