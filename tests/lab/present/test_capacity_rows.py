import pytest

from lab.judge.rate_search import Interval
from lab.judge.tries import Try, TryOutcome
from lab.present.capacity_rows import COLUMNS, conclusion, line, lines, rows
from tests.lab.searches import capacity, failed, held

BROKEN = Try(name="try-03-2040", rate=2040, outcome=TryOutcome.UNMEASURED, reason="k6 can't be started")


def test_what_was_found_is_the_rate_with_its_matches_and_its_interval() -> None:
    assert conclusion(capacity(held(24_000), failed(25_200))) == (
        "capacity of multi: 24,000 orders/min (28,800 matches/min), 95 % interval 24,000 to 25,200, by 2 tries"
    )


def test_a_capacity_under_a_limit_of_cpu_says_so() -> None:
    said = conclusion(capacity(held(24_000), failed(25_200), engine_cpu="30m"))

    assert said.startswith("capacity of multi with 30m CPU an engine: 24,000 orders/min")


def test_the_matches_are_the_fills_per_order_of_the_tries_that_held_at_the_capacity() -> None:
    tries = [*(held(24_000, matches=matches) for matches in (1.0, 28_000.0, 29_000.0)), failed(25_200)]

    assert "(28,000 matches/min)" in conclusion(capacity(*tries))


def test_a_trial_is_marked() -> None:
    assert conclusion(capacity(held(24_000), failed(25_200), profile="smoke")).startswith(
        "capacity of multi (SMOKE): 24,000"
    )


def test_a_capacity_without_a_cluster_is_marked() -> None:
    said = conclusion(capacity(held(24_000), failed(25_200), runtime="process"))

    assert said.startswith("capacity of multi (PROCESS): 24,000")


def test_no_end_is_told() -> None:
    assert conclusion(capacity(held(240_000))).endswith("at least 240,000 orders/min, the highest rate of the search")


def test_no_capacity_is_told_with_its_reason() -> None:
    assert conclusion(capacity(failed(1020))) == (
        "capacity of multi: below 1,020 orders/min, the lowest rate of the search: p99 812 ms; lower capacity.least"
    )
    assert conclusion(capacity(failed(1020), engine_cpu="30m")).endswith(
        "p99 812 ms; give engines more with --engine-cpu, or lower capacity.least"
    )


def test_a_search_that_broke_off_says_what_held_before() -> None:
    said = conclusion(
        capacity(held(1020), BROKEN, broke_off="2,040 orders/min could not be measured twice in a row: k6")
    )

    assert said == (
        "capacity of multi: not found: 2,040 orders/min could not be measured twice in a row: k6; 1,020 orders/min held before"
    )


@pytest.mark.parametrize(
    ("tries", "low", "high", "says"),
    [
        ([held(5040)] * 4, 5040, None, "multi carries 5,040 orders/min: 4 of 4 tries held"),
        ([failed(5040)] * 4, None, 5040, "multi does not carry 5,040 orders/min: 0 of 4 tries held; p99 812 ms"),
    ],
)
def test_whether_a_topology_carries_a_rate_is_told_with_its_tries(
    tries: list[Try], low: int | None, high: int | None, says: str
) -> None:
    found = capacity(*tries, demand=5040, interval=Interval(rate=5040, low=low, high=high))

    assert conclusion(found) == says
    assert "capacity.most" not in "".join(lines(found, None))


def test_every_try_is_a_row_with_whose_cpu_it_took() -> None:
    table = rows(capacity(held(24_000), BROKEN))

    assert table[0] == (
        "try-01-24000", "24,000", "held", "14.2 ms", "0 %", "28,800", "72 %", "0.41", "1.83", "0.43",
        "p99 14.2 ms, 0 % errors",
    )  # fmt: skip
    assert table[1] == ("try-03-2040", "2,040", "not measured", *("-",) * 7, "k6 can't be started")
    assert {len(row) for row in table} == {len(COLUMNS)}


def test_a_try_is_told_as_it_ends() -> None:
    assert line(failed(25_200)) == "try-02-25200: 25,200 orders/min did not hold: p99 812 ms"


def test_without_a_capacity_to_compare_with_the_way_to_one_is_told() -> None:
    tries = (held(24_000), failed(25_200))
    several, alone = capacity(*tries), capacity(*tries, shards=1)

    assert lines(several, None)[-1].endswith("add --against")
    assert lines(several, "speed-up with 3 shards")[-1] == "speed-up with 3 shards"
    assert "speed-up" not in "".join(lines(alone, None))
