from typing import Any

import pytest

from lab.judge.capacity import Capacity
from lab.judge.rate_search import Bracket
from lab.judge.speedup import Earlier, ratio, speed_up
from tests.lab.searches import capacity, failed, held

ONE = Earlier(run="r1", topology="single", shards=1, held=10_000, failed=10_500)


def single(rate: int = 10_000, **changes: Any) -> Capacity:
    return capacity(held(rate), failed(rate + 500), topology="single", shards=1, **changes)


def multi() -> Capacity:
    return capacity(held(27_000), failed(28_000))


def test_the_speed_up_is_told_with_its_efficiency_and_between_what_it_lies() -> None:
    said = str(ratio(Bracket(held=27_000, failed=28_350), 3, ONE))

    assert said == (
        "speed-up with 3 shards: 2.7 (90 %), at least 2.57 and at most 2.83, against 1 shard at 10,000 orders/min in run r1"
    )


def test_it_is_open_where_no_rate_failed() -> None:
    open_ended = Earlier(run="r1", topology="pair", shards=2, held=10_000, failed=None)

    said = str(ratio(Bracket(held=15_000, failed=None), 3, open_ended))

    assert "speed-up with 3 shards: 1.5 (100 %), against 2 shards" in said


def test_it_is_against_the_newest_comparable_capacity() -> None:
    found = speed_up(multi(), [multi(), single(10_000, run="new"), single(9_000, run="old")])

    assert found is not None
    assert (found.against.run, found.ratio) == ("new", 2.7)


@pytest.mark.parametrize(
    "earlier",
    [
        single(basis={"settings": "other", "profile": "full", "engine": "e"}),
        single(broke_off="the search was interrupted"),
        capacity(failed(1020), topology="single", shards=1),
        multi(),
    ],
    ids=["another basis", "broke off", "nothing held", "as many shards"],
)
def test_what_cannot_be_compared_is_not(earlier: Capacity) -> None:
    assert speed_up(multi(), [earlier]) is None


def test_what_found_nothing_has_no_speed_up() -> None:
    assert speed_up(capacity(failed(1020)), [single()]) is None
