import math
from dataclasses import replace
from typing import Any

import pytest

from lab.core.windows import Window
from lab.judge.bound import Bound, Status
from lab.judge.excused import by_chance
from lab.judge.verdict import CaseVerdict, Outcome, judge_case
from lab.measure.control import Control, Spell
from lab.measure.excuses import Excuses
from lab.measure.measurements import CaseMeasurements
from lab.measure.null_path import NullPath
from tests.lab.made import START, case, generator, measured

LATE = Excuses(late=49, latest=2950.0)
SLOW = Excuses(slow=120, spells=(Spell(start=START, end=START + 400, waited=380.0),), host_cores=2)
GREEDY = replace(SLOW, cores={"me-shard-a": 0.9, "me-shard-b": 0.8, "edge-gateway": 0.05})
TRUSTED = Control(requests=6000, p99=3.0, untrusted=None)


def told(excuses: Excuses, *, p99: float = 400.0, left: float = 3.0, **changes: Any) -> CaseVerdict:
    """The verdict on a case of such a p99, which without the excused orders is another."""
    rest = measured(p99=left, **changes)
    return judge_case(case(), replace(measured(p99=p99, **changes), excuses=excuses, unexcused=rest, control=TRUSTED))


@pytest.mark.parametrize(
    ("excuses", "said"),
    [
        (LATE, "k6 sent 49 orders late, by up to 2,950 ms: its own doing"),
        (SLOW, "waited up to 380 ms in 1 slow spell with 120 orders due: something else on this machine"),
        (GREEDY, "me-shard-a 0.9 cores, me-shard-b 0.8 cores were used meanwhile of this machine's 2: they need a machine"),
    ],
    ids=["late", "slow", "the engines took the CPU"],
)  # fmt: skip
def test_a_miss_that_excused_orders_alone_made_is_invalid_and_says_whose_it_is(excuses: Excuses, said: str) -> None:
    verdict = told(excuses)

    assert verdict.outcome is Outcome.INVALID
    assert said in verdict.reason


@pytest.mark.parametrize("excuses", [LATE, SLOW, GREEDY])
def test_a_miss_that_stands_without_them_is_the_designs(excuses: Excuses) -> None:
    verdict = told(excuses, left=250.0)

    assert verdict.outcome is Outcome.FAIL
    assert len(verdict.notes) == 1
    assert verdict.is_valid


@pytest.mark.parametrize("excuses", [LATE, SLOW, GREEDY])
def test_orders_that_were_slow_for_anothers_reason_spoil_no_pass(excuses: Excuses) -> None:
    verdict = told(excuses, p99=150.0)

    assert verdict.outcome is Outcome.PASS
    assert len(verdict.notes) == 1


SURROUNDINGS: dict[str, dict[str, Any]] = {
    "the machine busy": {"generator": generator(host_busy=0.97)},
    "the path slow": {"path": NullPath(p99=120.0, asked=170, answered=170)},
}


def missed(control: Control | None, changes: dict[str, Any]) -> CaseMeasurements:
    return measured(p99=250.0, control=control, excuses=Excuses(), **changes)


@pytest.mark.parametrize("name", SURROUNDINGS)
def test_where_a_control_saw_nothing_the_surroundings_excuse_nothing(name: str) -> None:
    changes = SURROUNDINGS[name]

    assert judge_case(case(), missed(TRUSTED, changes)).outcome is Outcome.FAIL
    assert judge_case(case(), missed(None, changes)).outcome is Outcome.INVALID


def test_a_control_that_is_not_to_be_trusted_says_so() -> None:
    late = replace(TRUSTED, untrusted="9 % of its requests were sent late (limit 5 %)")

    verdict = judge_case(case(), measured(control=late, excuses=Excuses()))

    assert verdict.outcome is Outcome.PASS
    assert verdict.notes == (
        "the control beside the load excuses nothing: 9 % of its requests were sent late (limit 5 %)",
    )


QUIET = Excuses(slow=12, spells=SLOW.spells, cores={"me-shard-a": 0.05}, host_cores=2)


def rise(excuses: Excuses, *, left: float = 1.0) -> Bound:
    """A4's bound on the rise, undecided of all orders; `left` is the rise without those that are excused."""
    rest = measured("a4", ratio=left)
    all_orders = measured("a4", p99=100.0, ratio=1.1, excuses=excuses, unexcused=rest, control=TRUSTED)
    return next(bound for bound in judge_case(case("a4"), all_orders).bounds if (bound.name, bound.of) == ("rise", ""))


def test_a_comparison_that_excused_orders_alone_keep_open_is_decided_without_them() -> None:
    found = rise(QUIET)

    assert found.status is Status.MET
    assert found.high is not None
    assert found.limit is not None
    assert found.high <= found.limit
    assert "met without the orders that were due while the control was slow too, undecided with them" in found.line


@pytest.mark.parametrize(
    "excuses",
    [
        Excuses(),
        replace(QUIET, slow=21),
        replace(QUIET, host_cores=None),
        replace(QUIET, cores={}),
        replace(QUIET, cores={"me-shard-a": 1.2}),
        replace(
            QUIET,
            spells=tuple(
                Spell(start=START + at * 1000, end=START + at * 1000 + 100, waited=90.0) for at in range(62, 178, 9)
            ),
        ),
    ],
    ids=["none looked", "too many", "cores unknown", "use unknown", "the engine took the CPU", "in the outage alone"],
)
def test_it_stays_open_where_the_design_may_have_made_them(excuses: Excuses) -> None:
    assert rise(excuses).status is Status.UNDECIDED


def test_it_stays_open_where_it_is_open_without_them_too() -> None:
    assert rise(QUIET, left=4.0).status is not Status.MET


@pytest.mark.parametrize(
    ("before", "after", "is_chance"),
    [(0, 0, True), (0, 2, True), (3, 0, True), (1, 4, True), (0, 13, False), (2, 40, False)],
)
def test_slow_spells_come_by_chance_where_as_many_come_as_the_time_gives(
    before: int, after: int, *, is_chance: bool
) -> None:
    """Of 45 s before the outage and 120 s of it."""
    windows = Window(name="before", start=0, end=45_000), Window(name="during", start=50_000, end=170_000)
    first, second = (
        [Spell(start=one.start + 500 * n, end=one.start + 500 * n + 100, waited=90.0) for n in range(number)]
        for one, number in zip(windows, (before, after), strict=True)
    )

    assert by_chance((first, windows[0]), (second, windows[1])) is is_chance


def test_where_every_order_is_excused_the_miss_is_not_the_designs() -> None:
    """Nothing is left that could miss: the figures of none are infinite."""
    assert told(SLOW, left=math.inf).outcome is Outcome.INVALID
    assert told(SLOW, p99=math.inf, left=math.inf).outcome is Outcome.FAIL


def test_what_is_excused_is_not_unexplained() -> None:
    """k6's own lateness lies in no histogram, and not in a socket either."""
    verdict = told(LATE)

    assert not any("too far apart" in line for line in (*verdict.reasons, *verdict.notes))
