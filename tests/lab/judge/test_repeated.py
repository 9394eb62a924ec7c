import math
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.judge.bound import Status
from lab.judge.repeated import judge_repeated
from lab.judge.verdict import CaseVerdict, Outcome, broken_case, judge, judge_case
from lab.measure.measurements import CaseMeasurements
from lab.measure.rise import Rise
from tests.lab.made import case, engine, generator, measured, shards, suite

RANK = {Outcome.FAIL: 0, Outcome.INVALID: 0, Outcome.UNDECIDED: 1, Outcome.CONDITIONAL: 1, Outcome.PASS: 2}
GRADE = {Status.MISSED: 0, Status.UNMEASURED: 0, Status.UNDECIDED: 1, Status.MET: 2}


def repeated(name: str, *numbers: CaseMeasurements) -> CaseVerdict:
    """What a case comes to of which these were measured, each compared with good figures."""
    others = {one: measured(one) for one in ("b1-peak", "b2")}
    verdicts = [judge_case(case(name), one, others) for one in numbers]
    named = [replace(one, case=f"{name}-{number}") for number, one in enumerate(verdicts, start=1)]
    return judge_repeated(case(name), named)


def latencies(*p99s: float) -> CaseVerdict:
    return repeated("a2", *(measured(p99=p99) for p99 in p99s))


@pytest.mark.parametrize(
    ("p99s", "outcome"),
    [
        ((3.0, 3.0, 3.0), Outcome.PASS), ((3.0, 250.0, 3.0), Outcome.PASS), ((250.0, 3.0, 250.0), Outcome.FAIL),
        ((3.0, 250.0), Outcome.FAIL),  # of an even count the worse one of the middle two
        ((3.0, 250.0, 3.0, 3.0), Outcome.PASS),
        ((199.9, 200.0, 200.0), Outcome.FAIL),  # it is to be below
        ((3.0, 3.0, math.inf), Outcome.PASS),
    ],
)  # fmt: skip
def test_a_bound_is_judged_on_the_median(p99s: Sequence[float], outcome: Outcome) -> None:
    assert latencies(*p99s).outcome is outcome


def test_the_line_has_every_figure_and_how_sure_the_median_is() -> None:
    assert latencies(3.0, 250.0, 4.0).bounds[0].line == (
        "p99 4 ms, the median of 3: 3 ms, 250 ms, 4 ms; "
        "their range 3 to 250 ms, which holds the true median in 75 % (limit 200 ms)"
    )


def test_from_six_on_there_is_an_interval() -> None:
    (p99, errors) = latencies(3.0, 250.0, 4.0, 5.0, 6.0, 7.0).bounds

    assert "6 ms, the median of 6: " in p99.line
    assert "; 95 % interval 3 to 250 ms (limit 200 ms)" in p99.line
    assert errors.line.startswith("errors 0 %, the median of 6: ")


def test_no_repetition_may_be_invalid() -> None:
    """Left out, a case that can't be judged would be worth more than a bad one."""
    dropped = measured(generator=generator(dropped=3))

    verdict = repeated("a2", measured(), dropped, measured())

    assert (verdict.outcome, verdict.is_valid) == (Outcome.INVALID, False)
    assert verdict.reason.startswith("a2-2: 3 iterations dropped")
    assert [one.outcome for one in verdict.repetitions] == [Outcome.PASS, Outcome.INVALID, Outcome.PASS]


def test_a_repetition_that_never_was_is_invalid() -> None:
    good = judge_case(case(), measured())
    verdict = judge_repeated(case(), [good, replace(broken_case(case(), "k6 broke"), case="a2-2")])

    assert (verdict.outcome, verdict.reason, verdict.bounds) == (Outcome.INVALID, "a2-2: k6 broke", ())


def test_a_fault_that_broke_in_one_repetition_broke() -> None:
    verdict = repeated("a4", measured("a4"), measured("a4", fault_error="stuck"))

    assert judge(suite("a4"), [verdict]).exit_code == 7


def test_the_warm_up_decides_nothing_however_often_it_runs() -> None:
    assert repeated("a1", measured("a1"), measured("a1")).reason == "not judged"
    assert not repeated("a1", measured("a1"), measured("a1", problems=("k6 broke",))).is_valid


def rises(*ratios: float) -> CaseVerdict:
    return repeated("a4", *(measured("a4", rise=Rise(ratio=one, low=one * 0.95, high=one * 1.05)) for one in ratios))


def test_a_rise_is_missed_only_where_its_interval_lies_above_the_limit() -> None:
    missed, undecided, met = rises(1.2, 1.3, 1.4), rises(1.0, 1.2, 1.4), rises(1.0, 1.05, 1.4)

    assert [one.outcome for one in (missed, undecided, met)] == [Outcome.FAIL, Outcome.UNDECIDED, Outcome.PASS]
    assert [one.bounds[-1].status for one in (missed, undecided, met)] == [Status.MISSED, Status.UNDECIDED, Status.MET]
    assert "undecided" not in missed.reason
    assert undecided.reason == (
        "p99 during the outage / before 1.2, the median of 3: 1, 1.2, 1.4; their range 1 to 1.4, which holds "
        "the true median in 75 %, undecided: not told apart from noise; --repeat=9 or a longer case may decide it "
        "(limit 1.1)"
    )


def test_isolation_is_judged_by_shard() -> None:
    verdict = repeated("b4", *(measured("b4", shards=shards("b4", b=b, c=3.0)) for b in (3.0, 9.0, 9.0)))

    held = {bound.of: bound for bound in verdict.bounds if bound.name == "isolation"}
    assert held["shard b"].status is Status.UNDECIDED
    assert held["shard c"].status is Status.MET
    assert held["shard b"].line.startswith("shard b: p99 against the reference's 3, the median of 3: 1, 3")


def grown(share: float) -> CaseMeasurements:
    rates = ({window: rate * share for window, rate in one.match_rate.items()} for one in shards("b3"))
    return measured(
        "b3", shards=tuple(replace(one, match_rate=own) for one, own in zip(shards("b3"), rates, strict=True))
    )


@pytest.mark.parametrize(
    ("by_round", "status"),
    [((0.5, 0.5, 0.5), Status.MISSED), ((0.5, 0.5, 1.0), Status.UNDECIDED), ((0.5, 1.0, 1.0), Status.MET), ((0.5, 1.0), Status.UNDECIDED)],
)  # fmt: skip
def test_of_what_is_better_when_it_is_more_the_lower_half_decides(by_round: Sequence[float], status: Status) -> None:
    verdict = repeated("b3", *(grown(share) for share in by_round))

    (keeps_up,) = (bound for bound in verdict.bounds if bound.name == "keeps_up")
    assert keeps_up.status is status
    assert keeps_up.line.endswith("(at least 2.7)")


def test_a_limit_of_its_own_is_missed_or_met_whatever_its_noise() -> None:
    """200 ms is no difference of two measurements."""
    assert latencies(3.0, 250.0, 251.0).bounds[0].status is Status.MISSED


FIGURES = {
    "client": ((0.1, 230.0), (0.0, 500.0)),
    "engine": ((0.1, 230.0), (0.0, 500.0)),
    "errors": ((0, 12), (0, 50)),
    "ratio": ((0.5, 1.3), (0.0, 2.0)),
    "dropped": ((0, 0), (0, 1)),
    "throttled": ((0.0, 0.0), (0.0, 0.1)),
    "matches": ((0.6, 1.0), (0.0, 1.0)),
}
"""Between what a valid repetition's figures lie, on either side of each limit, and what may be added to them."""


def between(low: float, high: float) -> st.SearchStrategy[float]:
    return st.integers(low, high) if isinstance(low, int) and isinstance(high, int) else st.floats(low, high)


numbers = st.fixed_dictionaries({name: between(*of) for name, (of, _) in FIGURES.items()})
more_of_each = st.fixed_dictionaries({name: between(*more) for name, (_, more) in FIGURES.items()})


def a4(figures: dict[str, float]) -> CaseMeasurements:
    windows = tuple(measured("a4").windows)
    return measured(
        "a4",
        p99=figures["client"],
        errors=int(figures["errors"]),
        rise=Rise(ratio=figures["ratio"], low=figures["ratio"] * 0.9, high=figures["ratio"] * 1.1),
        generator=generator(dropped=int(figures["dropped"])),
        shards=tuple(
            replace(one, latency={name: engine(figures["engine"]) for name in windows}, throttled=figures["throttled"])
            for one in shards("a4")
        ),
    )


def b2(figures: dict[str, float]) -> CaseMeasurements:
    fewer = (
        replace(one, matches_per_minute=tuple(rate * figures["matches"] for rate in one.matches_per_minute))
        for one in shards("b2")
    )
    return measured("b2", p99=figures["client"], errors=int(figures["errors"]), shards=tuple(fewer))


def worse(figures: dict[str, float], more: dict[str, float]) -> dict[str, float]:
    return {
        name: value * more["matches"] if name == "matches" else value + more[name] for name, value in figures.items()
    }


@given(st.lists(st.tuples(numbers, more_of_each, st.booleans()), min_size=2, max_size=7), st.booleans())
def test_worse_figures_never_give_a_better_verdict_over_repetitions(
    rounds: list[tuple[dict[str, float], dict[str, float], bool]], is_peak: bool
) -> None:
    name, made = ("b2", b2) if is_peak else ("a4", a4)
    before = repeated(name, *(made(figures) for figures, _, _ in rounds))
    after = repeated(
        name, *(made(worse(figures, more)) if changes else made(figures) for figures, more, changes in rounds)
    )

    assert RANK[after.outcome] <= RANK[before.outcome]
    for one, other in zip(before.bounds, after.bounds, strict=False):
        assert GRADE[other.status] <= GRADE[one.status]


def test_the_figures_that_the_properties_begin_with_can_pass() -> None:
    good = {**dict.fromkeys(FIGURES, 0.0), "client": 3.0, "engine": 2.0, "ratio": 1.0, "matches": 1.0}

    assert {repeated(name, *[made(good)] * 2).outcome for name, made in (("a4", a4), ("b2", b2))} == {Outcome.PASS}


@given(numbers, st.sampled_from([2, 3, 6]), st.booleans())
def test_repetitions_that_are_alike_come_to_what_one_of_them_does(
    figures: dict[str, float], count: int, is_peak: bool
) -> None:
    name, made = ("b2", b2) if is_peak else ("a4", a4)
    one = judge_case(case(name), made(figures))

    assert repeated(name, *[made(figures)] * count).outcome is one.outcome
