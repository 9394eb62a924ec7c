import math
import random
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from lab.judge.rate_search import FEWEST, Interval, Search
from lab.settings.case_settings import CapacitySettings
from tests.lab.made import SETTINGS


def settings(**changes: Any) -> CapacitySettings:
    wanted = {"least": 1000, "most": 256_000, "precision": 0.1, "tries": 20, **changes}
    return SETTINGS.capacity.model_copy(update=wanted)


def sought(wanted: CapacitySettings, oracle: Callable[[int], bool]) -> tuple[Interval, list[int]]:
    """What a search comes to, and the rates that it tried."""
    search, tried = Search.of(wanted), []
    while (rate := search.rate) is not None:
        tried.append(rate)
        search = search.after(holds=oracle(rate))
    assert search.interval is not None
    return search.interval, tried


def test_it_doubles_until_a_rate_fails_and_then_tries_around_the_capacity() -> None:
    _, tried = sought(settings(), lambda rate: rate <= 5000)

    assert tried[:4] == [1000, 2000, 4000, 8000]
    assert all(4000 < rate < 8000 for rate in tried[5:])


@hypothesis(max_examples=20, deadline=None)
@given(st.integers(min_value=1500, max_value=200_000), st.sampled_from([0.5, 0.2, 0.1]))
def test_without_noise_the_capacity_lies_in_an_interval_as_narrow_as_asked(capacity: int, precision: float) -> None:
    found, tried = sought(settings(precision=precision, tries=40), lambda rate: rate <= capacity)

    assert found.low is not None
    assert found.high is not None
    assert found.low <= capacity <= found.high <= found.low * (1 + precision) + 1
    assert len(tried) <= 30


def holds(chance: random.Random, capacity: float, noise: float, rate: int) -> bool:
    return chance.random() < 1 / (1 + math.exp(min(math.log(rate / capacity) / noise, 50.0)))


@pytest.mark.parametrize("noise", [0.02, 0.05, 0.1, 0.2])
def test_the_interval_holds_the_truth_at_any_noise(noise: float) -> None:
    """A try of a rate holds with the probability of a logistic curve; `benchmarks/verdicts.py` draws more of them."""
    chance, inside, draws = random.Random(7), 0, 60  # noqa: S311 - noise
    for _ in range(draws):
        capacity = math.exp(chance.uniform(math.log(3000), math.log(100_000)))
        found, _ = sought(settings(), partial(holds, chance, capacity, noise))
        inside += (found.low or 0) <= capacity <= (found.high or math.inf)

    assert inside >= 0.9 * draws


def test_it_takes_as_many_tries_as_it_may_and_says_how_little_they_tell() -> None:
    chance = random.Random(7)  # noqa: S311 - noise

    found, tried = sought(settings(tries=12), partial(holds, chance, 20_000, 0.2))

    assert len(tried) == 12
    assert found.low is not None
    assert found.high is not None
    assert found.high > 1.3 * found.low


def test_fewer_tries_than_say_something_of_their_own_noise_end_no_search() -> None:
    _, tried = sought(settings(precision=0.9), lambda rate: rate <= 1500)

    assert len(tried) >= FEWEST


def test_a_topology_that_does_not_hold_the_least_rate_has_no_capacity() -> None:
    found, tried = sought(settings(), lambda _: False)

    assert found.low is None
    assert set(tried) == {1000}
    assert len(tried) < 5


def test_a_search_that_ends_at_its_highest_rate_has_no_upper_end() -> None:
    found, tried = sought(settings(most=3000), lambda _: True)

    assert found.high is None
    assert tried[:3] == [1000, 2000, 3000]
    assert len(tried) < 20


def test_one_unlucky_try_of_the_least_rate_is_no_end() -> None:
    answers = iter([False])

    found, _ = sought(settings(), lambda rate: next(answers, rate <= 5000))

    assert found.low is not None


def test_nothing_is_known_before_the_first_try() -> None:
    assert Search.of(settings()).interval is None


def test_a_search_that_is_over_takes_no_try() -> None:
    search = Search.of(settings(tries=1)).after(holds=True)

    with pytest.raises(ValueError, match="the search is over"):
        search.after(holds=True)
