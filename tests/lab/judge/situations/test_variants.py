"""More of the same kinds: other cases, shards, lengths and causes, and what only looks like them."""

from dataclasses import replace

import pytest

from lab.judge.bound import Status
from lab.judge.verdict import CaseVerdict, Outcome, judge_case
from lab.measure.measuring import measure
from tests.lab.judge.situations import plants
from tests.lab.judge.situations.happening import Happening, Plant, honest
from tests.lab.judge.situations.plants import (
    all_orders,
    both,
    drawn,
    each,
    of_shards,
    while_away,
    while_coming,
    while_going,
    within,
)
from tests.lab.judge.situations.recording import REFERENCES, honestly, recording
from tests.lab.judge.situations.situation import Situation, parameters, said

MET, MISSED = Status.MET, Status.MISSED
PASS, FAIL, INVALID, UNDECIDED = Outcome.PASS, Outcome.FAIL, Outcome.INVALID, Outcome.UNDECIDED
NO_PASS = (FAIL, INVALID, UNDECIDED)

P99_MISSED = {"p99_ms": MISSED}
PAUSES = plants.times(31.0, 9.4, 300)
SPELLS = plants.times(35.0, 20.0, 300)


def slow(share: float = 0.05, more: float = 400) -> Plant:
    """A design that misses p99 by itself, at the client and in the engine."""
    return plants.slower_in_both(drawn(share), more=more)


ENGINE = (
    Situation(name="the engine needs 60 ms more while the broker is away", case="a4",
              plant=plants.slower_in_the_engine(while_away, more=60), outcome=FAIL, bounds={"rise": MISSED}),
    Situation(name="one order in ten needs 150 ms more in the engine while the broker is away", case="a4",
              plant=plants.slower_in_the_engine(each(10, while_away), more=150), outcome=FAIL, bounds={"rise": MISSED}),
    Situation(name="the engine needs 3 ms more while the broker is away: no harm at an objective of 200", case="a4",
              plant=plants.slower_in_the_engine(while_away, more=3), outcome=PASS, bounds={"rise": MET}),
    Situation(name="the client waits 3 ms more while the broker is away: no harm at an objective of 200", case="a4",
              plant=plants.slower_at_the_client(while_away, more=3), outcome=PASS, bounds={"rise": MET}),
    Situation(name="the client waits 50 ms more while the broker is away, the engine doesn't see it", case="a4",
              plant=plants.slower_at_the_client(while_away, more=50), outcome=FAIL, bounds={"rise": MISSED}),
    Situation(name="the engine is slower before the outage than in it", case="a4",
              plant=plants.slower_in_the_engine(within(0, lasts=60), more=100), outcome=PASS, bounds={"rise": MET}),
    Situation(name="one cold shard's engine alone is slower by 110 ms", case="b4",
              plant=plants.slower_in_the_engine(of_shards("c"), more=109), outcome=FAIL, bounds={"isolation": MISSED}),
    Situation(name="a cold shard is slower by 50 ms at the client alone", case="b4",
              plant=plants.slower_at_the_client(of_shards("b"), more=50), outcome=FAIL, bounds={"isolation": MISSED}),
    Situation(name="the hot shard's engine is slower by 110 ms, which isolation is not about", case="b4",
              plant=plants.slower_in_the_engine(of_shards("a"), more=109), outcome=PASS, bounds={"isolation": MET}),
)  # fmt: skip

STRETCHES = (
    Situation(name="matching stands still once for 2.5 s", case="a3-1000",
              plant=plants.matching_stands_still(100, lasts=2.5), outcome=FAIL, bounds=P99_MISSED),
    Situation(name="matching of one shard stands still once for 3 s", case="b2",
              plant=plants.matching_stands_still(100, lasts=3, shards=("b",)), outcome=FAIL, bounds=P99_MISSED),
    Situation(name="matching of all shards stands still once for 2.5 s in the ramp", case="b3",
              plant=plants.matching_stands_still(450, lasts=2.5), outcome=FAIL, bounds=P99_MISSED),
    Situation(name="matching stands still once for 2.5 s after the broker is back", case="a4",
              plant=plants.matching_stands_still(230, lasts=2.5), outcome=FAIL, bounds=P99_MISSED),
    Situation(name="matching stands still for 0.15 s each 20 s: no order waits 200 ms", case="a2",
              plant=plants.matching_stands_still(*SPELLS, lasts=0.15), outcome=PASS),
    Situation(name="answers stand still once for 2.5 s, and the control sees nothing", case="a2",
              plant=plants.process_stands_still(150, lasts=2.5), outcome=FAIL, bounds=P99_MISSED),
    Situation(name="matching stands still for 2.5 s in the warm-up", case="a2",
              plant=plants.matching_stands_still(10, lasts=2.5), outcome=PASS),
)  # fmt: skip

TRANSITIONS = (
    Situation(name="each tenth order of the recovery takes 1 s in the engine alone", case="a4",
              plant=both(plants.recovers_in(25), plants.slower_in_the_engine(each(10, while_coming), more=990)),
              outcome=FAIL, bounds=P99_MISSED),
    Situation(name="each tenth order of the recovery takes 3 s at the client alone", case="a4",
              plant=both(plants.recovers_in(25), plants.slower_at_the_client(each(10, while_coming), more=3000)),
              outcome=FAIL, bounds=P99_MISSED),
    Situation(name="all orders of the 3 s in which the broker goes take 0.3 to 1.3 s", case="a4",
              plant=both(plants.goes_in(3), plants.slower_in_both(while_going, more=300, spread=1000)),
              outcome=FAIL, bounds=P99_MISSED),
    Situation(name="all orders of the 3 s in which the broker comes back take 0.3 to 1.3 s", case="a4",
              plant=both(plants.recovers_in(3), plants.slower_in_both(while_coming, more=300, spread=1000)),
              outcome=FAIL, bounds=P99_MISSED),
    Situation(name="all orders of the recovery are refused", case="a4",
              plant=both(plants.recovers_in(10), plants.refused(while_coming)), outcome=FAIL,
              bounds={"error_rate": MISSED}),
    Situation(name="a recovery of 25 s in which nothing is slow", case="a4", plant=plants.recovers_in(25), outcome=PASS),
)  # fmt: skip

HICCUPS = (
    Situation(name="60 ms more in the outage after a hiccup of 0.4 s at 20 s", case="a4",
              plant=both(plants.slower_in_both(while_away, more=60), plants.process_stands_still(20, lasts=0.4)),
              outcome=FAIL, bounds={"rise": MISSED}),
    Situation(name="120 ms more in the outage after two hiccups of 0.5 s", case="a4",
              plant=both(plants.slower_in_both(while_away, more=120), plants.process_stands_still(25, 45, lasts=0.5)),
              outcome=FAIL, bounds={"rise": MISSED}),
    Situation(name="a hiccup of 0.5 s before the outage and nothing else", case="a4",
              plant=plants.process_stands_still(40, lasts=0.5), outcome=PASS),
    Situation(name="a hiccup of 0.5 s in the outage alone: 9 of 2,040 orders", case="a4",
              plant=plants.process_stands_still(100, lasts=0.5), outcome=PASS),
)  # fmt: skip

LOAD = (
    Situation(name="the engines stand still for 10 s of a ramp's first minutes, so that k6 drops a minute's eighth: no burst",
              case="b3", plant=both(plants.process_stands_still(30, lasts=10), plants.dropped(32, lasts=8)), outcome=FAIL,
              bounds=P99_MISSED, says=("dropped",)),
    Situation(name="90/5/5 % of the orders a shard", case="b2",
              plant=plants.symbols_drawn({"a": 90, "b": 5, "c": 5}), outcome=INVALID),
    Situation(name="two shards get all orders", case="b2",
              plant=plants.symbols_drawn({"a": 1, "b": 1}), outcome=INVALID),
    Situation(name="half of the orders to one shard", case="b3",
              plant=plants.symbols_drawn({"a": 50, "b": 25, "c": 25}), outcome=INVALID),
    Situation(name="a hot symbol of another shard", case="b4",
              plant=plants.symbols_drawn({"a": 7, "b": 86, "c": 7}), outcome=INVALID),
    Situation(name="the hot symbol draws 60 % instead of 80", case="b4",
              plant=plants.symbols_drawn({"a": 71, "b": 14.5, "c": 14.5}), outcome=INVALID),
    Situation(name="the script sends four times the case's rate: it can only darken", case="a2",
              plant=plants.more_orders(4), outcome=PASS, says=("of 1,020 asked",)),
    Situation(name="the script sends four times the case's rate, and p99 misses", case="a2",
              plant=both(plants.more_orders(4), slow()), outcome=INVALID),
    Situation(name="a fifth of the orders never comes: it can only flatter", case="a2",
              plant=plants.fewer_orders(0.8), outcome=INVALID),
    Situation(name="a fifth of the orders never comes, and p99 misses even so", case="a2",
              plant=both(plants.fewer_orders(0.8), slow()), outcome=FAIL, bounds=P99_MISSED),
    Situation(name="iterations are dropped", case="b2", plant=plants.k6(dropped=30), outcome=INVALID),
    Situation(name="iterations are dropped, and p99 misses even so", case="a2",
              plant=both(plants.k6(dropped=30), slow()), outcome=FAIL, bounds=P99_MISSED),
    Situation(name="others send a tenth more: it darkens latency", case="a2",
              plant=plants.foreign_orders(0.1), outcome=PASS, says=("somebody else",)),
    Situation(name="others send a tenth more: it flatters fills", case="b2",
              plant=plants.foreign_orders(0.1), outcome=INVALID),
)  # fmt: skip

FILLS = (
    Situation(name="40 % of all fills are lost", case="b2", plant=plants.unfilled(0.4), outcome=FAIL,
              bounds={"matches": MISSED}),
    Situation(name="15 % of all fills are lost", case="b3", plant=plants.unfilled(0.15), outcome=FAIL),
    Situation(name="40 % of one shard's fills are lost", case="b3",
              plant=plants.unfilled(0.4, of_shards("c")), outcome=FAIL),
    Situation(name="nothing is ever filled", case="b3", plant=plants.unfilled(1), outcome=FAIL),
    Situation(name="the book runs dry: no SELL order rests, and fills end", case="a2",
              plant=plants.runs_dry(150), outcome=INVALID, says=("ran dry",)),
    Situation(name="the book runs dry, and p99 misses even so", case="a2",
              plant=both(plants.runs_dry(150), slow()), outcome=FAIL, bounds=P99_MISSED),
)  # fmt: skip

LATE = (
    Situation(name="k6 stands still for 3 s", case="a4", plant=plants.k6_stands_still(230, lasts=3), outcome=INVALID),
    Situation(name="k6 stands still for 3 s", case="b2", plant=plants.k6_stands_still(150, lasts=3), outcome=INVALID),
    Situation(name="k6 stands still for 3 s in the ramp", case="b3", plant=plants.k6_stands_still(450, lasts=3),
              outcome=INVALID),
    Situation(name="k6 stands still for 3 s, and the script says nothing of when its orders were due", case="a2",
              plant=both(plants.k6_stands_still(150, lasts=3), plants.without_metadata), outcome=INVALID),
    Situation(name="k6 stands still for 3 s, and no control runs", case="a2",
              plant=both(plants.k6_stands_still(150, lasts=3), plants.without_control), outcome=INVALID),
    Situation(name="k6 stands still for 3 s in the outage", case="a4", plant=plants.k6_stands_still(100, lasts=3),
              outcome=INVALID),
    Situation(name="k6 stands still for 0.12 s each 9.4 s: no order takes 200 ms", case="a2",
              plant=plants.k6_stands_still(*PAUSES, lasts=0.12), outcome=PASS),
    Situation(name="k6 stands still for 3 s, and the design misses without those orders", case="a2",
              plant=both(plants.k6_stands_still(150, lasts=3), slow()), outcome=FAIL, bounds=P99_MISSED),
    Situation(name="k6 stands still for 3 s in the warm-up", case="a2", plant=plants.k6_stands_still(10, lasts=3),
              outcome=PASS),
    Situation(name="nothing is wrong, and the script says nothing of its orders", case="a2",
              plant=plants.without_metadata, outcome=PASS),
)  # fmt: skip

CONNECTIONS = (
    Situation(name="nobody accepts connections for 1.5 s each 20 s", case="b2",
              plant=plants.nobody_accepts(*SPELLS, lasts=1.5), outcome=FAIL, bounds=P99_MISSED),
    Situation(name="nobody accepts connections for 1.5 s each 20 s", case="a3-100",
              plant=plants.nobody_accepts(*SPELLS, lasts=1.5), outcome=FAIL, bounds=P99_MISSED),
    Situation(name="nobody accepts connections, and the script says nothing of its orders", case="a2",
              plant=both(plants.nobody_accepts(*SPELLS, lasts=1.5), plants.without_metadata), outcome=FAIL,
              bounds=P99_MISSED),
    Situation(name="each order opens a connection in 0.3 ms", case="a2", plant=plants.nobody_accepts(lasts=0),
              outcome=PASS),
    Situation(name="connections are refused for 8 s", case="a2", plant=plants.refused(within(150, lasts=8), 0),
              outcome=FAIL, bounds={"error_rate": MISSED}),
)  # fmt: skip

ERRORS = (
    *(Situation(name=f"{status} to a twentieth of all orders", case="a2", plant=plants.refused(drawn(0.05), status),
                outcome=FAIL, bounds={"error_rate": MISSED}) for status in (400, 429, 500, 503, 0)),
    Situation(name="30 % of the answers are 200 REJECTED", case="b2", plant=plants.rejected(drawn(0.3)), outcome=FAIL,
              bounds={"error_rate": MISSED}),
    Situation(name="3 % of the answers are 200 REJECTED, and not counted as received", case="a2",
              plant=plants.rejected(drawn(0.03), is_received=False), outcome=FAIL, bounds={"error_rate": MISSED}),
    Situation(name="30 % are 200 REJECTED and not counted as received, and the script doesn't look", case="a2",
              plant=both(plants.rejected(drawn(0.3), is_received=False), plants.without_metadata), outcome=NO_PASS),
    Situation(name="every order is refused", case="a2", plant=plants.refused(all_orders), outcome=FAIL,
              bounds={"error_rate": MISSED}),
    Situation(name="503 to all orders of one shard", case="b2", plant=plants.refused(of_shards("b")), outcome=FAIL,
              bounds={"error_rate": MISSED}),
    Situation(name="503 to a fifth of the orders while the broker is away", case="a4",
              plant=plants.refused(drawn(0.2, while_away)), outcome=FAIL, bounds={"error_rate": MISSED}),
    Situation(name="503 to one order in 500", case="a2", plant=plants.refused(each(500, all_orders)), outcome=PASS),
)  # fmt: skip

HANGS = (
    Situation(name="a shard hangs for 20 s", case="b2", plant=plants.engine_hangs(150, 20, "b"), outcome=FAIL,
              bounds=P99_MISSED),
    Situation(name="the engine hangs for 13.5 s, and never takes the orders that timed out", case="a2",
              plant=plants.engine_hangs(150, 13.5, takes_them_later=False), outcome=FAIL, bounds={"error_rate": MISSED}),
    Situation(name="the engine hangs for 6 s", case="a2", plant=plants.engine_hangs(150, 6), outcome=FAIL,
              bounds=P99_MISSED),
    Situation(name="matching of the outage never ends", case="a4", plant=plants.never_matched(while_away), outcome=FAIL),
    Situation(name="matching of one shard is blocked for 60 s", case="b2",
              plant=plants.matching_stands_still(120, lasts=60, shards=("c",)), outcome=FAIL, bounds=P99_MISSED),
    Situation(name="matching is blocked for a minute of the outage", case="a4",
              plant=plants.matching_stands_still(100, lasts=60), outcome=FAIL, bounds=P99_MISSED),
)  # fmt: skip

ENDINGS = (
    Situation(name="the gateway runs out of memory", case="b2", plant=plants.out_of_memory(150, 8, "edge-gateway"),
              outcome=FAIL, bounds={"error_rate": MISSED}, says=("OOMKilled",)),
    Situation(name="one shard runs out of memory for 15 s", case="b2", plant=plants.out_of_memory(150, 15, "me-shard-b"),
              outcome=FAIL, says=("OOMKilled",)),
    Situation(name="the engine runs out of memory in the outage", case="a4", plant=plants.out_of_memory(120, 8),
              outcome=FAIL, bounds={"error_rate": MISSED}, says=("OOMKilled",)),
    Situation(name="the engine crashes", case="a2", plant=plants.out_of_memory(150, 8, cause="Error, exit code 1"),
              outcome=FAIL, bounds={"error_rate": MISSED}, says=("exit code 1",)),
)  # fmt: skip

CONTROL = (
    Situation(name="the process pauses for 0.4 s each 9.4 s", case="b2",
              plant=plants.process_stands_still(*PAUSES, lasts=0.4), outcome=FAIL, bounds=P99_MISSED),
    Situation(name="one shard's process pauses for 0.4 s each 9.4 s", case="b2",
              plant=plants.process_stands_still(*PAUSES, lasts=0.4, shards=("c",)), outcome=FAIL, bounds=P99_MISSED),
    Situation(name="the process pauses for 0.4 s each 9.4 s", case="a3-100",
              plant=plants.process_stands_still(*PAUSES, lasts=0.4), outcome=FAIL, bounds=P99_MISSED),
    Situation(name="the machine pauses for 0.4 s each 9.4 s", case="b2",
              plant=plants.machine_stands_still(*PAUSES, lasts=0.4), outcome=INVALID),
    Situation(name="the process pauses for 0.4 s each 9.4 s, and no control ran", case="a2",
              plant=both(plants.process_stands_still(*PAUSES, lasts=0.4), plants.without_control),
              outcome=(FAIL, INVALID)),
    Situation(name="the control sees one in four of the pauses", case="a2",
              plant=both(plants.process_stands_still(*PAUSES, lasts=0.4),
                         plants.control_stands_still(*PAUSES[::4], lasts=0.4)), outcome=FAIL, bounds=P99_MISSED),
    Situation(name="the control pauses at other times", case="a2",
              plant=both(plants.process_stands_still(*PAUSES, lasts=0.4),
                         plants.control_stands_still(*(at + 4.7 for at in PAUSES), lasts=0.4)),
              outcome=FAIL, bounds=P99_MISSED),
    Situation(name="the control has a gap of 10 s, so it excuses nothing", case="a2",
              plant=both(plants.machine_stands_still(*PAUSES, lasts=0.4), plants.control_gap(200, 10)), outcome=FAIL,
              bounds=P99_MISSED),
    Situation(name="the control was restarted, so it excuses nothing", case="a2",
              plant=both(plants.machine_stands_still(*PAUSES, lasts=0.4), plants.control_restarts(200, 2)), outcome=FAIL,
              bounds=P99_MISSED),
    Situation(name="the control itself was sent late, so it excuses nothing", case="a2",
              plant=both(plants.process_stands_still(*PAUSES, lasts=0.4), plants.control_late(*PAUSES, lasts=0.4)),
              outcome=FAIL, bounds=P99_MISSED),
    Situation(name="the machine pauses for 0.4 s each 9.4 s, and three spinning engines use it up", case="b2",
              plant=both(plants.machine_stands_still(*PAUSES, lasts=0.4), plants.engines_spin(0.6)), outcome=INVALID,
              says=("me-shard-a", "me-shard-c", "a machine of their own")),
    Situation(name="three spinning engines, and nothing is slow", case="b2", plant=plants.engines_spin(0.6),
              outcome=PASS),
    Situation(name="the machine stands still once for 3 s", case="a2",
              plant=plants.machine_stands_still(150, lasts=3), outcome=INVALID),
    Situation(name="the machine stands still once for 3 s, and the design misses without it", case="a2",
              plant=both(plants.machine_stands_still(150, lasts=3), slow()), outcome=FAIL, bounds=P99_MISSED),
    Situation(name="the machine stands still for 3 s while the broker is away", case="a4",
              plant=plants.machine_stands_still(100, lasts=3), outcome=INVALID),
    Situation(name="the machine stalls for 0.1 s each 20 s", case="b4",
              plant=plants.machine_stands_still(*SPELLS, lasts=0.1), outcome=PASS),
    Situation(name="the machine stalls for 0.1 s each 20 s: so few stalls before the outage decide nothing", case="a4",
              plant=plants.machine_stands_still(*SPELLS, lasts=0.1), outcome=(PASS, UNDECIDED)),
    Situation(name="the machine stalls for 0.1 s each 20 s, and the engines' CPU is known: it is none of their doing",
              case="a4", plant=both(plants.machine_stands_still(*SPELLS, lasts=0.1), plants.k6(host_cores=8)),
              outcome=PASS),
    Situation(name="the machine stalls 13 times for 0.1 s, only while the broker is away: the outage may do it", case="a4",
              plant=both(plants.machine_stands_still(*plants.times(62.0, 9.0, 178), lasts=0.1), plants.k6(host_cores=8)),
              outcome=UNDECIDED, bounds={"rise": Status.UNDECIDED}),
    Situation(name="nothing is wrong, and no control ran", case="a2", plant=plants.without_control, outcome=PASS),
)  # fmt: skip

ONE_SIDED = (
    Situation(name="throttled in 30 % of its periods, and p99 misses", case="a2",
              plant=both(plants.throttled(0.3), slow()), outcome=FAIL, bounds=P99_MISSED, says=("throttled",)),
    Situation(name="the gateway is throttled in 8 % of its periods", case="b2",
              plant=plants.throttled(0.08, "edge-gateway"), outcome=PASS, says=("throttled",)),
    Situation(name="twenty late writes, and p99 misses", case="a2",
              plant=both(plants.k6(late_writes=20), slow()), outcome=FAIL, bounds=P99_MISSED),
    Situation(name="a machine 97 % busy, and p99 misses though the control saw nothing", case="a2",
              plant=both(plants.k6(host_busy=0.97), slow()), outcome=FAIL, bounds=P99_MISSED),
    Situation(name="k6 short of CPU", case="a2", plant=plants.k6(cpu_share=0.95), outcome=PASS),
    Situation(name="k6 short of CPU, and p99 misses", case="a2",
              plant=both(plants.k6(cpu_share=0.95), slow()), outcome=INVALID),
    Situation(name="k6 short of CPU, and one order in twenty fails", case="a2",
              plant=both(plants.k6(cpu_share=1.0), plants.refused(drawn(0.05))), outcome=FAIL,
              bounds={"error_rate": MISSED}),
    Situation(name="the path's p99 is 120 ms", case="b2", plant=plants.path(120), outcome=PASS),
    Situation(name="the path's p99 is 120 ms, and p99 misses though the control saw nothing", case="a2",
              plant=both(plants.path(120), slow()), outcome=FAIL, bounds=P99_MISSED),
)  # fmt: skip

BEFORE_IT = plants.times(15.5, 4.4, 60)
"""Seconds of A4's load before its outage."""
HIDDEN = (
    Situation(name="k6 stands still before the outage, and hides that orders wait 60 ms more in it", case="a4",
              plant=both(plants.k6_stands_still(*BEFORE_IT, lasts=0.15),
                         plants.slower_at_the_client(while_away, more=60)), outcome=(FAIL, INVALID)),
    Situation(name="the machine stands still before the outage, and hides that orders wait 60 ms more in it", case="a4",
              plant=both(plants.machine_stands_still(*BEFORE_IT, lasts=0.15),
                         plants.slower_at_the_client(while_away, more=60)), outcome=(FAIL, INVALID)),
    Situation(name="k6 stands still once before the outage, with its engine's CPU known: too few orders to hide a rise",
              case="a4", plant=both(plants.k6_stands_still(40, lasts=0.5), plants.k6(host_cores=8),
                                    plants.slower_at_the_client(each(40, while_away), more=150)), outcome=FAIL),
    Situation(name="k6 stands still in B2 and hides that two shards are 60 ms slower", case="b4",
              plant=plants.slower_at_the_client(of_shards("b", "c"), more=60), outcome=(FAIL, INVALID),
              references={"b2": plants.k6_stands_still(*plants.times(31, 2.3, 300), lasts=0.19)}),
    Situation(name="the machine stands still in the baseline and hides that all orders are 40 ms slower", case="b3",
              plant=plants.slower_in_both(all_orders, more=40), outcome=(FAIL, INVALID),
              references={"b1-peak": plants.machine_stands_still(*plants.times(16, 3.1, 120), lasts=0.19)}),
    Situation(name="the baseline got a tenth fewer orders, and 15 % of the fills are lost", case="b3",
              plant=plants.unfilled(0.15), outcome=(FAIL, INVALID), references={"b1-peak": plants.fewer_orders(0.9)}),
    Situation(name="the machine stalls in each scrape's interval, and the engine is 134 ms slower while the broker is away",
              case="a4", plant=both(plants.machine_stands_still(*plants.times(16, 4.4, 270), lasts=0.12),
                                    plants.slower_in_the_engine(while_away, more=134)), outcome=FAIL),
    Situation(name="the machine stalls before the outage, and all are 60 ms slower in it", case="a4",
              plant=both(plants.machine_stands_still(*BEFORE_IT, lasts=0.15),
                         plants.slower_in_both(while_away, more=60)), outcome=FAIL),
)  # fmt: skip

ONE_BUCKET = (
    Situation(name="the engine needs 55 ms all along, and 90 ms while the broker is away, both in one bucket", case="a4",
              plant=both(plants.slower_in_the_engine(all_orders, more=52),
                         plants.slower_in_the_engine(while_away, more=35)), outcome=UNDECIDED,
              bounds={"rise": Status.UNDECIDED}, says=("their mean rose from", "would decide it")),
    Situation(name="the engine needs 55 ms all along", case="a4",
              plant=plants.slower_in_the_engine(all_orders, more=52), outcome=PASS),
)  # fmt: skip

NEVER_MATCHED = (
    Situation(name="what comes within 2.5 s is never matched: worse than to stand still for so long", case="a2",
              plant=plants.never_matched(within(150, lasts=2.5)), outcome=FAIL, bounds=P99_MISSED),
    Situation(name="what comes within 2.5 s of the outage is never matched", case="a4",
              plant=plants.never_matched(within(100, lasts=2.5)), outcome=FAIL, bounds=P99_MISSED),
    Situation(name="0.9 % are never matched, and 0.5 % take 400 ms", case="a2",
              plant=both(plants.never_matched(drawn(0.009)),
                         plants.slower_in_the_engine(each(200, all_orders), more=400)), outcome=FAIL,
              bounds=P99_MISSED),
    Situation(name="one order in a thousand is never matched", case="a2",
              plant=plants.never_matched(drawn(0.001)), outcome=PASS),
)  # fmt: skip

STEPS = (
    Situation(name="the engine alone is 134 ms slower in the last stage", case="b3",
              plant=plants.slower_in_the_engine(within(360, lasts=240), more=134), outcome=FAIL,
              bounds={"step_ms": MISSED},
              references={"b1-peak": plants.slower_in_the_engine(all_orders, more=134)}),
    Situation(name="the engine alone is 134 ms slower in a stage between", case="b3",
              plant=plants.slower_in_the_engine(within(240, lasts=120), more=134), outcome=FAIL,
              bounds={"step_ms": MISSED}),
    Situation(name="the engine alone is 12 ms slower in the last stage: less than a step may be", case="b3",
              plant=plants.slower_in_the_engine(within(360, lasts=240), more=12), outcome=(PASS, UNDECIDED)),
)  # fmt: skip


def restarts(after: float, *shards: str) -> Plant:
    """The engines of these shards begin anew, at this second of the load; no order is lost."""

    def plant(happening: Happening) -> None:
        happening.restarts += [(f"me-shard-{one}", after, "Error, exit code 1") for one in shards or "a"]

    return plant


ANEW = (
    Situation(name="all engines begin anew in the third minute: what they had filled by then is not lost", case="b2",
              plant=restarts(150, *"abc"), outcome=INVALID, says=("restarted",)),
    Situation(name="all engines begin anew in the last second, and 40 % of all fills are lost", case="b2",
              plant=both(restarts(299, *"abc"), plants.unfilled(0.4)), outcome=FAIL, bounds={"matches": MISSED}),
    Situation(name="the engine begins anew in the outage, in which it needs 134 ms more", case="a4",
              plant=both(restarts(150), plants.slower_in_the_engine(while_away, more=134)), outcome=FAIL,
              bounds={"rise": MISSED}),
)  # fmt: skip


AT_THE_END = (
    Situation(name="matching stands still for the last minute, and goes on a second after the load", case="a2",
              plant=plants.matching_stands_still(240, lasts=61), outcome=FAIL, bounds=P99_MISSED),
    Situation(name="matching stands still 3 s before the load's end, and goes on 7 s after it", case="a4",
              plant=plants.matching_stands_still(267, lasts=10), outcome=FAIL, bounds=P99_MISSED),
    Situation(name="one shard's matching stands still for the last 5 s, and goes on a second after the load", case="b2",
              plant=plants.matching_stands_still(295, lasts=6, shards="b"), outcome=FAIL, bounds=P99_MISSED),
    Situation(name="matching stands still for the last 0.3 s: seven orders of a minute's thousand", case="a2",
              plant=plants.matching_stands_still(299.7, lasts=0.4), outcome=PASS),
)  # fmt: skip


AFTERWARDS = tuple(
    Situation(name=f"the engine begins anew {after - 300:g} s after the load", case="a2", plant=restarts(after),
              outcome=(PASS, INVALID)) for after in (300.5, 301.5, 303, 305, 308)
)  # fmt: skip


SILENT = (
    Situation(name="the engine matches nothing in the last 8 s, and answers no scrape from then on", case="a2",
              plant=both(plants.never_matched(within(292, lasts=9)), plants.unscraped(292, 60)), outcome=INVALID,
              says=("gave no metrics for the last",)),
    Situation(name="one order in 100 of the last 6 s is never matched, and one engine answers no scrape from then on", case="b2",
              plant=both(plants.never_matched(each(100, within(294, lasts=7))), plants.unscraped(294, 60)),
              outcome=INVALID, says=("me-shard-a gave no metrics for the last",)),
    Situation(name="the engine answers no scrape from 4 s before the load's end on, and the client waited", case="a2",
              plant=both(slow(), plants.unscraped(296, 60)), outcome=FAIL, bounds=P99_MISSED),
    Situation(name="the engine misses the last scrape before the load's end, and answers the next", case="a2",
              plant=plants.unscraped(296, 5), outcome=PASS),
)  # fmt: skip


HISTOGRAM = "match_duration"
RECORDED = (
    Situation(name="the engine has a histogram for each side of an order", case="a2",
              plant=plants.scraped(HISTOGRAM, plants.by_side()), outcome=PASS),
    Situation(name="a histogram for each side, and what comes within 2.5 s is never matched", case="a2",
              plant=both(plants.scraped(HISTOGRAM, plants.by_side()), plants.never_matched(within(150, lasts=2.5))),
              outcome=FAIL, bounds=P99_MISSED),
    Situation(name="a histogram for each side, of which one has fewer buckets", case="a2",
              plant=plants.scraped(HISTOGRAM, plants.by_side("0.1", "0.05", "0.025")), outcome=PASS),
    Situation(name="of two histograms one has fewer buckets, and one order in twenty takes 300 ms in the engine",
              case="a2", plant=both(plants.scraped(HISTOGRAM, plants.by_side("0.1", "0.05", "0.025")),
                                    plants.slower_in_the_engine(drawn(0.05), more=300)),
              outcome=FAIL, bounds=P99_MISSED),
    Situation(name="the gateway has histograms of different buckets", case="b2",
              plant=plants.scraped("gateway_duration", plants.by_side("0.1", "0.05")), outcome=PASS),
    Situation(name="the histogram has no bucket up to +Inf: nobody knows what it lacks", case="a2",
              plant=plants.scraped(HISTOGRAM, plants.without_buckets("+Inf")), outcome=INVALID, says=("+Inf",)),
    Situation(name="the engine has no histogram at all, and the client waits", case="a2",
              plant=both(plants.scraped(HISTOGRAM, lambda _: ()), slow()), outcome=FAIL, bounds=P99_MISSED),
    Situation(name="a bucket's bound is no number, and the machine stalls for 0.1 s each 20 s", case="a2",
              plant=both(plants.scraped(HISTOGRAM, lambda one: (one, replace(one, labels={**one.labels, "le": "x"}))),
                         plants.machine_stands_still(*SPELLS, lasts=0.1)), outcome=PASS),
    Situation(name="one scrape of the buckets is no number", case="a2",
              plant=plants.scraped(HISTOGRAM, plants.no_number(30)), outcome=PASS),
    Situation(name="one scrape of the buckets is no number, when matching stood still for 2.5 s", case="a2",
              plant=both(plants.scraped(HISTOGRAM, plants.no_number(36)),
                         plants.matching_stands_still(150, lasts=2.5)), outcome=FAIL, bounds=P99_MISSED),
    Situation(name="the last scrapes of the buckets alone are no number: what they lack is no hang", case="a2",
              plant=plants.scraped(HISTOGRAM, plants.no_number(-1, -2, -3, -4, -5, -6)), outcome=INVALID,
              says=("gave no metrics",)),
    Situation(name="the last count of orders is no number", case="b2",
              plant=plants.scraped("orders", plants.no_number(-1)), outcome=PASS),
    Situation(name="the last counts of orders are no number, and what comes within 3 s is never matched", case="a2",
              plant=both(plants.scraped("orders", plants.no_number(-1, -2, -3, -4)),
                         plants.never_matched(within(150, lasts=3))), outcome=FAIL, bounds=P99_MISSED),
    Situation(name="the depth that the case is about is no number", case="a3-100",
              plant=plants.scraped("depth", plants.no_number()), outcome=INVALID, says=("was not scraped",)),
    Situation(name="the engine has a gauge of its depth for each symbol", case="a3-100",
              plant=plants.scraped("depth", plants.by_symbol), outcome=PASS),
    Situation(name="k6's file breaks off before its last 45 orders, all of which failed", case="a2",
              plant=both(plants.refused(within(297.4, lasts=5)), plants.breaks_off(45)), outcome=INVALID,
              says=("break off",)),
    Situation(name="k6's file breaks off before its last 45 orders, and p99 misses without them", case="a2",
              plant=both(slow(), plants.breaks_off(45)), outcome=FAIL, bounds=P99_MISSED),
    Situation(name="the broker was away for 20 s of the 120 that were asked", case="a4",
              plant=plants.outage_lasts(20), outcome=INVALID, says=("lasted 20 s, 120 s asked",)),
)  # fmt: skip


def unscraped(name: str, plant: Plant) -> CaseVerdict:
    """The verdict on a case of whose engines and gateway Prometheus has nothing."""
    happening = honest(name)
    plant(happening)
    nothing = replace(recording(happening), extract={})
    others = {one: honestly(one) for one in REFERENCES.get(name, ())}
    return judge_case(happening.case, measure(happening.case, happening.topology, nothing), others)


@pytest.mark.parametrize(
    ("name", "plant"),
    [
        ("b1", plants.refused(all_orders)),
        ("b1-peak", plants.refused(drawn(0.3))),
        ("a4", plants.slower_at_the_client(while_away, more=60)),
        ("b4", plants.slower_at_the_client(of_shards("b"), more=60)),
        ("b3", plants.slower_at_the_client(within(360, lasts=240), more=60)),
    ],
)
def test_what_the_client_alone_saw_is_a_miss_though_no_engine_was_scraped(name: str, plant: Plant) -> None:
    verdict = unscraped(name, plant)

    assert verdict.outcome is FAIL, said(verdict)
    assert not verdict.is_valid


def test_without_a_miss_at_the_client_engines_that_were_not_scraped_leave_a_case_invalid() -> None:
    assert unscraped("a2", both()).outcome is INVALID


def test_a_control_that_something_went_wrong_with_excuses_nothing() -> None:
    """Its clock was another one: its spells lie elsewhere."""
    happening = honest("a2")
    plants.machine_stands_still(*PAUSES, lasts=0.4)(happening)
    odd = replace(recording(happening), control_problem="its clock is 3 s apart from this machine's (limit 1 s)")
    verdict = judge_case(happening.case, measure(happening.case, happening.topology, odd))

    assert verdict.outcome is FAIL, said(verdict)
    assert "excuses nothing: its clock is 3 s apart" in said(verdict)


@pytest.mark.parametrize(
    "situation",
    parameters(
        *ENGINE, *STRETCHES, *TRANSITIONS, *HICCUPS, *LOAD, *FILLS, *LATE, *CONNECTIONS, *ERRORS, *HANGS, *ENDINGS,
        *CONTROL, *ONE_SIDED, *HIDDEN, *ONE_BUCKET, *NEVER_MATCHED, *STEPS, *ANEW, *AT_THE_END, *AFTERWARDS,
        *SILENT, *RECORDED,
    ),
)  # fmt: skip
def test_a_variant_comes_to_what_it_should(situation: Situation) -> None:
    situation.check()
