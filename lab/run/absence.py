"""Polls the broker's pods while a load with an outage runs: whether it was really away all the time."""

import time
from collections.abc import Callable, Sequence

from lab.core.errors import LabError
from lab.measure.surroundings import Poll
from lab.process.background import Background

EVERY = 1.0
"""Seconds between two polls: no pod starts and ends within."""
LINGER = 20.0
"""Seconds that the last poll may take: the API's own limit, and a little."""


class Absence(Background):
    """A context in which the broker's pods are polled; `polls` are what was seen.

    Args:
        pods: Reads the names of its pods.
    """

    def __init__(self, pods: Callable[[], Sequence[str]]) -> None:
        super().__init__(linger=LINGER, waits_on_error=False)
        self._pods = pods
        self._polls: list[Poll] = []

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
