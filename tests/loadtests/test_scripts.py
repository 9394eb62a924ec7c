"""The k6 scripts, run for a few seconds by the real k6 against a small engine; skipped where there is no k6."""

import json
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from lab.k6 import SAMPLES
from lab.paths import ROOT
from lab.samples import read
from tests.lab.fake_engine import Engine, engine

K6 = shutil.which("k6")
SCRIPTS = {
    "a1": "test-asr1-a1-warmup.js",
    "a2": "test-asr1-a2-normal-load.js",
    "a4": "test-asr1-a4-kafka-degradation.js",
}

needs_k6 = pytest.mark.skipif(K6 is None, reason="k6 is not on PATH")


def k6(*words: str) -> subprocess.CompletedProcess[str]:
    assert K6 is not None
    return subprocess.run((K6, *words), capture_output=True, text=True, timeout=60, cwd=ROOT, check=False)


def run(server: Engine, case: str, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    given = {"ME_SHARD_A_URL": server.url, "LAB_DURATION_S": "3", "LAB_WARMUP_S": "1", **variables}
    env = [word for name, value in given.items() for word in ("-e", f"{name}={value}")]
    return k6(
        "run", "--quiet", "--no-usage-report", "--address", "127.0.0.1:0", *words, *env, f"loadtests/{SCRIPTS[case]}"
    )


def options(case: str, **variables: str) -> Any:
    env = [word for name, value in variables.items() for word in ("-e", f"{name}={value}")]
    return json.loads(k6("inspect", *env, f"loadtests/{SCRIPTS[case]}").stdout)


def test_each_case_of_the_spec_has_its_script() -> None:
    assert {path.name for path in (ROOT / "loadtests").glob("test-*.js")} == set(SCRIPTS.values())


@needs_k6
@pytest.mark.parametrize(
    ("case", "rate", "duration", "thresholds"),
    [
        ("a1", 500, "2m0s", {}),
        ("a2", 1020, "5m0s", {"http_req_duration{name:orders,judged:yes}": ["p(99)<200"], "http_req_failed{name:orders,judged:yes}": ["rate<0.01"]}),
        ("a4", 1020, "4m30s", {"http_req_duration{name:orders,judged:yes}": ["p(99)<200"]}),
    ],
)  # fmt: skip
def test_without_the_lab_a_script_keeps_to_the_contract(
    case: str, rate: int, duration: str, thresholds: dict[str, list[str]]
) -> None:
    found = options(case)
    orders = found["scenarios"]["orders"]

    assert (orders["executor"], orders["rate"], orders["timeUnit"]) == ("constant-arrival-rate", rate, "1m0s")
    assert orders["duration"] == duration
    assert {
        name: [one if isinstance(one, str) else one["threshold"] for one in bounds]
        for name, bounds in (found["thresholds"] or {}).items()
    } == thresholds


@needs_k6
def test_the_labs_settings_replace_the_contracts() -> None:
    found = options("a2", LAB_RATE="60", LAB_DURATION_S="10", LAB_SLO_P99_MS="50", LAB_SLO_ERROR_RATE="")

    assert found["scenarios"]["orders"]["rate"] == 60
    assert found["scenarios"]["orders"]["duration"] == "10s"
    assert list(found["thresholds"]) == ["http_req_duration{name:orders,judged:yes}"]


@needs_k6
def test_there_is_a_vu_for_every_order_that_may_hang_until_its_timeout() -> None:
    """Then a slow engine misses its objective; it doesn't make k6 drop iterations, which would be INVALID."""
    orders = options("a2")["scenarios"]["orders"]

    assert orders["preAllocatedVUs"] == orders["maxVUs"] >= 17 * 5


@needs_k6
def test_the_orders_are_the_contracts_mix_under_ids_of_their_own(tmp_path: Path) -> None:
    csv = f"csv={tmp_path / SAMPLES}"
    with engine() as server:
        ended = run(server, "a2", "--out", csv, LAB_RATE="12000", LAB_SYMBOLS="X,Y", LAB_TESTID="r1-a2")

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert len(server.orders) == pytest.approx(600, abs=6)
    aggressive = [order for order in server.orders if order["price"] >= 15_000]
    assert len(aggressive) / len(server.orders) == pytest.approx(0.6, abs=0.1)
    assert {order["side"] for order in server.orders} == {"BUY"}
    assert all(15_000 <= order["price"] <= 15_099 or 14_701 <= order["price"] <= 14_800 for order in server.orders)
    assert all(10 <= order["quantity"] <= 199 for order in server.orders)
    assert Counter(order["symbol"] for order in server.orders)["X"] == pytest.approx(300, abs=75)
    ids = [order["orderId"] for order in (*server.orders, *server.resting)]
    assert len(set(ids)) == len(ids)
    assert all(one.startswith("r1-a2-") for one in ids)
    samples = read(tmp_path / SAMPLES)
    assert (len(samples.orders), samples.dropped) == (len(server.orders), 0)


@needs_k6
def test_the_liquidity_covers_the_whole_demand_of_each_symbol() -> None:
    """500 orders a symbol, as the spec has it, run dry (errata 22)."""
    with engine() as server:
        run(server, "a2", LAB_RATE="6000", LAB_SYMBOLS="X,Y")

    for symbol in ("X", "Y"):
        demand = sum(o["quantity"] for o in server.orders if o["symbol"] == symbol and o["price"] >= 15_000)
        supply = sum(o["quantity"] for o in server.resting if o["symbol"] == symbol and o["price"] == 15_000)
        assert supply > 1.3 * demand
    assert {order["side"] for order in server.resting} == {"SELL"}
    assert {order["price"] for order in server.resting} == set(range(15_000, 15_051))
    assert max(len(chunk) for chunk in server.seeds) <= 1000


@needs_k6
def test_refused_orders_cross_the_threshold() -> None:
    with engine(orders=503) as server:
        ended = run(server, "a2", LAB_RATE="600", LAB_SLO_P99_MS="", LAB_SLO_ERROR_RATE="0.01")

    assert ended.returncode == 99


@needs_k6
def test_a_book_that_cannot_be_seeded_ends_the_script_with_the_reason() -> None:
    with engine(seed=400) as server:
        ended = run(server, "a2")

    assert ended.returncode == 107
    assert "seeding" in ended.stderr
    assert "got 400" in ended.stderr
    assert server.orders == []


@needs_k6
def test_a_setting_that_is_no_number_is_told() -> None:
    assert (
        "LAB_RATE must be a number; got 'fast'"
        in k6("inspect", "-e", "LAB_RATE=fast", f"loadtests/{SCRIPTS['a2']}").stderr
    )
