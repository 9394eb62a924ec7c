from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.judge.bound import Bound, Kind, Status
from lab.judge.reason import EITHER_WAY, Direction, Reason, darkens, flatters
from lab.judge.verdict import Outcome, decide
from tests.lab.made import case

FLATTERING = Reason(line="30 iterations dropped", bends=flatters())
DARKENING = Reason(line="k6 was short of CPU", bends=darkens())
EITHER = Reason(line="another topology", bends=EITHER_WAY)
NOTE = Reason(line="throttled")

kinds = st.sampled_from(list(Kind))
bounds = st.lists(
    st.builds(
        lambda kind, status, number: Bound(name=f"bound {number}", kind=kind, status=status, line=f"line {number}"),
        kinds,
        st.sampled_from(list(Status)),
        st.integers(0, 99),
    ),
    min_size=1,
    max_size=5,
)
bends = st.lists(st.tuples(st.sampled_from(list(Direction)), kinds), max_size=4).map(tuple)
reasons = st.lists(st.builds(Reason, line=st.text(max_size=3), bends=bends), max_size=3)
of_kinds = st.lists(kinds, max_size=4)


def outcome(found: list[Bound], around: list[Reason]) -> Outcome:
    return decide(case(), found, around)[0]


@given(bounds, reasons, of_kinds)
def test_what_flatters_never_saves_a_miss(found: list[Bound], around: list[Reason], some: list[Kind]) -> None:
    one = Reason(line="flatters", bends=flatters(*some))

    if outcome(found, around) is Outcome.FAIL:
        assert outcome(found, [*around, one]) is Outcome.FAIL


@given(bounds, reasons, of_kinds)
def test_what_darkens_never_spoils_a_pass(found: list[Bound], around: list[Reason], some: list[Kind]) -> None:
    one = Reason(line="darkens", bends=darkens(*some))

    if outcome(found, around) is Outcome.PASS:
        told = decide(case(), found, [*around, one])
        assert told[0] is Outcome.PASS
        assert one.line in told[2]


@given(bounds, reasons, st.builds(Reason, line=st.just("more"), bends=bends))
def test_no_reason_makes_a_pass_of_what_was_none(found: list[Bound], around: list[Reason], more: Reason) -> None:
    if outcome(found, around) is not Outcome.PASS:
        assert outcome(found, [*around, more]) is not Outcome.PASS


@given(bounds, reasons)
def test_everything_that_went_wrong_is_a_reason_or_a_note(found: list[Bound], around: list[Reason]) -> None:
    _, why, notes = decide(case(), found, around)

    assert {one.line for one in around} <= {*why, *notes}


def bound(status: Status, kind: Kind = Kind.LATENCY, name: str = "p99_ms") -> Bound:
    return Bound(name=name, kind=kind, status=status, line=f"{name} {status}")


@pytest.mark.parametrize(
    ("status", "reason", "expected"),
    [
        (Status.MET, NOTE, Outcome.PASS), (Status.MET, DARKENING, Outcome.PASS),
        (Status.MET, FLATTERING, Outcome.INVALID), (Status.MET, EITHER, Outcome.INVALID),
        (Status.MISSED, NOTE, Outcome.FAIL), (Status.MISSED, FLATTERING, Outcome.FAIL),
        (Status.MISSED, DARKENING, Outcome.INVALID), (Status.MISSED, EITHER, Outcome.INVALID),
        (Status.UNDECIDED, NOTE, Outcome.UNDECIDED), (Status.UNDECIDED, FLATTERING, Outcome.INVALID),
        (Status.UNDECIDED, DARKENING, Outcome.INVALID),
        (Status.UNMEASURED, NOTE, Outcome.INVALID),
    ],
)  # fmt: skip
def test_a_reason_spoils_what_it_can_have_made(status: Status, reason: Reason, expected: Outcome) -> None:
    assert outcome([bound(status)], [reason]) is expected


def test_a_reason_spoils_figures_of_its_own_kinds_alone() -> None:
    foreign = Reason(line="foreign orders", bends=darkens(Kind.LATENCY) + flatters(Kind.FILLS))
    rows = {
        (kind, status): outcome([bound(status, kind)], [foreign])
        for kind, status in product((Kind.LATENCY, Kind.FILLS), (Status.MET, Status.MISSED))
    }

    assert rows == {
        (Kind.LATENCY, Status.MET): Outcome.PASS,
        (Kind.LATENCY, Status.MISSED): Outcome.INVALID,
        (Kind.FILLS, Status.MET): Outcome.INVALID,
        (Kind.FILLS, Status.MISSED): Outcome.FAIL,
    }


def test_a_miss_that_nothing_spoils_fails_beside_others_that_are_spoilt() -> None:
    slow, fewer = bound(Status.MISSED), bound(Status.MISSED, Kind.FILLS, "matches")
    late = Reason(line="late", bends=darkens(Kind.LATENCY))

    assert decide(case(), [slow, fewer], [late]) == (Outcome.FAIL, ("matches missed",), ("late",))


def test_a_reason_may_be_about_one_bound() -> None:
    only = Reason(line="control", bends=darkens(Kind.LATENCY), only=(("p99_ms", ""),))

    assert outcome([bound(Status.MISSED)], [only]) is Outcome.INVALID
    assert outcome([bound(Status.MISSED), bound(Status.MISSED, name="rise")], [only]) is Outcome.FAIL


def test_without_a_bound_what_bends_is_all_that_is_known() -> None:
    assert decide(case(), [], [FLATTERING, NOTE]) == (Outcome.INVALID, (FLATTERING.line,), (NOTE.line,))
    assert outcome([], [NOTE]) is Outcome.FAIL
    assert outcome([], []) is Outcome.FAIL


def test_a_case_that_is_not_judged_tells_what_bends_its_figures() -> None:
    warm_up = case("a1")

    assert decide(warm_up, [], [EITHER]) == (Outcome.NOT_JUDGED, (EITHER.line,), ())
    assert decide(warm_up, [], [NOTE]) == (Outcome.NOT_JUDGED, ("it has nothing to meet",), (NOTE.line,))


def test_what_flatters_a_reference_darkens_what_is_compared_with_it() -> None:
    compared = bound(Status.MISSED, name="isolation")
    slow, quick = (Reason(line="b2's", bends=bends(Kind.LATENCY)) for bends in (darkens, flatters))
    spoilt = {
        status: [one.of_reference("b2", [compared]).spoils(bound(status, name="isolation")) for one in (slow, quick)]
        for status in (Status.MET, Status.MISSED)
    }

    assert spoilt == {Status.MET: [True, False], Status.MISSED: [False, True]}
    assert not quick.of_reference("b2", [compared]).spoils(bound(Status.MISSED))
