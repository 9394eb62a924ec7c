"""Random arrivals are nearly those of a Poisson process, and as many as were asked for."""

from collections import Counter
from itertools import pairwise
from math import exp
from statistics import mean, pstdev
from typing import Any

import pytest

from tests.loadtests.real_k6 import drawn

RANDOM = {"LAB_ARRIVALS": "random"}
STAGES = "1020:20,5040:20,600:20"


def dues(orders: int, **load: str) -> tuple[list[float], Any]:
    found = drawn(orders, **load)
    return [one["due"] for one in found["drawn"]], found


@pytest.mark.parametrize(("rate", "block", "seconds"), [(1020, 2000, 300), (5040, 2000, 300), (60_000, 400, 20)])
def test_the_gaps_between_random_arrivals_are_exponential(rate: int, block: float, seconds: int) -> None:
    """As many are shorter than a time as an exponential distribution has, up to 3 % of all; at least 5,000 gaps."""
    due, found = dues(rate * seconds // 60, LAB_RATE=str(rate), LAB_DURATION_S=str(seconds), **RANDOM)
    gaps = [later - earlier for earlier, later in pairwise(sorted(due))]
    between = 60_000 / rate

    assert found["later"] == pytest.approx(block)
    assert pstdev(gaps) / mean(gaps) == pytest.approx(1, abs=0.06)
    for times in (0.1, 0.5, 1, 2, 4):
        assert sum(gap < times * between for gap in gaps) / len(gaps) == pytest.approx(1 - exp(-times), abs=0.03)


def test_random_arrivals_come_as_often_as_a_poisson_process_has_it_in_short_times() -> None:
    """In 100 ms of 5,040 a minute the count's variance is nearly its mean; at even distances it is nearly 0."""
    due, _ = dues(25_200, LAB_RATE="5040", LAB_DURATION_S="300", **RANDOM)
    counts = Counter(int(one // 100) for one in due)
    each = [counts[n] for n in range(int(min(due) // 100) + 1, int(max(due) // 100))]

    assert pstdev(each) ** 2 / mean(each) == pytest.approx(0.95, abs=0.12)


def test_random_arrivals_keep_the_rate_from_block_to_block() -> None:
    due, found = dues(25_200, LAB_RATE="5040", LAB_DURATION_S="300", **RANDOM)
    blocks = Counter(int(one // found["later"]) for one in due)

    assert set(blocks) == set(range(1, 151))
    assert {count for _, count in blocks.items()} <= {167, 168, 169}


@pytest.mark.parametrize(
    "load",
    [
        {"LAB_RATE": "1020", "LAB_DURATION_S": "61"},
        {"LAB_RATE": "1020", "LAB_STAGES": STAGES},
        {"LAB_RATE": "0", "LAB_STAGES": "5040:10"},
    ],
)
def test_no_order_waits_longer_than_two_blocks_nor_is_due_before_k6_begins_it(load: dict[str, str]) -> None:
    orders = int(drawn(0, **load)["orders"])
    (even, _), (later, found) = dues(orders, **load), dues(orders, **load, **RANDOM)
    waits = [after - before for before, after in zip(even, later, strict=True)]

    assert min(waits) >= 0
    assert max(waits) <= 2 * found["later"]
    assert max(later) <= found["later"] + found["duration"] * 1000 + 1e-6


def test_random_arrivals_follow_a_ramp() -> None:
    """In each second about as many as at even distances."""
    even, later = (dues(5000, LAB_RATE="0", LAB_STAGES="10000:60", LAB_ARRIVALS=kind)[0] for kind in ("even", "random"))
    halves = [sum(one - shift < 30_000 for one in due) for due, shift in ((even, 0), (later, 2000))]

    assert halves[0] == pytest.approx(1250, abs=1)
    assert halves[1] == pytest.approx(1250, abs=20)
