import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.judge.demand import MOST, Demand
from lab.judge.rate_search import Interval


def after(*held: bool) -> Demand:
    found = Demand(asked=5040)
    for holds in held:
        found = found.after(holds=holds)
    return found


@pytest.mark.parametrize(
    ("held", "is_carried"),
    [
        ((), None),
        ((True,) * 3, None),
        ((True,) * 4, True),
        ((False,) * 4, False),
        ((True, False, *(True,) * 4), None),
        ((True, False, *(True,) * 5), True),
    ],
)
def test_a_rate_is_carried_where_it_surely_holds_more_often_than_not(
    held: tuple[bool, ...], *, is_carried: bool | None
) -> None:
    found = after(*held)

    assert found.is_carried is is_carried
    assert found.rate == (5040 if is_carried is None else None)


def test_what_is_known_of_the_capacity_has_one_end() -> None:
    assert after(*(True,) * 4).interval == Interval(rate=5040, low=5040, high=None)
    assert after(*(False,) * 4).interval == Interval(rate=5040, low=None, high=5040)
    assert after(True).interval is None


@given(st.lists(st.booleans(), min_size=MOST, max_size=MOST))
def test_it_ends(held: list[bool]) -> None:
    assert after(*held).rate is None
