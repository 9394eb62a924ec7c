import pytest

from lab.core.errors import UsageError
from lab.settings.seed import MOST, chosen


def test_a_seed_is_the_one_that_was_asked_for() -> None:
    assert [chosen("0"), chosen("7"), chosen(str(MOST))] == [0, 7, MOST]


def test_a_run_that_asks_for_none_has_one_of_its_own() -> None:
    assert len({chosen("") for _ in range(5)}) == 5


@pytest.mark.parametrize("asked", ["-1", "4294967296", "1.5", "x", "²"])
def test_what_is_no_seed_is_refused(asked: str) -> None:
    with pytest.raises(UsageError, match="seed must be a whole number from 0 to 4294967295"):
        chosen(asked)
