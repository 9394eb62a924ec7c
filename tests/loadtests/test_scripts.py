"""What each k6 script asks of k6, and what it refuses."""

import pytest

from lab.core.paths import ROOT
from tests.loadtests.real_k6 import SCRIPTS, orders, refusal, thresholds

JUDGED = "name:orders,judged:yes"
ERRORS = {f"http_req_failed{{{JUDGED}}}": "rate<0.01"}


def p99(*shards: str) -> dict[str, str]:
    return {f"http_req_duration{{{JUDGED},shard:{shard}}}": "p(99)<200" for shard in shards}


def test_each_case_has_its_script() -> None:
    found = {f"loadtests/{path.name}" for path in (ROOT / "loadtests").glob("*.js")}

    assert found == set(SCRIPTS.values()) - {SCRIPTS["draws"]}


@pytest.mark.parametrize(
    ("case", "rate", "duration", "bounds"),
    [
        ("a1", 500, "2m0s", {}),
        ("a2", 1020, "5m0s", p99("a") | ERRORS),
        ("a3", 1020, "3m0s", p99("a") | ERRORS),
        ("a4", 1020, "4m30s", p99("a")),
        ("b1", 1020, "3m0s", ERRORS),
        ("b1-peak", 1680, "2m0s", ERRORS),
        ("b2", 5040, "5m0s", p99("a", "b", "c") | ERRORS),
        ("b4", 5040, "5m0s", p99("a", "b", "c") | ERRORS),
        ("capacity", 5040, "20s", p99("a") | ERRORS),
    ],
)
def test_without_the_lab_a_script_keeps_to_the_contract(
    case: str, rate: int, duration: str, bounds: dict[str, str]
) -> None:
    found = orders(case)

    assert (found["executor"], found["rate"], found["timeUnit"]) == ("constant-arrival-rate", rate, "1m0s")
    assert found["duration"] == duration
    assert thresholds(case) == bounds


def test_without_the_lab_the_ramp_keeps_to_the_contract() -> None:
    found = orders("b3")

    assert (found["executor"], found["startRate"], found["timeUnit"]) == ("ramping-arrival-rate", 1020, "1m0s")
    assert [(stage["target"], stage["duration"]) for stage in found["stages"]] == [
        (1020, "2m0s"), (2520, "2m0s"), (5040, "2m0s"), (5040, "4m0s"),
    ]  # fmt: skip
    assert thresholds("b3") == p99("a", "b", "c") | ERRORS


def test_the_labs_settings_replace_the_contracts() -> None:
    given = {"LAB_RATE": "60", "LAB_DURATION_S": "10", "LAB_SLO_P99_MS": "200", "LAB_SLO_ERROR_RATE": ""}
    found = orders("a2", **given)

    assert (found["rate"], found["duration"]) == (60, "10s")
    assert thresholds("a2", **given) == p99("a")


def test_the_labs_stages_make_any_script_a_ramp_and_none_make_the_ramp_constant() -> None:
    assert orders("b2", LAB_STAGES="60:5", LAB_RATE="30")["stages"] == [{"duration": "5s", "target": 60}]
    assert orders("b3", LAB_STAGES="", LAB_DURATION_S="7")["duration"] == "7s"


@pytest.mark.parametrize(("case", "peak"), [("a2", 1020), ("b2", 5040), ("b3", 5040)])
def test_there_is_a_vu_for_every_order_that_may_hang_until_its_timeout(case: str, peak: int) -> None:
    """Then a slow engine misses its objective; it doesn't make k6 drop iterations, which would be INVALID."""
    found = orders(case)

    assert found["preAllocatedVUs"] == found["maxVUs"] >= peak / 60 * 5


@pytest.mark.parametrize(("rate", "vus"), [(1020, 50), (30_000, 500), (240_000, 2000)])
def test_a_try_of_capacity_has_vus_for_a_second_of_its_rate_within_limits(rate: int, vus: int) -> None:
    found = orders("capacity", LAB_RATE=str(rate), LAB_ARRIVALS="even")

    assert found["preAllocatedVUs"] == found["maxVUs"] == vus


def test_what_waits_for_its_random_time_has_vus_and_time_of_its_own() -> None:
    """400 orders wait at once on average, of so many that a block of time has; or those of 2 s at a lower rate."""
    even, peak = orders("capacity", LAB_RATE="30000", LAB_ARRIVALS="even"), orders("capacity", LAB_RATE="30000")
    slow = [orders("a2", LAB_ARRIVALS=kind) for kind in ("even", "random")]

    assert peak["maxVUs"] - even["maxVUs"] == 400 + 2 * 20
    assert slow[1]["maxVUs"] - slow[0]["maxVUs"] == 34 + 12
    assert [one["gracefulStop"] for one in (even, peak, *slow)] == ["6s", "7s", "6s", "8s"]


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("LAB_RATE", "fast", "LAB_RATE must be a number, 0 or above; got 'fast'"),
        ("LAB_RATE", "", "LAB_RATE must be a number, 0 or above; got ''"),
        ("LAB_WARMUP_S", "-1", "LAB_WARMUP_S must be a number, 0 or above; got '-1'"),
        ("LAB_VIA", "shards", "LAB_VIA must be one of shard, gateway; got 'shards'"),
        ("LAB_VIA", "shard", "LAB_SHARDS must be one shard where LAB_VIA is shard; got 'a, b'"),
        ("LAB_SHARDS", "A,B", "LAB_SHARDS must be in the form of a=SYMBOL:SYMBOL,b=SYMBOL; got 'A'"),
        ("LAB_SHARDS", "", "LAB_SHARDS must be at least one shard; got ''"),
        ("LAB_SHARDS", "a=X:Y,b=X", "LAB_SHARDS must give each symbol to one shard; got 'X' twice"),
        ("LAB_SEED", "1.5", "LAB_SEED must be a whole number from 0 to 4294967295; got '1.5'"),
        ("LAB_ARRIVALS", "poisson", "LAB_ARRIVALS must be one of even, random; got 'poisson'"),
        ("LAB_STAGES", "60:5,60", "LAB_STAGES must be in the form of 1020:120,2520:120; got '60'"),
        ("LAB_HOT", "Z:0.8", "LAB_HOT must be one of the load's symbols, X, Y; got 'Z'"),
        ("LAB_HOT", "X:1.5", "LAB_HOT must be a share from 0 to 1; got '1.5'"),
        ("LAB_HOT", "X", "LAB_HOT must be in the form of TEST-ASSET-A:0.8; got 'X'"),
        ("LAB_BOOK", "100:0:sized", "LAB_BOOK must be in the form of 100:10:sized or 500:50:drawn; got '100:0:sized'"),
        ("LAB_BOOK", "5:6:sized", "LAB_BOOK must be at least one order a level; got '5:6:sized'"),
    ],
)
def test_a_variable_that_cannot_be_meant_is_refused(name: str, value: str, reason: str) -> None:
    assert reason in refusal("b2", **{"LAB_SHARDS": "a=X,b=Y", name: value})


def test_a_duration_other_than_the_stages_is_refused() -> None:
    said = refusal("b3", LAB_DURATION_S="3")

    assert "LAB_DURATION_S must be 600, as long as LAB_STAGES last together; got '3'" in said


def test_a_symbol_alone_leaves_no_orders_to_others() -> None:
    assert "LAB_HOT must be a share from 1 to 1; got '0.8'" in refusal("b4", LAB_SHARDS="a=X", LAB_HOT="X:0.8")
