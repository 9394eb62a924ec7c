from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.judge.bound import Bound, Kind, Status
from lab.judge.verdict import Outcome, Verdict, broken_case, judge, judge_case
from lab.measure.measurements import CaseMeasurements
from lab.measure.stretches import Stretch
from tests.lab.made import START, case, engine, generator, latency, measured, shard, shards, suite

RANK = {Outcome.FAIL: 0, Outcome.INVALID: 0, Outcome.UNDECIDED: 1, Outcome.CONDITIONAL: 1, Outcome.PASS: 2}
"""Of the two lowest neither is the better one."""


def asr1(a2: CaseMeasurements, a4: CaseMeasurements) -> Verdict:
    judged = [judge_case(case("a1"), measured("a1")), judge_case(case("a2"), a2), judge_case(case("a4"), a4)]
    return judge(suite(), judged)


def invalid(name: str, **changes: Any) -> CaseMeasurements:
    return measured(name, generator=generator(dropped=1), **changes)


UNSURE = measured("a4", p99=100.0, ratio=1.2)


@pytest.mark.parametrize(
    ("a2", "a4", "outcome", "code"),
    [
        (measured("a2"), measured("a4"), Outcome.PASS, 0),
        (measured("a2"), measured("a4", ratio=3.0), Outcome.PASS, 0),  # from 3 to 9 ms
        (measured("a2"), measured("a4", p99=80.0, ratio=1.7), Outcome.CONDITIONAL, 6),
        (measured("a2"), measured("a4", ratio=10.0), Outcome.CONDITIONAL, 6),
        (measured("a2"), UNSURE, Outcome.CONDITIONAL, 6),
        (invalid("a2"), UNSURE, Outcome.INVALID, 5),
        (measured("a2", p99=250), UNSURE, Outcome.FAIL, 6),
        (measured("a2"), measured("a4", p99=250), Outcome.CONDITIONAL, 6),
        (measured("a2", p99=200), measured("a4"), Outcome.FAIL, 6),
        (measured("a2", shards=(shard(p99=201),)), measured("a4"), Outcome.FAIL, 6),
        (measured("a2", errors=20), measured("a4"), Outcome.FAIL, 6),
        (invalid("a2"), measured("a4"), Outcome.INVALID, 5),
        (measured("a2"), invalid("a4"), Outcome.INVALID, 5),
        (measured("a2", p99=250), invalid("a4"), Outcome.FAIL, 6),  # A4 can't save it
        (measured("a2"), measured("a4", fault_error="stuck"), Outcome.INVALID, 7),
        (measured("a2", p99=250), measured("a4", fault_error="stuck"), Outcome.FAIL, 7),
    ],
)  # fmt: skip
def test_asr1_stands_on_a2_and_a4(a2: CaseMeasurements, a4: CaseMeasurements, outcome: Outcome, code: int) -> None:
    verdict = asr1(a2, a4)

    assert (verdict.outcome, verdict.exit_code) == (outcome, code)


@pytest.mark.parametrize("conditional", ["a3-100", "a3-10000", "a4"])
def test_asr1_is_conditional_when_a_depth_or_the_outage_alone_misses(conditional: str) -> None:
    names = ("a2", "a3-100", "a3-1000", "a3-10000", "a4")
    cases = [judge_case(case(name), measured(name, p99=250.0 if name == conditional else 3.0)) for name in names]

    verdict = judge(suite(), cases)

    assert verdict.outcome is Outcome.CONDITIONAL
    assert verdict.reason.startswith(f"{conditional}: p99 250 ms at the client")
    assert verdict.reason.endswith("; passed: " + ", ".join(name for name in names if name != conditional))


ASR2 = ("b1", "b1-peak", "b2", "b3", "b4")


def asr2(**changes: CaseMeasurements) -> Verdict:
    """The suite as it runs: a case is compared with the valid ones before it."""
    valid: dict[str, CaseMeasurements] = {}
    cases = []
    for name in ASR2:
        numbers = changes.get(name, measured(name))
        cases.append(judge_case(case(name), numbers, valid))
        if cases[-1].is_valid:
            valid[name] = numbers
    return judge(suite(*ASR2), cases)


def fewer_matches(name: str, share: float) -> CaseMeasurements:
    return measured(
        name,
        shards=tuple(
            replace(
                shard,
                matches_per_minute=tuple(rate * share for rate in shard.matches_per_minute),
                match_rate={window: rate * share for window, rate in shard.match_rate.items()},
            )
            for shard in shards(name)
        ),
    )


@pytest.mark.parametrize(
    ("changes", "outcome", "code", "deciding"),
    [
        ({}, Outcome.PASS, 0, "b1: 0 % errors"),
        ({"b4": measured("b4", shards=shards("b4", b=30.0))}, Outcome.CONDITIONAL, 6, "b4: shard b: p99 / b2's 10 ["),
        ({"b4": measured("b4", p99=250)}, Outcome.CONDITIONAL, 6, "b4: p99 250 ms"),
        ({"b1": measured("b1", errors=20)}, Outcome.FAIL, 6, "b1: 2 [1.23, 3.07] % errors"),
        ({"b2": measured("b2", p99=250)}, Outcome.FAIL, 6, "b2: p99 250 ms"),
        ({"b2": fewer_matches("b2", 0.7)}, Outcome.FAIL, 6, "b2: matches/min by minute: 4,234"),
        ({"b3": fewer_matches("b3", 0.5)}, Outcome.FAIL, 6, "b3: kept up with the load: throughput(3) = 3,024"),
        ({"b3": measured("b3", client={**measured("b3").client, "stage 4": latency(50)})}, Outcome.FAIL, 6, "b3: p99 by"),
        ({"b4": invalid("b4")}, Outcome.INVALID, 5, "b4: 1 iteration dropped"),
        ({"b2": fewer_matches("b2", 0.7), "b4": invalid("b4")}, Outcome.FAIL, 6, "b2: matches/min"),
        ({"b2": fewer_matches("b2", 0.7), "b4": measured("b4", p99=250)}, Outcome.FAIL, 6, "b2: matches/min"),
        # What others are compared with takes them along.
        ({"b1-peak": measured("b1-peak", problems=("k6 broke",))}, Outcome.INVALID, 5, "b3: keeps_up needs valid figures of b1-peak"),
        ({"b2": measured("b2", problems=("k6 broke",))}, Outcome.INVALID, 5, "b4: isolation needs valid figures of b2"),
    ],
)  # fmt: skip
def test_asr2_stands_on_throughput_and_on_keeping_up_and_isolation_is_a_condition(
    changes: dict[str, CaseMeasurements], outcome: Outcome, code: int, deciding: str
) -> None:
    verdict = asr2(**changes)

    assert (verdict.outcome, verdict.exit_code) == (outcome, code)
    assert deciding in verdict.reason


@pytest.mark.parametrize(
    ("status", "changes", "outcome"),
    [
        (Status.MET, {}, Outcome.PASS),
        (Status.UNMEASURED, {}, Outcome.PASS),
        (Status.UNDECIDED, {}, Outcome.CONDITIONAL),
        (Status.MISSED, {}, Outcome.FAIL),
        (Status.MISSED, {"b4": invalid("b4")}, Outcome.FAIL),
        (Status.MET, {"b2": fewer_matches("b2", 0.7)}, Outcome.FAIL),
        (Status.UNDECIDED, {"b4": invalid("b4")}, Outcome.INVALID),
    ],
)
def test_a_scaling_that_was_searched_for_has_a_part_in_the_verdict(
    status: Status, changes: dict[str, CaseMeasurements], outcome: Outcome
) -> None:
    scaling = Bound(name="scaling", kind=Kind.FILLS, status=status, line="scaling: 2.1 times")

    verdict = judge(suite(*ASR2), asr2(**changes).cases, scaling=scaling)

    assert verdict.outcome is outcome
    assert verdict.reason.endswith("; scaling: 2.1 times")


def test_a_case_that_fails_is_still_one_to_compare_with() -> None:
    """Its figures say something, however bad they are."""
    assert judge_case(case("b2"), measured("b2", p99=250)).is_valid
    assert judge_case(case("b2"), invalid("b2")).is_valid
    assert not judge_case(case("b2"), measured("b2", problems=("k6 broke",))).is_valid
    assert not broken_case(case("b2"), "k6 broke").is_valid


def test_the_larger_of_client_and_engine_is_judged() -> None:
    verdict = judge_case(case(), measured(p99=3.0, shards=(shard(p99=250),)))

    assert verdict.outcome is Outcome.FAIL
    assert verdict.reason == "p99 3 ms at the client, 250 ms in the engine (limit 200 ms)"


@pytest.mark.parametrize(
    ("ratio", "outcome", "said"),
    [
        (1.2, Outcome.UNDECIDED, "1.2 [0.837, 1.72] (100 ms, then 120 ms), undecided; --repeat=18 may decide it (limit 1.1; "),
        (1.9, Outcome.FAIL, "1.9 [1.33, 2.72] (100 ms, then 190 ms) (limit 1.1; at the client)"),
    ],
    ids=["within noise", "beyond noise"],
)  # fmt: skip
def test_a_rise_within_noise_does_not_pass_and_says_so(ratio: float, outcome: Outcome, said: str) -> None:
    verdict = judge_case(case("a4"), measured("a4", p99=100.0, ratio=ratio))

    assert verdict.outcome is outcome
    assert said in verdict.reason


def test_the_judged_p99_is_that_of_the_worst_window() -> None:
    a4 = measured("a4")

    assert judge_case(case("a4"), a4).outcome is Outcome.PASS
    assert judge_case(case("a4"), replace(a4, client={**a4.client, "after": latency(250)})).outcome is Outcome.FAIL


@pytest.mark.parametrize(
    ("runtime", "profile", "shown"),
    [
        ("k3d", "full", "PASS"), ("k3d", "smoke", "PASS (SMOKE)"),
        ("process", "full", "PASS (PROCESS)"), ("process", "smoke", "PASS (PROCESS, SMOKE)"),
    ],
)  # fmt: skip
def test_what_rests_on_less_than_full_length_on_a_cluster_is_marked(runtime: Any, profile: Any, shown: str) -> None:
    on = replace(suite("a2", profile=profile), runtime=runtime)

    verdict = judge(on, [judge_case(case("a2"), measured("a2"))])

    assert verdict.runtime == runtime
    assert str(verdict) == shown


@pytest.mark.parametrize(
    ("name", "numbers", "outcome", "reason"),
    [
        ("a4", measured("a4"), Outcome.PASS, "; without the other cases this is not asr1's verdict"),
        ("a4", UNSURE, Outcome.CONDITIONAL, ""),
        ("a4", measured("a4", ratio=10.0), Outcome.FAIL, ""),  # a conditional case alone is no condition of anything
        ("a1", measured("a1"), Outcome.NOT_JUDGED, "no judged case was run"),
        ("a1", invalid("a1"), Outcome.NOT_JUDGED, "no judged case was run"),
        ("a2", measured("a2", client={"whole": latency(orders=0)}, shards=()), Outcome.INVALID, ""),
    ],
    ids=["passes", "undecided", "a missed condition", "warm-up", "broken warm-up", "measured nothing"],
)
def test_a_single_case_is_judged_by_itself_and_says_so(
    name: str, numbers: CaseMeasurements, outcome: Outcome, reason: str
) -> None:
    verdict = judge(suite(name), [judge_case(case(name), numbers)])

    assert verdict.outcome is outcome
    assert verdict.reason.endswith(reason)


def test_a_case_that_broke_is_invalid_but_the_warm_up_decides_nothing() -> None:
    cases = [broken_case(case("a1"), "k6 broke"), *(judge_case(case(name), measured(name)) for name in ("a2", "a4"))]

    assert judge(suite(), cases).outcome is Outcome.PASS
    assert judge(suite(), [cases[0], broken_case(case("a2"), "k6 broke"), cases[2]]).outcome is Outcome.INVALID


def test_a_case_without_bounds_does_not_pass() -> None:
    bare_settings = case("a2").settings.model_copy(update={"slo": case("a1").settings.slo})
    bare = replace(case("a2"), settings=bare_settings)

    assert judge_case(bare, measured("a2")).reason == "it has no SLO to meet"


figure = st.floats(0.1, 500)
share = st.floats(0, 1)
worse2 = st.fixed_dictionaries(
    {
        **dict.fromkeys(("b2 p99", "b3 later stages", "b4 p99", "b4 b"), figure),
        **dict.fromkeys(("b2 matches", "b3 matches"), share),
    }
)


def asr2_on(numbers: dict[str, float]) -> Outcome:
    """Of what is compared, only the side that is judged: a worse reference makes the other look better."""
    b3 = fewer_matches("b3", numbers["b3 matches"])
    later = {name: latency(numbers["b3 later stages"]) for name in ("stage 3", "stage 4")}
    return asr2(
        b2=replace(fewer_matches("b2", numbers["b2 matches"]), client={"whole": latency(numbers["b2 p99"])}),
        b3=replace(b3, client={**b3.client, **later}),
        b4=measured("b4", p99=numbers["b4 p99"], shards=shards("b4", b=numbers["b4 b"])),
    ).outcome


@given(worse2, worse2)
def test_a_worse_figure_never_gives_asr2_a_better_verdict(numbers: dict[str, float], more: dict[str, float]) -> None:
    worse = {name: value * more[name] if "matches" in name else value + more[name] for name, value in numbers.items()}

    assert RANK[asr2_on(worse)] <= RANK[asr2_on(numbers)]


LATENCIES = tuple(f"{case} {kind}" for case in ("a2", "a4") for kind in ("client", "worst stretch", "engine"))
OTHERS = ("beyond the buckets", "errors", "dropped", "throttled", "short of CPU", "restarts", "gap")
KINDS = (*LATENCIES, *(f"a2 {name}" for name in OTHERS), "a4 rise", "a4 throttled")
around_limits = st.fixed_dictionaries(
    {
        **dict.fromkeys(LATENCIES, st.floats(0.1, 210)),
        "a2 beyond the buckets": st.just(0),
        "a2 errors": st.integers(0, 11),
        "a2 dropped": st.just(0),
        "a2 throttled": st.floats(0, 0.05),
        "a2 short of CPU": st.floats(0, 0.9),
        "a2 restarts": st.just(0),
        "a2 gap": st.floats(0, 12.5),
        "a4 rise": st.floats(0.5, 1.2),
        "a4 throttled": st.floats(0, 0.05),
    }
)
"""Figures that are valid, on either side of each limit of the objective."""
additions = st.fixed_dictionaries(
    {
        **dict.fromkeys(LATENCIES, st.floats(0, 300)),
        "a2 beyond the buckets": st.integers(0, 1),
        "a2 errors": st.integers(0, 100),
        "a2 dropped": st.integers(0, 3),
        "a2 throttled": st.floats(0, 0.1),
        "a2 short of CPU": st.floats(0, 1),
        "a2 restarts": st.integers(0, 2),
        "a2 gap": st.floats(0, 20),
        "a4 rise": st.floats(0, 2),
        "a4 throttled": st.floats(0, 0.1),
    }
)


def stretch(p99: float) -> Stretch:
    return Stretch(start=START + 60_000, end=START + 120_000, orders=1020, p99=p99, low=p99)


def asr1_on(figures: dict[str, float]) -> Outcome:
    slow = replace(engine(figures["a2 engine"]), is_beyond=figures["a2 beyond the buckets"] >= 1)
    one = shard(
        latency={"whole": slow},
        throttled=figures["a2 throttled"],
        restarts=int(figures["a2 restarts"]),
        longest_gap=figures["a2 gap"],
    )
    a2 = measured(
        "a2",
        p99=figures["a2 client"],
        errors=int(figures["a2 errors"]),
        stretches=(stretch(figures["a2 worst stretch"]),),
        shards=(one,),
        generator=generator(dropped=int(figures["a2 dropped"]), cpu_share=figures["a2 short of CPU"]),
    )
    slow4 = dict.fromkeys(measured("a4").windows, engine(figures["a4 engine"]))
    a4 = measured(
        "a4",
        p99=figures["a4 client"],
        ratio=figures["a4 rise"],
        stretches=(stretch(figures["a4 worst stretch"]),),
        shards=tuple(replace(one, latency=slow4, throttled=figures["a4 throttled"]) for one in shards("a4")),
    )
    return asr1(a2, a4).outcome


@given(around_limits, additions, st.sets(st.sampled_from(KINDS), min_size=1))
def test_no_kind_of_worse_figure_gives_a_better_verdict(
    figures: dict[str, float], more: dict[str, float], which: set[str]
) -> None:
    worse = {name: value + more[name] * (name in which) for name, value in figures.items()}

    assert RANK[asr1_on(worse)] <= RANK[asr1_on(figures)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("a2 client", 200.0), ("a2 worst stretch", 200.0), ("a2 engine", 200.0), ("a2 beyond the buckets", 1),
        ("a2 errors", 10), ("a2 dropped", 1), ("a2 restarts", 1),
        ("a2 gap", 13.0), ("a4 client", 200.0), ("a4 worst stretch", 200.0), ("a4 engine", 200.0), ("a4 rise", 10.0),
    ],
)  # fmt: skip
def test_each_kind_of_figure_has_a_say_in_it(name: str, value: float) -> None:
    """Else the property above would hold of nothing."""
    good = {**dict.fromkeys(KINDS, 0.0), **dict.fromkeys(LATENCIES, 3.0), "a2 gap": 5.0, "a4 rise": 1.0}

    assert asr1_on(good) is Outcome.PASS
    assert asr1_on({**good, name: value}) is not Outcome.PASS
