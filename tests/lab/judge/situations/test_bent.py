"""What once bent a verdict: harms that hid in how they were counted, and misses that what was no cause of them excused."""

import random
from dataclasses import replace

import pytest

from lab.judge.bound import Status
from lab.judge.repeated import judge_repeated
from lab.judge.suite_judge import NOT_RUN
from lab.judge.verdict import CaseVerdict, Outcome, broken_case, judge_case
from lab.measure import samples
from lab.measure.correctness import Correctness, Divergence, Way
from lab.measure.measurements import CaseMeasurements
from lab.measure.measuring import measure
from tests.lab.judge.situations import k6_rows, plants
from tests.lab.judge.situations.happening import Happening, Plant, honest
from tests.lab.judge.situations.plants import all_orders, both, drawn, each, of_shards, while_away, within
from tests.lab.judge.situations.recording import happened, measured, recording
from tests.lab.judge.situations.situation import Situation, parameters, said

MET, MISSED = Status.MET, Status.MISSED
PASS, FAIL, INVALID, UNDECIDED = Outcome.PASS, Outcome.FAIL, Outcome.INVALID, Outcome.UNDECIDED
OVERDUE = {"overdue": MISSED}
STOPS = (*plants.times(31, 2.3, 300),)


def dequeued_late(begin: float, lasts: float, shards: str = "abc") -> Plant:
    """Orders are answered at once, and the engine stamps and counts their receipt only when it goes on."""

    def plant(happening: Happening) -> None:
        end = happening.at(begin + lasts)
        for one in happening.due(begin, begin + lasts):
            if one.shard in shards:
                one.way = max(one.way, end - one.sent)

    return plant


def one_more(happening: Happening) -> None:
    """k6 sends one order more, at the very end of the case."""
    last = happening.orders[-1]
    happening.orders.append(replace(last, i=last.i + 1, due=happening.end, fills=0))


def gateway_unscraped(happening: Happening) -> None:
    happening.gaps.append(("edge-gateway", -60, 500))


def observed_twice(happening: Happening) -> None:
    """The histogram has an observation of each order's wait too."""
    plants.scraped("match_duration", lambda one: (one, replace(one, labels={**one.labels, "stage": "queue"})))(
        happening
    )


def restarted(second: float) -> Plant:
    def plant(happening: Happening) -> None:
        happening.restarts.append(("me-shard-a", second, "Error, exit code 137"))

    return plant


def from_then_on(part: str, second: float) -> Plant:
    """A part is scraped no more, as of a gauge that is removed with what it told of."""

    def plant(happening: Happening) -> None:
        end = happening.at(second)
        cut = plants.scraped(
            part, lambda one: (replace(one, points=tuple(point for point in one.points if point[0] < end)),)
        )
        cut(happening)

    return plant


ONE_BUCKET = both(
    plants.slower_in_the_engine(all_orders, more=105),
    plants.slower_in_the_engine(while_away, more=80),
)
HIDDEN = (
    Situation(name="answered at once, stamped and matched after the outage", case="a4",
              plant=dequeued_late(61, 120), outcome=FAIL, bounds=OVERDUE),
    Situation(name="answered at once, stamped and matched a minute later", case="a2",
              plant=dequeued_late(150, 60), outcome=FAIL, bounds=OVERDUE),
    Situation(name="a cold shard stamps and matches what it answered 100 s later", case="b4",
              plant=dequeued_late(100, 100, "c"), outcome=FAIL, bounds=OVERDUE),
    Situation(name="answered at once, stamped and matched 9 s later, while it warms up", case="a2",
              plant=dequeued_late(15, 9), outcome=PASS),
    Situation(name="matching stands still for 6 s of the warm-up, up to its end between two scrapes", case="b3",
              plant=plants.matching_stands_still(8.95, lasts=6), outcome=(PASS, UNDECIDED)),
    Situation(name="one order at the very end of the load, and nothing is wrong", case="a2",
              plant=one_more, outcome=PASS),
    Situation(name="one order at the very end, and matching stands still for the last minute and 7 s more", case="a2",
              plant=both(one_more, plants.matching_stands_still(240, lasts=67)), outcome=FAIL),
    Situation(name="a rise in one bucket is undecided, one spell of the control or not", case="a4",
              plant=both(ONE_BUCKET, plants.machine_stands_still(20, lasts=0.05), plants.k6(host_cores=8)),
              outcome=UNDECIDED),
    Situation(name="matching stands still for 2 s from just after the warm-up, before the next scrape", case="b3",
              plant=plants.matching_stands_still(15.31, lasts=2, shards=("c",)), outcome=(FAIL, UNDECIDED)),
    Situation(name="the histogram has two observations an order, and 30 % are never matched", case="a2",
              plant=both(observed_twice, plants.never_matched(drawn(0.3))), outcome=INVALID,
              says=("observes something else than orders",)),
    Situation(name="the book runs dry, and the gauge of its depth is gone with it", case="a2",
              plant=both(plants.runs_dry(150), from_then_on("depth", 150)), outcome=INVALID),
)  # fmt: skip

EXCUSED = (
    Situation(name="fills are lost, and the gateway has no metrics", case="b2",
              plant=both(plants.unfilled(0.4), gateway_unscraped), outcome=FAIL, bounds={"matches": MISSED}),
    Situation(name="fills are lost, and no engine has a histogram", case="b2",
              plant=both(plants.unfilled(0.4), plants.scraped("match_duration", lambda _: ())), outcome=FAIL,
              bounds={"matches": MISSED}),
    Situation(name="one shard's matching hangs for 20 s, and the gateway has no metrics", case="b2",
              plant=both(plants.matching_stands_still(100, lasts=20, shards=("a",)), gateway_unscraped), outcome=FAIL),
    Situation(name="the engine matches nothing for 190 s until it is restarted", case="a2",
              plant=both(plants.never_matched(within(60, lasts=190)), restarted(250)), outcome=FAIL, bounds=OVERDUE),
    Situation(name="30 % are never matched, and k6 is short of CPU", case="a2",
              plant=both(plants.k6(cpu_share=0.95), plants.never_matched(drawn(0.3))), outcome=FAIL),
    Situation(name="30 % are never matched on a saturated machine without a control", case="a2",
              plant=both(plants.k6(host_busy=0.97), plants.without_control, plants.never_matched(drawn(0.3))),
              outcome=FAIL),
    Situation(name="3 % need 400 ms in the engine alone, and the machine stalls for 0.105 s each 4.4 s", case="a2",
              plant=both(plants.slower_in_the_engine(drawn(0.03), more=400),
                         plants.machine_stands_still(*plants.times(31, 4.4, 300), lasts=0.105)), outcome=FAIL),
)  # fmt: skip


@pytest.mark.parametrize("situation", parameters(*HIDDEN, *EXCUSED))
def test_a_harm_is_found_and_what_did_not_make_it_excuses_nothing(situation: Situation) -> None:
    situation.check()


def test_a_reference_that_the_machine_made_slow_leaves_a_comparison_undecided() -> None:
    """B2's p99 is its stalls, so B4's cold shards, which are four times as slow as it was without them, look alike."""
    stalled = happened("b2", plants.machine_stands_still(*STOPS, lasts=0.15))
    slow = honest("b4")
    plants.slower_at_the_client(of_shards("b", "c"), more=20)(slow)

    verdict = judge_case(slow.case, measured(slow), {"b2": stalled})

    assert verdict.outcome is UNDECIDED, said(verdict)


RIGHT = Correctness(
    way=Way.REPLAY, accepted=5100, orders=5100, fills=6000, replayed=5900, lost=0, found=0, divergences=()
)
LOST = replace(
    RIGHT, orders=5090, lost=10, found=10, divergences=(Divergence(kind="lost order", line="#17 has no record"),)
)


def judged(name: str, figures: CaseMeasurements, correctness: Correctness = RIGHT) -> CaseVerdict:
    return judge_case(honest(name).case, replace(figures, correctness=correctness))


@pytest.mark.parametrize(
    "other",
    [
        broken_case(honest("a2").case, NOT_RUN),
        judged("a2", happened("a2", plants.foreign_orders(0.1))),
        judged("a2", replace(happened("a2"), clock=3.0)),
    ],
    ids=["one that was not run", "one with others' orders", "one with another clock"],
)
def test_a_repetition_in_which_orders_were_lost_is_a_miss_whatever_went_wrong_around_another(
    other: CaseVerdict,
) -> None:
    wrong = judged("a2", happened("a2"), LOST)

    assert judge_repeated(honest("a2").case, [wrong, replace(other, case="a2-2")]).outcome is FAIL


def test_a_gateway_that_sends_orders_twice_is_not_somebody_else() -> None:
    """The engines took 2 % more than k6 sent, and the records have these twice."""
    twice = replace(LOST, lost=0, divergences=(Divergence(kind="doubled order", line="#17 has 2 records"),))

    assert judged("b2", happened("b2", plants.foreign_orders(0.02)), twice).outcome is FAIL


def test_a_gateway_that_leads_orders_to_another_shard_is_not_the_script() -> None:
    happening = honest("b2")
    tags = {one.i: one.shard for one in happening.orders}
    draws = random.Random(3)
    for one in happening.orders:
        if one.shard == "b" and draws.random() < 0.2:
            one.shard, one.fills = "a", 0
    points = k6_rows.points(happening)
    for request in points.requests:
        request.tags = f"testid=t&judged=yes&shard={tags[int(request.index or 0)]}"
    recorded = replace(recording(happening), samples=samples.of(points, happening.settings))
    figures = measure(happening.case, happening.topology, recorded)

    assert judged("b2", figures, LOST).outcome is FAIL
    assert judged("b2", figures).outcome is INVALID


def test_floors_of_their_own_do_not_hide_two_repetitions_that_missed_of_three() -> None:
    """The limit of each is its own: 10 ms over what its own p99 was before the outage."""
    case = honest("a4").case

    def of(seed: int, times: float, more: float) -> CaseVerdict:
        happening = honest("a4", seed)
        for one in happening.orders:
            one.service, one.engine = one.service * times + more, one.engine * times + more
        away = set(map(id, happening.while_away()))
        for one in happening.orders:
            one.service += more if id(one) in away else 0
        return replace(judge_case(case, measured(happening)), case=f"a4-{seed}")

    verdict = judge_repeated(case, [of(1, 0.25, 0), of(2, 1, 30), of(3, 1, 30)])

    assert verdict.outcome in {FAIL, UNDECIDED}, said(verdict)


@pytest.mark.parametrize(("more", "outcome"), [(0.0, PASS), (130.0, PASS), (400.0, FAIL)])
def test_a_pause_after_each_order_in_a_users_script_is_no_latency(more: float, outcome: Outcome) -> None:
    happening = honest("a2")
    plants.without_metadata(happening)
    plants.slower_at_the_client(all_orders if more < 200 else each(20, all_orders), more=more)(happening)
    points = k6_rows.points(happening)
    draws = random.Random(5)
    points.iterations = [replace(one, ended=one.ended + draws.random() * 1000) for one in points.iterations]
    recorded = replace(recording(happening), samples=samples.of(points, happening.settings))

    verdict = judge_case(happening.case, measure(happening.case, happening.topology, recorded))

    assert verdict.outcome is outcome, said(verdict)


def test_one_look_at_the_broker_in_two_minutes_is_none() -> None:
    happening = honest("a4")
    found = recording(happening)
    away = tuple(poll for poll in found.around.polls if not poll.pods)
    few = replace(found, around=replace(found.around, polls=away[:1]))

    assert judge_case(happening.case, measure(happening.case, happening.topology, few)).outcome is INVALID
