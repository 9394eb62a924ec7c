import math
import random
from typing import Any

import pytest

from lab.judge.capacity import Capacity
from lab.judge.rate_search import Interval
from lab.judge.speedup import ratio, speed_up
from tests.lab.searches import capacity, failed, held


def found(rate: int, width: float = 0.1) -> Interval:
    return Interval(rate=rate, low=round(rate * (1 - width / 2)), high=round(rate * (1 + width / 2)))


def single(rate: int = 10_000, **changes: Any) -> Capacity:
    values: dict[str, Any] = {"interval": found(rate), "topology": "single", "shards": 1, "run": "r1", **changes}
    return capacity(held(rate), failed(rate + 500), **values)


def multi(rate: int = 27_000, **changes: Any) -> Capacity:
    values: dict[str, Any] = {"interval": found(rate), **changes}
    return capacity(held(rate), failed(rate + 500), **values)


def test_the_speed_up_is_told_with_its_interval_and_its_efficiency() -> None:
    said = str(speed_up(multi(), [single(), single(run="r2")]))

    assert said.startswith("speed-up with 3 shards: 2.7 (90 %), 95 % interval 2.")
    assert said.endswith("against 1 shard at 10,000 orders/min, by 1 search of multi and 2 searches of single")


def test_searches_that_agree_narrow_it_and_those_that_differ_widen_it() -> None:
    def width(many: list[int], few: list[int]) -> float:
        _, low, high = ratio([found(rate) for rate in many], [found(rate) for rate in few])
        return math.log(high / low)

    alone = width([27_000], [10_000])

    assert width([27_000, 27_100], [10_000, 10_050]) < alone
    assert width([27_000, 27_100, 26_900], [10_000, 10_050, 9_950]) < width([27_000, 27_100], [10_000, 10_050])
    assert width([27_000, 33_000], [10_000, 8_000]) > width([27_000, 27_100], [10_000, 10_050])


@pytest.mark.parametrize("drift", [0.0, 0.03, 0.06])
def test_its_interval_holds_the_truth_with_a_drift_between_searches(drift: float) -> None:
    """Of the machine, from one search to the next; `benchmarks/verdicts.py` draws whole searches."""
    chance, draws = random.Random(3), 200  # noqa: S311 - noise
    inside = 0
    for _ in range(draws):
        groups = [
            [found(round(rate * math.exp(chance.gauss(0, drift) + chance.gauss(0, 0.025)))) for _ in range(2)]
            for rate in (27_000, 10_000)
        ]
        _, low, high = ratio(*groups)
        inside += low <= 2.7 <= high

    assert inside >= 0.9 * draws


def test_it_is_against_all_comparable_searches_of_the_newest_topology_of_fewer_shards() -> None:
    others = [
        multi(run="r9"),
        single(run="new"),
        capacity(held(9), failed(10), topology="pair", shards=2),
        single(run="old"),
    ]

    more = speed_up(multi(), others)

    assert more is not None
    assert (more.of.runs, more.against.runs) == (("r3", "r9"), ("new", "old"))


@pytest.mark.parametrize(
    "earlier",
    [
        single(basis={"settings": "other", "profile": "full", "engine": "e"}),
        single(broke_off="the search was interrupted"),
        single(interval=Interval(rate=1020, low=None, high=1200)),
        single(interval=Interval(rate=240_000, low=230_000, high=None)),
        multi(run="r1"),
    ],
    ids=["another basis", "broke off", "nothing held", "nothing failed", "as many shards"],
)
def test_what_cannot_be_compared_is_not(earlier: Capacity) -> None:
    assert speed_up(multi(), [earlier]) is None


def test_what_found_nothing_has_no_speed_up() -> None:
    assert speed_up(capacity(failed(1020)), [single()]) is None
