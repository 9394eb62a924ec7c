import time

import pytest

from lab.errors import ToolError
from lab.measure.counters import Series
from lab.measure.prometheus import Prometheus
from lab.running.clock import ahead, further


class Clock(Prometheus):
    """A Prometheus whose clock is off, and whose answers take a while, the first one longest."""

    def __init__(self, off: float, *, answers: bool = True) -> None:
        super().__init__("http://127.0.0.1:1")
        self._off = off
        self._answers = answers
        self._takes = iter((0.3, 0.02, 0.04))

    def query(self, promql: str, *, instant: float | None = None) -> tuple[Series, ...]:  # noqa: ARG002 - its signature
        if not self._answers:
            raise ToolError("prometheus does not answer")
        now = time.time() + self._off
        time.sleep(next(self._takes))  # all of it on the way back
        return (Series(labels={}, points=((now * 1000, now),)),)


@pytest.mark.parametrize("off", [-2.5, 0.0, 1.5])
def test_the_way_there_and_back_is_taken_out_by_the_quickest_answer(off: float) -> None:
    assert ahead(Clock(off)) == pytest.approx(off, abs=0.1)


def test_a_prometheus_that_does_not_answer_tells_no_time() -> None:
    assert ahead(Clock(0, answers=False)) is None


def test_the_worse_of_two_looks_counts() -> None:
    assert further(0.1, -2.0) == -2.0
    assert further(0.1, None) is None
    assert further(None, 0.1) is None
