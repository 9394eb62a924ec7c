import random

from hypothesis import given
from hypothesis import strategies as st

from lab.measure.blocks import inflation, inflation_of

AT = [number * 1000 / 17 for number in range(2040)]
"""Two minutes of orders."""


def test_independent_hits_are_worth_what_they_are() -> None:
    source = random.Random(1)  # noqa: S311 - no secret
    found = [inflation_of(AT, sorted(source.sample(AT, 20))) for _ in range(100)]

    assert sum(one == 1.0 for one in found) >= 85


def test_hits_that_come_together_are_worth_fewer() -> None:
    """Twenty orders of one pause say as much of the next minutes as one does."""
    assert inflation_of(AT, AT[1000:1020]) > 15


def test_hits_of_several_pauses_are_worth_about_as_many_as_there_were_pauses() -> None:
    hits = sorted(one for first in (100, 700, 1500, 1900) for one in AT[first : first + 5])

    assert 3 < inflation_of(AT, hits) < 8


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 50)), max_size=40))
def test_it_is_never_less_than_1(blocks: list[tuple[int, int]]) -> None:
    hits, counts = [min(hit, count) for hit, count in blocks], [count for _, count in blocks]

    assert inflation(hits, counts) >= 1


def test_what_is_too_little_to_tell_is_independent() -> None:
    assert inflation([5, 0], [10, 10]) == 1
    assert inflation_of([1.0], [1.0]) == 1
