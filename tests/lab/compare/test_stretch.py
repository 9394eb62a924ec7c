import math
from itertools import pairwise

import pytest

from lab.compare.stretch import FEWEST, Stretch, cut
from lab.core.windows import Window


def window(name: str, start: float, end: float) -> Window:
    return Window(name=name, start=start * 1000, end=end * 1000)


@pytest.mark.parametrize(("seconds", "number"), [(26, 5), (60, 6), (270, 20), (3600, 20)])
def test_a_load_is_cut_in_stretches_that_leave_nothing_out(seconds: int, number: int) -> None:
    found = cut([window("whole", 10, 10 + seconds)])

    assert len(found) == number
    assert (found[0].start, found[-1].end) == (10_000, (10 + seconds) * 1000)
    assert all(one.end == pytest.approx(other.start) for one, other in pairwise(found))
    assert {one.name for one in found} == {"whole"}


def test_each_window_has_stretches_of_its_own_and_what_lies_between_them_too() -> None:
    found = cut(
        [window("whole", 0, 240), window("before", 0, 30), window("during", 40, 160), window("after", 170, 240)]
    )

    names = [one.name for one in found]
    assert names.count("before") == FEWEST
    assert names.count("during") == 10
    assert sum(one.seconds for one in found) == pytest.approx(240)
    assert len({name for name in names if name.startswith("at ")}) == 2


def test_without_a_judged_load_there_is_no_stretch() -> None:
    assert cut([]) == ()
    assert cut([window("before", 0, 30)]) == ()


def test_errors_are_the_endless_orders() -> None:
    assert Stretch(window="whole", seconds=1.0, latencies=(1.0, math.inf, math.inf)).errors == 2
