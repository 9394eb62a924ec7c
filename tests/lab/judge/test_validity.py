import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.judge.reason import flatters
from lab.judge.validity import reasons_of
from lab.judge.verdict import Outcome, judge_case
from lab.measure.lab_state import Ending
from lab.measure.measurements import CaseMeasurements, ShardMeasurements
from lab.settings.suites import capacity_case
from tests.lab.made import (
    OUTAGE,
    SETTINGS,
    START,
    case,
    engine,
    gateway,
    generator,
    latency,
    measured,
    shard,
    shards,
)


def a2(**changes: Any) -> CaseMeasurements:
    return measured("a2", **changes)


def a2_shard(**changes: Any) -> CaseMeasurements:
    return measured("a2", shards=(shard(**changes),))


def a4(**changes: Any) -> CaseMeasurements:
    return measured("a4", **changes)


@pytest.mark.parametrize("name", ["a2", "a3-100", "a4", "b1", "b2", "b3", "b4"])
@pytest.mark.parametrize("profile", ["full", "smoke"])
def test_a_case_within_all_limits_is_valid(name: str, profile: Any) -> None:
    good = measured(name, profile=profile)

    assert reasons_of(case(name, profile), good) == ()


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (a2(problems=("k6 ended with 107",)), "k6 ended with 107"),
        (a2(generator=generator(dropped=12)), "12 iterations dropped (limit 0; client p99 3 ms)"),
        (a2(rate_reached=680.0, ended=START + 180_000), "680 orders/min reached of 1,020 asked (limit 99 %)"),
        (a2(rate_reached=680.0, ended=START + 180_000), "came for 180 s, the case lasts 300 s"),
        (a2(rate_reached=4080.0), "4,080 orders/min reached of 1,020 asked (limit 101 %): more than the case has"),
        (a2(least_rate=0.5), "one minute had 50 % of the orders asked for it (limit 90 %)"),
        (a2(ended=a2().load.end - 5000), "k6's points have no order of the load's last 4.94 s (limit 0.5 s)"),
        (a2(client={"whole": latency(orders=0)}), "no order was due in window 'whole' of 270 s"),
        (a2(generator=generator(cpu_share=0.95)), "used 95 % of what it could have had (limit 90 %)"),
        (a2_shard(scrapers=0), "me-shard-a was not scraped"),
        (a2_shard(scrapers=2), "scraped by 2 jobs (limit 1)"),
        (a2_shard(longest_gap=15.0), "no metrics for 15 s (limit 12.5 s)"),
        (a2_shard(restarts=1), "me-shard-a restarted 1 time "),
        (a2_shard(throttled=0.061), "throttled in 6.1 % of its CPU periods (more than 5 %)"),
        (a2_shard(least_asks=0.0), "ran dry: no SELL order rested"),
        (a2_shard(matches_per_minute=(1200.0, 1200.0, 590.0, 30.0, 0.0)), "matches an order fell from 1.18 to 0 in one minute on me-shard-a, while 2,000 SELL"),
        (a2_shard(matches_per_minute=(1200.0, 1200.0, 590.0, 30.0, 0.0), least_asks=None), "whose depth nobody knows: it may have run dry"),
        (a2_shard(orders=5800), "the engines took 5,800 orders, k6 sent 5,100"),
        (a2_shard(orders=4000), "the engines took 4,000 orders of the 5,100 that k6 got accepted"),
        (a4(fault_error="its pods don't end"), "the broker's outage failed: its pods don't end"),
        (a4(outage=None), "the broker was not taken down"),
        (a4(outage=replace(OUTAGE, began=START + 70_000)), "the outage began 10 s late (limit 5 s)"),
        (a4(outage=replace(OUTAGE, over=START + 290_000)), "back 20 s after the load's end"),
    ],
)  # fmt: skip
def test_what_is_outside_a_limit_is_told_with_number_and_limit(bad: CaseMeasurements, said: str) -> None:
    assert said in "; ".join(reason.line for reason in reasons_of(case(bad.case), bad))


def b2(**changes: Any) -> CaseMeasurements:
    return measured("b2", **changes)


def b2_shard(**changes: Any) -> CaseMeasurements:
    a, b, c = shards("b2")
    return b2(shards=(a, replace(b, **changes), c))


def split(*parts: float, of: float = 1.0) -> tuple[ShardMeasurements, ...]:
    """The engines took these parts of so much of the load."""
    orders = of * case("b2").settings.orders / sum(parts)
    return tuple(
        replace(one, orders=part * orders, finished=part * orders)
        for one, part in zip(shards("b2"), parts, strict=True)
    )


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (b2(gateway=gateway(scrapers=0)), "edge-gateway was not scraped"),
        (b2(gateway=gateway(restarts=2)), "edge-gateway restarted 2 times"),
        (b2(gateway=gateway(longest_gap=20.0)), "edge-gateway gave no metrics for 20 s"),
        (b2(gateway=gateway(throttled=0.2)), "it works at resources.gateway.limits.cpu"),
        (b2_shard(silent=3.0), "me-shard-b gave no metrics for the last 3 s of the load"),
        (b2(gateway=gateway(silent=3.0)), "edge-gateway gave no metrics for the last 3 s of the load"),
        (b2_shard(restarts=1), "me-shard-b restarted 1 time "),
        (b2_shard(throttled=0.2), "it works at resources.engine.limits.cpu"),
        (b2(shards=split(33, 34, 33), gateway=None, case="b4"), "33 % of the orders on shard a, 85.5 % expected"),
        (b2(shards=split(90, 5, 5)), "90 % of the orders on shard a, 33.3 % expected"),
        (b2_shard(least_asks=0.0), "the book of me-shard-b ran dry"),
        (measured("b3", rate_reached=1000.0), "1,000 orders/min reached of 3,330 asked"),
        (measured("b3", rate_reached=1000.0), "set cases.b3.stages and .duration"),
    ],
)  # fmt: skip
def test_one_shard_or_the_gateway_outside_a_limit_is_told(bad: CaseMeasurements, said: str) -> None:
    (line,) = {reason.line for reason in reasons_of(case(bad.case), bad)}

    assert said in line


@pytest.mark.parametrize("taken", [(34, 33, 33), (33, 33, 34)])
def test_shares_that_chance_or_failed_orders_explain_are_no_other_load(taken: tuple[int, ...]) -> None:
    assert reasons_of(case("b2"), b2(shards=split(*taken))) == ()
    hung = b2(shards=split(30, 35, 35, of=0.7), accepted=round(0.7 * b2().sent))
    assert reasons_of(case("b2"), hung) == ()


def test_orders_on_a_shard_that_is_to_get_none_are_another_load() -> None:
    idle = tuple(replace(one, orders=one.orders / 2 if one.is_loaded else 500) for one in shards("b1"))
    orders = sum(one.orders for one in idle)
    reasons = reasons_of(case("b1"), measured("b1", shards=idle, sent=round(orders), accepted=round(orders)))

    assert any("of the orders on shard" in reason.line for reason in reasons)


IDLE_BUT_RESTARTED = tuple(replace(one, restarts=int(one.shard == "b")) for one in shards("b1"))


@pytest.mark.parametrize(
    ("bad", "reasons"),
    [
        (measured("b1", shards=IDLE_BUT_RESTARTED), 1),  # an engine without orders that restarts was not idle
        (a2_shard(restarts=1, finished=4000), 1),  # what it did not finish follows from that
        (a2(generator=generator(dropped=3, cpu_share=1.0), shards=(shard(restarts=1),)), 3),
        (a2(problems=("k6 ended with 107",), rate_reached=0.0, shards=(shard(scrapers=0),)), 1),
        (a2_shard(orders_per_minute=(1020.0, 1020.0, 300.0), matches_per_minute=(1224.0, 1224.0, 360.0)), 0),
        (a2_shard(throttled=None, cores=None), 0),  # where the container runtime has no CFS figures
    ],
    ids=["idle engine restarted", "restarted", "several", "a problem", "a rate that falls with the orders", "unknown throttling"],
)  # fmt: skip
def test_every_reason_is_given_but_what_follows_from_another(bad: CaseMeasurements, reasons: int) -> None:
    found = reasons_of(case(bad.case), bad)

    assert len(found) == reasons
    assert tuple(reason.line for reason in found[: len(bad.problems)]) == bad.problems


def test_a_part_that_nobody_asked_for_to_end_hides_figures() -> None:
    ended = a2(endings=(Ending(workload="prometheus-server", at=START + 60_000, cause="Error, exit code 1"),))
    (reason,) = reasons_of(case(), ended)

    assert reason.line.startswith("prometheus-server ended during the load (Error, exit code 1; limit 0)")
    assert reason.bends == flatters()


BUCKETS = (1, 5, 10, 25, 50, 100, 200, 500, 1000)
"""The bounds of the engine's histogram in ms (workload contract, 1)."""


def apart(at_client: float, in_engine: float) -> CaseMeasurements:
    """A case whose client and engine tell of these p99, the engine's as its buckets have it."""
    at_most = min(bound for bound in BUCKETS if bound >= in_engine)
    return measured("a2", p99=at_client, shards=(shard(latency={"whole": engine(in_engine, at_most)}),))


@pytest.mark.parametrize(
    ("at_client", "in_engine", "is_valid"),
    [
        (2.0, 0.6, True),  # a quick lab
        (30.0, 4.9, True),  # coarse buckets: up to 5 ms
        (55.9, 4.9, True),
        (56.1, 4.9, False),  # 1 ms on the path, 5 at most in the engine, 50 of 200 that nobody accounts for
        (199.0, 120.0, True),  # up to 200 ms in the engine
        (3.0, 150.0, True),  # it answers before it matches
        (900.0, 250.0, True),  # the engine misses the objective by itself: that is judged
        (math.inf, 2.0, True),  # orders failed: that is judged
    ],
)
def test_what_neither_path_nor_engine_accounts_for_is_no_latency_of_the_design(
    at_client: float, in_engine: float, is_valid: bool
) -> None:
    assert (reasons_of(case(), apart(at_client, in_engine)) == ()) is is_valid


RANK = {Outcome.FAIL: 0, Outcome.INVALID: 0, Outcome.PASS: 1}
"""A miss and a run that says nothing are no better than each other: neither passes."""
ms = st.floats(0.1, 490)


@given(ms, ms, ms)
def test_a_worse_p99_at_the_client_never_gives_a_better_verdict(
    at_client: float, in_engine: float, more: float
) -> None:
    before = judge_case(case(), apart(at_client, in_engine))
    worse = judge_case(case(), apart(at_client + more, in_engine))

    assert RANK[worse.outcome] <= RANK[before.outcome]


@given(ms, ms, ms)
def test_a_slower_engine_may_account_for_the_client_but_saves_no_miss(
    at_client: float, in_engine: float, more: float
) -> None:
    """What was INVALID because nobody knew where the time went may be judged then."""
    before = judge_case(case(), apart(at_client, in_engine))
    worse = judge_case(case(), apart(at_client, in_engine + more))

    assert before.outcome is not Outcome.FAIL or worse.outcome is not Outcome.PASS


def test_an_engine_that_does_not_finish_what_it_accepted_has_missed() -> None:
    """It answers before it matches: the rest shows in no latency and no error."""
    verdict = judge_case(case(), a2_shard(finished=5043))

    assert verdict.outcome is Outcome.FAIL
    assert verdict.reason.startswith("me-shard-a took 5,100 orders and finished 5,043 (limit 1 % fewer): it hangs")
    assert judge_case(case(), a2_shard(finished=5045)).outcome is Outcome.PASS  # on their way at the last scrape


@pytest.mark.parametrize("workload", ["gateway", "engine"])
def test_a_gateway_that_takes_long_by_its_own_figures_is_part_of_the_design(workload: str) -> None:
    slow = gateway(latency={"whole": engine(90.0, 100.0)})
    quick = tuple(replace(one, latency={"whole": engine(2.0, 5.0)}) for one in shards("b2"))
    behind = slow if workload == "gateway" else gateway(latency={"whole": engine(4.0, 5.0)})

    assert (reasons_of(case("b2"), b2(p99=120.0, shards=quick, gateway=behind)) == ()) is (workload == "gateway")


def test_a_search_for_the_capacity_ends_by_a_busy_machine_and_is_not_spoilt_by_it() -> None:
    chosen = capacity_case(SETTINGS, SETTINGS.topology("single"), "full", 5040)
    busy = a2(generator=generator(host_busy=0.99), path=None)

    assert reasons_of(chosen, busy) == ()
    assert reasons_of(case(), busy)


GONE = "pod me-shard-a-1-2 ends soon after each start (OOMKilled, exit code 137; 2 restarts)"
NO_FIGURES = replace(engine(), orders=0.0)


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"client": {"whole": latency(errors=500)}}, Outcome.FAIL),
        (
            {"client": {"whole": latency(errors=500)}, "shards": (shard(orders=975, latency={"whole": NO_FIGURES}),)},
            Outcome.FAIL,
        ),
        ({"client": {"whole": latency(250.0)}}, Outcome.INVALID),
        ({}, Outcome.INVALID),
    ],
    ids=["orders failed", "before the engine had figures", "a p99 of the part alone", "nothing failed"],
)
def test_a_load_that_the_engine_could_not_get_over_fails_by_its_errors_and_shows_nothing_else(
    changes: dict[str, Any], outcome: Outcome
) -> None:
    changes = {"shards": (shard(orders=975, restarts=2),), **changes}
    ended = a2(ended_early=GONE, rate_reached=200.0, ended=START + 58_500, sent=975, accepted=975, **changes)

    verdict = judge_case(case("a2"), ended)

    assert verdict.outcome is outcome
    line = f"the load was ended after 58.5 s of 300 s: {GONE}; run './invokew logs'"
    assert line in [reason.line for reason in verdict.around]
