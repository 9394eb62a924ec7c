"""One of several runners that is not as it should be is named, and spoils what it can have bent."""

from dataclasses import replace
from typing import Any

import pytest

from lab.judge.bound import Kind
from lab.judge.checks import checks
from lab.judge.reason import EITHER_WAY, Bends, darkens, flatters
from lab.judge.validity import reasons_of
from lab.judge.verdict import Outcome, judge_case
from lab.measure.measurements import CaseMeasurements, RunnerFigures
from tests.lab.made import case, generator, measured

GOOD = tuple(
    RunnerFigures(name=f"runner {number} of 3", orders=1700, late=0.4, clock=0.02, cpu_share=0.1)
    for number in (1, 2, 3)
)


def a2(**of_second: Any) -> CaseMeasurements:
    first, second, third = GOOD
    return measured("a2", generator=generator(runners=(first, replace(second, **of_second), third)))


BAD: dict[str, tuple[dict[str, Any], str, Bends]] = {
    "missing": ({"orders": 850}, "sent 850 of its 1,700 orders (limit 99 %)", flatters()),
    "absent": ({"orders": 0, "late": None}, "sent 0 of its 1,700 orders (limit 99 %)", flatters()),
    "late": ({"late": 1000.0}, "was late all along: it sent its orders 1,000 ms after they were due", EITHER_WAY),
    "ahead": ({"clock": 3.0}, "has a clock 3 s ahead of this machine's (limit 1 s)", EITHER_WAY),
    "behind": ({"clock": -3.0}, "has a clock 3 s behind this machine's (limit 1 s)", EITHER_WAY),
    "a clock that nobody read": ({"clock": None}, "has a clock that could not be read (limit 1 s", EITHER_WAY),
    "starved": (
        {"cpu_share": 0.95},
        "was short of CPU: it used 95 % of what it could have had (limit 90 %)",
        darkens(Kind.LATENCY, Kind.FILLS),
    ),
}


@pytest.mark.parametrize(("bad", "says", "bends"), BAD.values(), ids=BAD)
def test_it_is_named_with_number_and_limit(bad: dict[str, Any], says: str, bends: Bends) -> None:
    reasons = reasons_of(case("a2"), a2(**bad))

    assert [reason.line.startswith(f"runner 2 of 3 {says}") for reason in reasons] == [True]
    assert reasons[0].bends == bends
    failed = [check.what for check in checks(case("a2"), a2(**bad)) if not check.is_ok]
    assert all(what.startswith("runner 2 of 3: ") for what in failed)


@pytest.mark.parametrize("bad", [{"orders": 850}, {"late": 1000.0}, {"clock": 3.0}, {"clock": None}], ids=str)
def test_it_makes_a_pass_invalid(bad: dict[str, Any]) -> None:
    assert judge_case(case("a2"), a2()).outcome is Outcome.PASS
    assert judge_case(case("a2"), a2(**bad)).outcome is Outcome.INVALID


def test_a_runner_short_of_cpu_makes_no_miss() -> None:
    missed = measured("a2", p99=250.0, generator=a2(cpu_share=0.95).generator)

    assert judge_case(case("a2"), missed).outcome is Outcome.INVALID
