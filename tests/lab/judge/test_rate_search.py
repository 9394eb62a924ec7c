import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.judge.rate_search import Bracket, Search
from lab.settings.case_settings import CapacitySettings
from tests.lab.made import SETTINGS


def settings(**changes: Any) -> CapacitySettings:
    wanted = {"least": 1000, "most": 256_000, "precision": 0.05, "repeat": 1, **changes}
    return SETTINGS.capacity.model_copy(update=wanted)


def sought(wanted: CapacitySettings, oracle: Callable[[int], bool]) -> tuple[Bracket, list[int]]:
    """What a search comes to, and the rates that it tried."""
    search, tried = Search(settings=wanted), []
    while (rate := search.rate) is not None:
        tried.append(rate)
        search = search.after(holds=oracle(rate))
    return search.bracket, tried


def test_it_doubles_until_a_rate_fails_and_then_halves_the_way_between() -> None:
    _, tried = sought(settings(), lambda rate: rate <= 5000)

    assert tried[:4] == [1000, 2000, 4000, 8000]
    assert tried[4] == 5657  # as far from 4,000 as from 8,000, as a ratio
    assert all(4000 < rate < 8000 for rate in tried[4:])


@given(st.integers(min_value=1000, max_value=255_999), st.sampled_from([0.5, 0.1, 0.05, 0.01]))
def test_the_capacity_lies_in_the_bracket_which_is_as_narrow_as_asked(capacity: int, precision: float) -> None:
    found, tried = sought(settings(precision=precision), lambda rate: rate <= capacity)

    assert found.held is not None
    assert found.failed is not None
    assert found.held <= capacity < found.failed
    assert found.failed <= found.held * (1 + precision) or found.failed - found.held <= 2
    assert len(tried) == len(set(tried)) < 25


@given(
    st.floats(min_value=4000, max_value=100_000), st.sampled_from([1, 3, 5]), st.integers(min_value=0, max_value=10_000)
)
def test_noise_near_the_capacity_moves_the_bracket_no_farther_than_the_noise(
    capacity: float, repeat: int, seed: int
) -> None:
    """A rate within 20 % of the capacity holds or not by chance; all others are certain."""
    chance = random.Random(seed)  # noqa: S311 - noise

    def noisy(rate: int) -> bool:
        return chance.random() < 0.5 if 0.8 < rate / capacity < 1.25 else rate < capacity

    found, _ = sought(settings(repeat=repeat), noisy)

    assert found.held is not None
    assert found.failed is not None
    assert found.held < 1.25 * capacity
    assert found.failed > 0.8 * capacity
    assert found.held < found.failed <= found.held * 1.05 + 2


def test_more_tries_of_a_rate_make_two_searches_agree_better() -> None:
    def spread(repeat: int) -> float:
        chance = random.Random(7)  # noqa: S311 - noise
        # Nine of ten tries below the capacity hold, one of ten above it.
        found = [
            sought(settings(repeat=repeat), lambda rate: chance.random() < (0.9 if rate < 20_000 else 0.1))[0].held or 0
            for _ in range(200)
        ]
        return sum(abs(one - 20_000) > 2_000 for one in found) / len(found)

    assert spread(5) < spread(3) < spread(1)


def test_a_rate_is_decided_as_soon_as_most_of_its_tries_agree() -> None:
    answers = iter([True, True, False, True, False, False, True, False])
    search, tried = Search(settings=settings(repeat=3, most=4000)), []
    for holds in answers:
        assert search.rate is not None
        tried.append(search.rate)
        search = search.after(holds=holds)

    assert tried == [1000, 1000, 2000, 2000, 2000, 1414, 1414, 1414]


@pytest.mark.parametrize(
    ("holds", "bracket", "rates"),
    [
        (False, Bracket(held=None, failed=1000), [1000]),
        (True, Bracket(held=3000, failed=None), [1000, 2000, 3000]),
    ],
    ids=["without capacity", "beyond the most"],
)
def test_a_search_ends_where_nothing_holds_or_nothing_fails(bracket: Bracket, rates: list[int], *, holds: bool) -> None:
    assert sought(settings(most=3000), lambda _: holds) == (bracket, rates)


def test_a_search_that_is_over_takes_no_try() -> None:
    over = Search(settings=settings(), bracket=Bracket(failed=1000))

    with pytest.raises(ValueError, match="the search is over"):
        over.after(holds=True)
