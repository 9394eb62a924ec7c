from hypothesis import given, settings
from hypothesis import strategies as st

from lab.measure.latency import P99, percentile
from lab.measure.rise import compare, rise
from lab.measure.tail import LEAST, Tail
from tests.lab.measure.test_rise import drawn


@settings(deadline=None)
@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=3000))
def test_the_99th_percentile_of_a_tail_is_that_of_all(values: list[float]) -> None:
    assert Tail.of(values).percentile(P99) == percentile(sorted(values), P99)


def test_a_tail_keeps_few_of_many_and_all_of_few() -> None:
    many = Tail.of(range(10_000))

    assert (many.count, len(many.highest), many.highest[0]) == (10_000, 500, 9500)
    assert len(Tail.of(range(LEAST)).highest) == LEAST


def test_a_comparison_of_tails_is_that_of_all_values() -> None:
    """What a run's folder keeps must give the interval that all of its orders would."""
    before, after = drawn(1, 1600), drawn(2, 8000, scale=1.5)
    first, second = (Tail(count=len(values), highest=tuple(sorted(values))) for values in (before, after))

    assert compare(first, second) == rise(before, after)
