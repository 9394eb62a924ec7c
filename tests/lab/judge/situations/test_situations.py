"""Runs of full length that are honest in all but one thing, and what each must come to.

That a verdict which got worse, or a case that is missing, closes the gate is tested with it: tests/lab/compare,
`test_a_verdict_that_got_worse_ends_with_6_though_no_figure_is`.
"""

import pytest

from lab.judge.bound import Status
from lab.judge.verdict import Outcome
from tests.lab.judge.situations import plants
from tests.lab.judge.situations.plants import each, of_shards, while_away, while_coming, while_going_and_coming, within
from tests.lab.judge.situations.recording import judged
from tests.lab.judge.situations.situation import Situation, parameters, said

MET, MISSED = Status.MET, Status.MISSED
PASS, FAIL, INVALID = Outcome.PASS, Outcome.FAIL, Outcome.INVALID


PAUSES = plants.times(31.0, 9.4, 300)
DRY = plants.times(35.0, 20.0, 300)
SITUATIONS = (
    Situation(
        name="1: the engine's own time goes from 1 to 135 ms while the broker is away, and no client sees it",
        case="a4",
        plant=plants.slower_in_the_engine(while_away, more=134),
        outcome=FAIL,
        bounds={"rise": MISSED},
        says=("engine",),
    ),
    Situation(
        name="2: the engines of the cold shards go from 1 to 110 ms, and no client sees it",
        case="b4",
        plant=plants.slower_in_the_engine(of_shards("b", "c"), more=109),
        outcome=FAIL,
        bounds={"isolation": MISSED},
        says=("engine",),
    ),
    Situation(
        name="3: matching stands still once for 2.5 s",
        case="a2",
        plant=plants.matching_stands_still(150, lasts=2.5),
        outcome=FAIL,
        bounds={"p99_ms": MISSED},
        says=("engine",),
    ),
    Situation(
        name="4: each tenth order of the 25 s in which the broker recovers takes 3 s",
        case="a4",
        plant=plants.both(plants.recovers_in(25), plants.slower_in_both(each(10, while_coming), more=3000)),
        outcome=FAIL,
        bounds={"p99_ms": MISSED},
    ),
    Situation(
        name="5: all orders of the 2.1 s in which the broker goes and comes back take 0.2 to 1.3 s",
        case="a4",
        plant=plants.slower_in_both(while_going_and_coming, more=200, spread=1100),
        outcome=FAIL,
        bounds={"p99_ms": MISSED},
    ),
    Situation(
        name="6: all orders of the outage take 120 ms more, after one hiccup of 0.5 s before it",
        case="a4",
        plant=plants.both(plants.slower_in_both(while_away, more=120), plants.process_stands_still(40, lasts=0.5)),
        outcome=FAIL,
        bounds={"rise": MISSED},
    ),
    Situation(
        name="7: the script has no hot symbol",
        case="b4",
        plant=plants.symbols_drawn({"a": 1, "b": 1, "c": 1}),
        outcome=INVALID,
        says=("85.5 %",),
    ),
    Situation(
        name="8: all orders go to one shard",
        case="b3",
        plant=plants.symbols_drawn({"a": 1}),
        outcome=INVALID,
    ),
    Situation(
        name="9: 40 % of all fills are lost",
        case="b3",
        plant=plants.unfilled(0.4),
        outcome=FAIL,
        bounds={"keeps_up": MISSED},
    ),
    Situation(
        name="10: k6 stands still for 3 s",
        case="a2",
        plant=plants.k6_stands_still(150, lasts=3),
        outcome=INVALID,
        says=("late",),
    ),
    Situation(
        name="11: nobody accepts connections for 1.5 s each 20 s",
        case="a2",
        plant=plants.nobody_accepts(*DRY, lasts=1.5),
        outcome=FAIL,
        bounds={"p99_ms": MISSED},
    ),
    Situation(
        name="12: 30 % of the answers are 200 REJECTED",
        case="a2",
        plant=plants.rejected(plants.drawn(0.3)),
        outcome=FAIL,
        bounds={"error_rate": MISSED},
        says=("% errors",),
    ),
    *(
        Situation(
            name=f"13: 503 to {share:.0%} of the orders while the broker is away",
            case="a4",
            plant=plants.refused(plants.drawn(share, while_away)),
            outcome=FAIL,
            bounds={"error_rate": MISSED},
        )
        for share in (0.8, 1)
    ),
    *(
        Situation(
            name=f"14: 503 to {share:.0%} of all orders",
            case="a2",
            plant=plants.refused(plants.drawn(share)),
            outcome=FAIL,
            bounds={"error_rate": MISSED},
        )
        for share in (0.88, 0.9)
    ),
    Situation(
        name="15: matching is blocked for the whole outage, and catches up after it; the book is full",
        case="a4",
        plant=plants.matching_stands_still(61, lasts=120),
        outcome=FAIL,
        bounds={"p99_ms": MISSED},
        says=("1,000 ms",),
    ),
    Situation(
        name="16: the process pauses for 0.4 s each 9.4 s before it stamps a receipt",
        case="a2",
        plant=plants.process_stands_still(*PAUSES, lasts=0.4),
        outcome=FAIL,
        bounds={"p99_ms": MISSED},
        says=("histogram",),
    ),
    Situation(
        name="16: the control beside the load sees the same pauses",
        case="a2",
        plant=plants.machine_stands_still(*PAUSES, lasts=0.4),
        outcome=INVALID,
        says=("control",),
    ),
    Situation(
        name="17: orders wait for 0.12 s each 9.4 s before the process stamps their receipt",
        case="a2",
        plant=plants.held_up(within(*PAUSES, lasts=0.4), 120),
        outcome=PASS,
        says=("histogram",),
    ),
    Situation(
        name="18: throttled in 6 % of its periods",
        case="a2",
        plant=plants.throttled(0.06),
        outcome=PASS,
        says=("throttled in 6 %",),
    ),
    Situation(
        name="19: eight late writes to the dashboards",
        case="a2",
        plant=plants.k6(late_writes=8),
        outcome=PASS,
        says=("late 8 times",),
    ),
    Situation(
        name="20: the machine is 92 % busy in one minute",
        case="a2",
        plant=plants.k6(host_busy=0.92),
        outcome=PASS,
        says=("92 %",),
    ),
    Situation(
        name="21: the machine stalls for 0.1 s each 20 s, and the path's few requests met it",
        case="a2",
        plant=plants.both(plants.machine_stands_still(*DRY, lasts=0.1), plants.path(55)),
        outcome=PASS,
        says=("path",),
    ),
    Situation(
        name="22: the engine hangs for 13.5 s, and 3.2 % of the orders time out",
        case="a2",
        plant=plants.engine_hangs(150, 13.5),
        outcome=FAIL,
        bounds={"error_rate": MISSED, "p99_ms": MISSED},
    ),
    Situation(
        name="23: the engine runs out of memory under its own limit",
        case="a2",
        plant=plants.out_of_memory(150, 8),
        outcome=FAIL,
        bounds={"error_rate": MISSED},
        says=("OOMKilled",),
    ),
)


@pytest.mark.parametrize("situation", parameters(*SITUATIONS))
def test_a_situation_comes_to_what_it_should(situation: Situation) -> None:
    situation.check()


@pytest.mark.parametrize("case", ["a2", "a3-100", "a3-10000", "a4", "b1", "b2", "b3", "b4"])
def test_a_case_in_which_nothing_is_wrong_passes(case: str) -> None:
    verdict = judged(case)

    assert verdict.outcome is PASS, said(verdict)
