import math
from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.core.figures import TIMES
from lab.judge.bound import Bound, Kind, Status
from lab.judge.repeated import judge_repeated
from lab.judge.verdict import CaseVerdict, Outcome, broken_case, judge, judge_case
from lab.measure.measurements import CaseMeasurements
from tests.lab.made import case, generator, measured, shards, suite

RANK = {Outcome.FAIL: 0, Outcome.INVALID: 0, Outcome.UNDECIDED: 1, Outcome.CONDITIONAL: 1, Outcome.PASS: 2}


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
        ((3.0, 3.0, 3.0), Outcome.PASS), ((250.0, 300.0), Outcome.FAIL),
        ((3.0, 250.0, 3.0), Outcome.UNDECIDED), ((250.0, 3.0, 250.0), Outcome.UNDECIDED),
        ((200.0, 200.0, 200.0), Outcome.FAIL),  # it is to be below
        ((3.0, 250.0, 4.0, 5.0, 6.0, 7.0), Outcome.UNDECIDED),  # surely missed in one, and met by the mean of all
        ((3.0, 250.0) + (4.0,) * 8, Outcome.UNDECIDED), ((4.0, 5.0, 3.0, 6.0, 4.0, 5.0, 250.0, 300.0), Outcome.UNDECIDED),
        ((140.0, 150.0, 160.0, 170.0, 180.0, 155.0, 165.0, 210.0), Outcome.PASS),  # missed in one by what all differ by
        ((180.0, 201.0, 185.0), Outcome.UNDECIDED),
        ((3.0, 3.0, math.inf), Outcome.UNDECIDED), ((math.inf, math.inf), Outcome.FAIL),
    ],
)  # fmt: skip
def test_a_bound_is_judged_on_what_all_repetitions_come_to(p99s: Sequence[float], outcome: Outcome) -> None:
    assert latencies(*p99s).outcome is outcome


def test_an_objective_that_was_surely_missed_in_a_repetition_unlike_the_others_is_not_met_by_their_mean() -> None:
    """Nor is anybody told that more repetitions would make it met."""
    (p99, _) = latencies(3.0, 250.0, 4.0, 5.0, 6.0, 7.0).bounds

    assert p99.line.endswith(", undecided (surely missed in a2-2) (limit 200 ms)")
    assert p99.decided_by is None


def test_the_line_has_every_figure_and_the_interval_of_all() -> None:
    p99, errors = latencies(150.0, 250.0, 200.0).bounds

    assert p99.line.startswith("p99 196 ms over 3 repetitions: 150 ms, 250 ms, 200 ms; 95 % interval 150 to 250 ms")
    assert errors.line == "errors 0 % over 3 repetitions: 0 %, 0 %, 0 %; 95 % interval 0 to 0.213 % (limit 1 %)"


def test_no_repetition_may_be_invalid() -> None:
    """Left out, a case that can't be judged would be worth more than a bad one."""
    dropped = measured(generator=generator(dropped=3))

    verdict = repeated("a2", measured(), dropped, measured())

    assert verdict.outcome is Outcome.INVALID
    assert verdict.reason.startswith("a2-2: 3 iterations dropped")
    assert [one.outcome for one in verdict.repetitions] == [Outcome.PASS, Outcome.INVALID, Outcome.PASS]


def test_a_miss_in_each_of_them_stands_whatever_flattered_one() -> None:
    flattered = measured(p99=250, generator=generator(dropped=3))

    assert repeated("a2", measured(p99=260), flattered).outcome is Outcome.FAIL


def test_a_repetition_that_never_was_is_invalid() -> None:
    good = judge_case(case(), measured())
    verdict = judge_repeated(case(), [good, replace(broken_case(case(), "k6 broke"), case="a2-2")])

    assert (verdict.outcome, verdict.reason) == (Outcome.INVALID, "a2-2: k6 broke")


def filled(one: CaseMeasurements, times: float) -> CaseMeasurements:
    """The same with so many times the fills."""
    by_window = [{name: times * rate for name, rate in shard.match_rate.items()} for shard in one.shards]
    many = (replace(shard, match_rate=rates) for shard, rates in zip(one.shards, by_window, strict=True))
    return replace(one, shards=tuple(many))


def test_an_alarm_in_each_repetition_is_no_bound_that_was_met() -> None:
    """More than N times the baseline's fills are what no honest load gives, however often."""
    verdict = repeated("b3", *[filled(measured("b3"), 2.0)] * 3)

    assert verdict.outcome is Outcome.INVALID
    assert "ALARM" in verdict.reason


def test_a_bound_that_one_repetition_lacks_is_judged_on_the_others_for_a_miss_alone() -> None:
    """One bad round is no miss because another one measured nothing."""
    unknown = Bound(name="x", kind=Kind.LATENCY, status=Status.UNMEASURED, line="nothing to compare with")

    def outcome(*ratios: float) -> tuple[Outcome, Status]:
        bounds = [Bound(name="x", kind=Kind.LATENCY, status=Status.of(is_met=one <= 2), line="", figure=one, limit=2.0,
                        unit=TIMES) for one in ratios]  # fmt: skip
        rounds = [CaseVerdict(case=f"b4-{n}", outcome=Outcome.PASS, reasons=(), bounds=(one,))
                  for n, one in enumerate((*bounds, unknown), start=1)]  # fmt: skip
        found = judge_repeated(case("b4"), rounds)
        return found.outcome, found.bounds[0].status

    assert outcome(1.0, 1.1, 9.0) == (Outcome.INVALID, Status.UNMEASURED)
    assert outcome(1.0, 1.1, 1.2) == (Outcome.INVALID, Status.UNMEASURED)
    assert outcome(8.0, 8.1, 9.0) == (Outcome.FAIL, Status.MISSED)


def test_a_fault_that_broke_in_one_repetition_broke() -> None:
    verdict = repeated("a4", measured("a4"), measured("a4", fault_error="stuck"))

    assert judge(suite("a4"), [verdict]).exit_code == 7


def test_the_warm_up_decides_nothing_however_often_it_runs() -> None:
    assert repeated("a1", measured("a1"), measured("a1")).reason == "it has nothing to meet"
    assert not repeated("a1", measured("a1"), measured("a1", problems=("k6 broke",))).is_valid


def rises(*ratios: float) -> CaseVerdict:
    """A bound whose interval reaches from 0.8 to 1.25 times its figure in each repetition, limit 1.1."""
    return pooled_of(*((one * 0.8, one, one * 1.25) for one in ratios))


def status_of(low: float, high: float) -> Status:
    return Status.MET if high <= 1.1 else Status.MISSED if low > 1.1 else Status.UNDECIDED


def pooled_of(*intervals: tuple[float, float, float]) -> CaseVerdict:
    each = [
        CaseVerdict(
            case=f"a4-{number}",
            outcome=Outcome.UNDECIDED,
            reasons=(),
            bounds=(
                Bound(
                    name="rise",
                    kind=Kind.LATENCY,
                    status=status_of(low, high),
                    line="",
                    figure=figure,
                    limit=1.1,
                    unit=TIMES,
                    low=low,
                    high=high,
                ),
            ),
        )
        for number, (low, figure, high) in enumerate(intervals, start=1)
    ]
    return judge_repeated(case("a4"), each)


def test_intervals_become_narrower_as_repetitions_are_pooled() -> None:
    assert rises(0.97, 1.03).outcome is Outcome.UNDECIDED
    assert rises(*[0.97, 1.0, 1.03] * 3).outcome is Outcome.PASS
    assert rises(*[1.25, 1.28, 1.31] * 3).outcome is Outcome.FAIL


def test_what_differs_from_run_to_run_widens_the_interval_of_all() -> None:
    alike = pooled_of((0.95, 1.0, 1.05), (0.97, 1.02, 1.12), (0.95, 1.0, 1.05))
    apart = pooled_of((0.75, 0.8, 0.85), (0.97, 1.02, 1.12), (0.66, 0.7, 0.74))

    assert alike.outcome is Outcome.PASS
    assert apart.outcome is Outcome.UNDECIDED


def test_an_even_count_is_no_stricter_than_an_odd_one() -> None:
    passed = [
        sum(
            rises(*(math.exp(source.gauss(math.log(0.95), 0.114)) for _ in range(count))).outcome is Outcome.PASS
            for source in map(Random, range(400))
        )
        for count in range(1 + 1, 7)
    ]

    assert passed == sorted(passed)


def test_what_is_undecided_names_the_repetitions_that_may_decide_it() -> None:
    verdict = rises(0.98, 1.0, 1.02)

    assert verdict.outcome is Outcome.UNDECIDED
    assert verdict.bounds[-1].decided_by == 6
    assert ", undecided; --repeat=6 may decide it (limit 1.1)" in verdict.reason


def test_what_repetitions_would_hardly_decide_is_not_said_to_be() -> None:
    assert rises(1.08, 1.1, 1.11).bounds[-1].decided_by is None


def test_isolation_is_judged_by_shard() -> None:
    verdict = repeated("b4", *(measured("b4", shards=shards("b4", b=b, c=3.0)) for b in (3.0, 30.0, 9.0)))

    held = {bound.of: bound for bound in verdict.bounds if bound.name == "isolation"}
    assert held["shard b"].status is Status.UNDECIDED
    assert held["shard c"].status is Status.MET
    assert held["shard b"].line.startswith("shard b: p99 against the reference's 3.11 over 3 repetitions: 1, 10, 3")


def grown(share: float) -> CaseMeasurements:
    rates = ({window: rate * share for window, rate in one.match_rate.items()} for one in shards("b3"))
    return measured(
        "b3", shards=tuple(replace(one, match_rate=own) for one, own in zip(shards("b3"), rates, strict=True))
    )


@pytest.mark.parametrize(
    ("by_round", "status"),
    [((0.5, 0.5, 0.5), Status.MISSED), ((0.5, 0.5, 1.0), Status.UNDECIDED), ((1.0, 1.0, 1.0), Status.MET), ((0.5, 1.0), Status.UNDECIDED)],
)  # fmt: skip
def test_of_what_is_better_when_it_is_more_the_lower_end_decides(by_round: Sequence[float], status: Status) -> None:
    verdict = repeated("b3", *(grown(share) for share in by_round))

    (keeps_up,) = (bound for bound in verdict.bounds if bound.name == "keeps_up")
    assert keeps_up.status is status
    assert keeps_up.line.endswith("(at least 2.7)")


figure_ = st.floats(0.5, 2.0)
rows = st.lists(st.tuples(figure_, st.floats(1.0, 1.3)), min_size=2, max_size=7)


@given(rows)
def test_what_all_repetitions_come_to_lies_within_what_they_cover_and_is_theirs_where_they_agree(
    some: list[tuple[float, float]],
) -> None:
    intervals = [(figure / apart, figure, figure * apart) for figure, apart in some]
    verdict = pooled_of(*intervals)
    (bound,) = verdict.bounds
    each = {status_of(low, high) for low, _, high in intervals}

    assert bound.low is not None
    assert bound.high is not None
    assert bound.low >= min(low for low, _, _ in intervals)
    assert bound.high <= max(high for _, _, high in intervals)
    assert bound.status is (each.pop() if len(each) == 1 and Status.UNDECIDED not in each else bound.status)
    assert bound.status is status_of(bound.low, bound.high)


@given(rows)
def test_the_order_of_repetitions_says_nothing(some: list[tuple[float, float]]) -> None:
    intervals = [(figure / apart, figure, figure * apart) for figure, apart in some]

    assert pooled_of(*intervals).outcome is pooled_of(*reversed(intervals)).outcome
