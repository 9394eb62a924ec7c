import pytest

from lab.errors import UsageError
from lab.suites import plan, suite_of
from tests.lab.made import SETTINGS


def test_a_suite_is_its_cases_in_order_on_its_topology() -> None:
    suite = plan(SETTINGS, "asr1", "full")

    assert [case.id for case in suite.cases] == ["a1", "a2", "a3-100", "a3-1000", "a3-10000", "a4"]
    assert suite.topology.name == "single"
    assert suite.complete


def test_chosen_cases_keep_the_suites_order() -> None:
    suite = plan(SETTINGS, "asr1", "full", ["a4", "a2"])

    assert [case.id for case in suite.cases] == ["a2", "a4"]
    assert not suite.complete


def test_smoke_shortens_the_cases_and_needs_fewer_samples() -> None:
    (a2,) = plan(SETTINGS, "asr1", "smoke", ["a2"]).cases

    assert a2.settings.duration < 40
    assert a2.limits.min_samples < SETTINGS.validity.min_samples


def test_a_case_knows_its_suite() -> None:
    assert suite_of(SETTINGS, "a4") == "asr1"


@pytest.mark.parametrize(
    ("suite", "cases", "message"),
    [
        ("asr9", None, "suite must be one of .*asr1.*; got 'asr9'"),
        ("asr1", ["b7"], "case of suite asr1 must be one of a1, a2, a3-100, a3-1000, a3-10000, a4; got 'b7'"),
    ],
)
def test_fails_on_what_is_not_described(suite: str, cases: list[str] | None, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        plan(SETTINGS, suite, "full", cases)


def test_fails_on_a_case_that_no_suite_has() -> None:
    with pytest.raises(UsageError, match="case must be one of a1, a2, a3-100"):
        suite_of(SETTINGS, "z9")
