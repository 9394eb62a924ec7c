import time

import pytest

from lab.core.errors import ToolError
from lab.run.clock import ahead, further
from tests.lab.runtimes import Silent


class Clock(Silent):
    """Metrics whose clock is off, and whose answers take a while, the first one longest."""

    def __init__(self, off: float, *, answers: bool = True) -> None:
        self._off = off
        self._answers = answers
        self._takes = iter((0.3, 0.02, 0.04))

    def now(self) -> float | None:
        if not self._answers:
            raise ToolError("prometheus does not answer")
        now = time.time() + self._off
        time.sleep(next(self._takes))  # all of it on the way back
        return now * 1000


@pytest.mark.parametrize("off", [-2.5, 0.0, 1.5])
def test_the_way_there_and_back_is_taken_out_by_the_quickest_answer(off: float) -> None:
    assert ahead(Clock(off)) == pytest.approx(off, abs=0.1)


def test_metrics_that_do_not_answer_or_have_no_clock_tell_no_time() -> None:
    assert ahead(Clock(0, answers=False)) is None
    assert ahead(Silent()) is None


def test_one_answer_that_fails_does_not_make_the_clock_unknown() -> None:
    class Shy(Clock):
        def now(self) -> float | None:
            self._answers, answers = True, self._answers
            if not answers:
                raise ToolError("prometheus does not answer")
            return super().now()

    assert ahead(Shy(1.5, answers=False)) == pytest.approx(1.5, abs=0.1)


def test_the_worse_of_two_looks_counts() -> None:
    assert further(0.1, -2.0) == -2.0
    assert further(0.1, None) is None
    assert further(None, 0.1) is None
