from dataclasses import replace
from typing import Any

import pytest

from lab.measurements import CaseMeasurements
from lab.validity import invalid_because
from lab.windows import Window
from tests.lab.made import OUTAGE, START, case, generator, latency, measured, shard


def a2(**changes: Any) -> CaseMeasurements:
    return measured("a2", **changes)


def a2_shard(**changes: Any) -> CaseMeasurements:
    return measured("a2", shards=(shard(**changes),))


def a4(**changes: Any) -> CaseMeasurements:
    return measured("a4", **changes)


@pytest.mark.parametrize("good", [a2(), a4()], ids=["a2", "a4"])
def test_a_case_within_all_limits_is_valid(good: CaseMeasurements) -> None:
    assert invalid_because(case(good.case), good) == ()


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (a2(problems=("k6 ended with 107",)), "k6 ended with 107"),
        (a2(generator=generator(dropped=12)), "12 iterations dropped (limit 0; client p99 3 ms)"),
        (a2(rate_reached=680.0, ended=START + 180_000), "680 orders/min reached of 1020 asked (limit 99%)"),
        (a2(rate_reached=680.0, ended=START + 180_000), "came for 180 s, the case lasts 300 s"),
        (a2(client={"whole": latency(orders=499)}), "499 accepted orders in window 'whole' of 270 s (limit 500)"),
        (a2(client={"whole": latency(orders=1000, errors=600)}), "find why the orders failed"),
        (a2(generator=generator(cpu_share=0.95)), "used 95% of what it could have had (limit 90%)"),
        (a2_shard(scrapers=0), "me-shard-a was not scraped"),
        (a2_shard(scrapers=2), "scraped by 2 jobs (limit 1)"),
        (a2_shard(longest_gap=15.0), "no answer for 15 s (limit 12.5 s)"),
        (a2_shard(restarts=1), "me-shard-a restarted 1 times"),
        (a2_shard(throttled=0.061), "throttled in 6.1% of its CPU periods (limit 5%)"),
        (a2_shard(least_asks=0.0), "ran dry: no SELL order rested"),
        (a2_shard(matches_per_minute=(1200.0, 1200.0, 590.0, 30.0, 0.0)), "matches an order fell from 1.18 to 0.00"),
        (a2_shard(orders=5800), "the engines took 5800 orders, k6 sent 5100"),
        (a2_shard(orders=4000), "the engines took 4000 orders of the 5100 that k6 got accepted"),
        (a4(fault_error="its pods don't end"), "the broker's outage failed: its pods don't end"),
        (a4(outage=None), "the broker was not taken away"),
        (a4(outage=replace(OUTAGE, began=START + 70_000)), "the outage began 10.0 s late (limit 5 s)"),
        (a4(outage=replace(OUTAGE, over=START + 290_000)), "back 20 s after the load's end"),
    ],
)  # fmt: skip
def test_outside_a_limit_a_case_is_invalid_with_number_and_limit(bad: CaseMeasurements, said: str) -> None:
    assert said in "; ".join(invalid_because(case(bad.case), bad))


def test_every_reason_is_given() -> None:
    bad = a2(generator=generator(dropped=3, cpu_share=1.0), shards=(shard(restarts=1),))

    assert len(invalid_because(case(), bad)) == 3


def test_what_follows_from_a_problem_is_not_told() -> None:
    broken = a2(problems=("k6 ended with 107",), rate_reached=0.0, shards=(shard(scrapers=0),))

    assert invalid_because(case(), broken) == ("k6 ended with 107",)


def test_a_rate_that_falls_with_the_orders_is_no_dry_book() -> None:
    fell = shard(orders_per_minute=(1020.0, 1020.0, 300.0), matches_per_minute=(1224.0, 1224.0, 360.0))

    assert invalid_because(case(), a2(shards=(fell,))) == ()


def test_unknown_throttling_is_not_held_against_a_case() -> None:
    """Where the container runtime has no CFS figures, there is nothing to judge by."""
    assert invalid_because(case(), a2_shard(throttled=None, cores=None)) == ()


def test_smoke_needs_fewer_samples() -> None:
    few = a2(client={"whole": latency(orders=100)}, windows={"whole": Window(name="whole", start=0, end=25_000)})

    assert invalid_because(case(), few)
    assert not invalid_because(case(profile="smoke"), few)
