import pytest

from lab.core.errors import UsageError
from lab.settings.suites import capacity_case, capacity_suite, needed, plan, script, suite_of
from tests.lab.made import SETTINGS


def test_a_suite_is_its_cases_in_order_on_its_topology() -> None:
    suite, part = plan(SETTINGS, "asr1", "full"), plan(SETTINGS, "asr1", "full", ["a4", "a2"])

    assert [case.id for case in suite.cases] == ["a1", "a2", "a3-100", "a3-1000", "a3-10000", "a4"]
    assert (suite.topology.name, suite.complete) == ("single", True)
    assert ([case.id for case in part.cases], part.complete) == (["a2", "a4"], False)


def test_smoke_shortens_the_cases() -> None:
    (a2,) = plan(SETTINGS, "asr1", "smoke", ["a2"]).cases

    assert a2.settings.duration < 40


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


def test_a_case_knows_its_suite() -> None:
    assert suite_of(SETTINGS, "a4") == "asr1"
    with pytest.raises(UsageError, match="case must be one of a1, a2, a3-100"):
        suite_of(SETTINGS, "z9")


def test_a_try_is_the_contracts_load_at_a_rate_of_its_own_on_a_clean_book() -> None:
    case = capacity_case(SETTINGS, SETTINGS.topology("single"), "full", 24_000)

    assert case.script == "loadtests/capacity.js"
    assert (case.settings.rate, case.settings.clean) == (24_000, True)
    assert case.settings.duration == SETTINGS.capacity.duration
    assert case.settings.slo == SETTINGS.capacity.slo


@pytest.mark.parametrize("topology", ["single", "multi"])
def test_at_a_low_rate_a_try_lasts_until_every_shard_has_its_samples(topology: str) -> None:
    stands = SETTINGS.topology(topology)
    settings = capacity_case(SETTINGS, stands, "full", 1020).settings

    a_shard = 1020 * (settings.duration - settings.warmup) / 60 / len(stands.shards)
    assert a_shard > 500 * 1.15


def test_a_search_is_a_suite_of_its_own() -> None:
    suite = capacity_suite(SETTINGS, "multi", "smoke")

    assert (suite.id, suite.topology.name, [case.id for case in suite.cases]) == ("capacity", "multi", ["capacity"])


def test_fails_without_a_script_for_the_search() -> None:
    scripts = {name: path for name, path in SETTINGS.loadtests.scripts.items() if name != "capacity"}
    without = SETTINGS.model_copy(update={"loadtests": SETTINGS.loadtests.model_copy(update={"scripts": scripts})})

    with pytest.raises(UsageError, match=r"capacity has no script; add it to loadtests\.scripts"):
        capacity_suite(without, "single", "full")


@pytest.mark.parametrize(
    ("case", "those"), [("a2", ("a2",)), ("b2", ("b2",)), ("b3", ("b1-peak", "b3")), ("b4", ("b2", "b4"))]
)
def test_a_case_needs_those_that_it_is_compared_with(case: str, those: tuple[str, ...]) -> None:
    assert needed(SETTINGS, case) == those


def test_a_script_may_be_the_labs_own_wherever_the_users_are() -> None:
    """The contract knows no `b1-peak`, so nobody else has a script for it."""
    theirs = SETTINGS.loadtests.model_copy(update={"folder": "/home/me/loadtests"})
    settings = SETTINGS.model_copy(update={"loadtests": theirs})

    assert script(settings, "b1") == "/home/me/loadtests/test-asr2-b1-baseline.js"
    assert script(settings, "b1-peak") == "loadtests/test-asr2-b1-peak.js"
