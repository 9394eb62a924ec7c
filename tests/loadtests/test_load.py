"""The k6 scripts, run for a few seconds by the real k6 against a small entry."""

import csv
import subprocess
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from math import sqrt
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from lab.measure.samples import read
from lab.oracle.load_plan import LoadPlan
from lab.tools.k6 import SAMPLES, problem
from tests.lab.made import case, suite
from tests.loadtests import real_k6
from tests.loadtests.fake_entry import Entry, entry

TWO = {"LAB_DURATION_S": "2", "LAB_WARMUP_S": "1"}
"""Seconds, the first of which is not judged."""


def run(server: Entry, case: str, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A second of a case, unless another time is given."""
    given = {"ME_SHARD_A_URL": server.url, "GATEWAY_URL": server.url, "LAB_WARMUP_S": "0", **variables}
    if "LAB_STAGES" not in given:
        given.setdefault("LAB_DURATION_S", "1")
    return real_k6.run(case, *words, **given)


def test_the_orders_are_the_contracts_mix_under_ids_of_their_own(tmp_path: Path) -> None:
    """Six standard deviations either way of as many orders as came: a busy machine sends what it can, and answers late.

    Once it is late, k6 may start an order or two more before it sees that the time is over.
    """
    csv_ = f"csv={tmp_path / SAMPLES}"
    with entry() as server:
        ended = run(server, "a2", "--out", csv_, LAB_RATE="12000", LAB_SHARDS="a=X:Y", LAB_TESTID="r1-a2", **TWO)

    assert problem(ended.returncode) is None, ended.stdout + ended.stderr
    samples, came = read(tmp_path / SAMPLES), len(server.orders)
    assert 0 < came <= len(samples.orders) <= 420
    assert came >= sum(order.accepted for order in samples.orders)
    assert samples.dropped == 0
    aggressive = [order for order in server.orders if order["price"] >= 15_000]
    assert len(aggressive) / came == pytest.approx(0.6, abs=6 * sqrt(0.6 * 0.4 / came))
    assert {(order["side"], order["type"]) for order in server.orders} == {("BUY", "LIMIT")}
    assert Counter(order["symbol"] for order in server.orders)["X"] / came == pytest.approx(
        0.5, abs=6 * 0.5 / sqrt(came)
    )
    ids = [order["orderId"] for order in (*server.orders, *server.resting)]
    assert len(set(ids)) == len(ids)
    assert all(one.startswith("r1-a2-") for one in ids)


def test_each_order_is_tagged_with_its_shard_and_whether_it_is_judged(tmp_path: Path) -> None:
    path = tmp_path / "samples.csv"
    with entry() as server:
        run(server, "b2", "--out", f"csv={path}", LAB_RATE="6000", LAB_SHARDS="a=X,b=Y", LAB_HOT="X:0.8", **TWO)

    with path.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["metric_name"] == "http_req_duration"]
    tags = Counter(
        (found["shard"][0], found["judged"][0])
        for found in (parse_qs(row["extra_tags"]) for row in rows if row["name"] == "orders")
    )
    symbols = Counter(order["symbol"] for order in server.orders)
    assert set(tags) == {("a", "yes"), ("a", "no"), ("b", "yes"), ("b", "no")}
    assert (tags["a", "yes"] + tags["a", "no"], tags["b", "yes"] + tags["b", "no"]) == (symbols["X"], symbols["Y"])
    assert tags["a", "no"] + tags["b", "no"] == pytest.approx(100, abs=15)


def test_through_the_gateway_each_shard_gets_the_seeds_of_its_own_symbols() -> None:
    with entry() as server:
        run(server, "b2", LAB_SHARDS="a=P:Q,b=X,c=Y:Z")

    assert {path for path, _ in server.seeds} == {"/seed/a", "/seed/b", "/seed/c"}
    assert [server.seeded_at(f"/seed/{shard}") for shard in "abc"] == [{"P", "Q"}, {"X"}, {"Y", "Z"}]


def test_a_shard_alone_is_seeded_without_its_id() -> None:
    with entry() as server:
        run(server, "a2")

    assert {path for path, _ in server.seeds} == {"/seed"}


def test_the_baseline_loads_and_seeds_one_shard_of_the_gateways() -> None:
    with entry() as server:
        run(server, "b1")

    own = {f"TEST-ASSET-{letter}" for letter in "ABCD"}
    assert {path for path, _ in server.seeds} == {"/seed/a"}
    assert server.seeded_at("/seed/a") == own >= {order["symbol"] for order in server.orders}


def test_a_large_book_comes_in_chunks() -> None:
    with entry() as server:
        run(server, "a3", LAB_SHARDS="a=X", LAB_BOOK="2500:5:drawn")

    assert Counter(len(chunk) for _, chunk in server.seeds) == {1000: 2, 500: 1}


def test_a_shard_is_asked_for_one_chunk_of_seeds_at_a_time() -> None:
    """An engine may lose orders of several that come at once; nothing in the contract allows it to be asked so."""
    with entry() as server:
        run(server, "b2", LAB_SHARDS="a=P,b=X", LAB_BOOK="3500:5:drawn")

    assert server.crowded == set()
    assert Counter(path for path, _ in server.seeds) == {"/seed/a": 4, "/seed/b": 4}


def test_the_seeds_of_a_shard_come_in_the_order_that_the_lab_expects() -> None:
    topology = suite("b2").topology
    made = replace(case("b2"), settings=case("b2").settings.model_copy(update={"duration": 1}))
    shards = ",".join(f"{shard.id}={':'.join(shard.symbols)}" for shard in topology.shards)
    with entry() as server:
        run(server, "b2", LAB_SHARDS=shards, LAB_SEED="7", LAB_TESTID="t")

    came = [order["orderId"] for path, chunk in server.seeds for order in chunk if path == "/seed/b"]
    assert came == [order.id for order in LoadPlan.of(made, topology, 7, "t").resting("b")]


def test_seeds_that_do_not_all_rest_end_the_script() -> None:
    with entry(loses=1) as server:
        ended = run(server, "a2", LAB_SHARDS="a=X", LAB_BOOK="70:5:drawn")

    assert ended.returncode == 107
    assert f"seeding at {server.url}/seed: 69 of 70 orders rest" in ended.stderr
    assert server.orders == []


def test_the_liquidity_covers_the_whole_demand_of_each_symbol() -> None:
    """500 orders a symbol, as the spec has it, run dry."""
    with entry() as server:
        run(server, "b4", LAB_RATE="6000", LAB_SHARDS="a=X,b=Y", LAB_HOT="X:0.9", **TWO)

    for symbol in ("X", "Y"):
        demand = sum(o["quantity"] for o in server.orders if o["symbol"] == symbol and o["price"] >= 15_000)
        supply = sum(o["quantity"] for o in server.resting if o["symbol"] == symbol and o["price"] == 15_000)
        assert supply > 1.3 * demand
    assert {order["side"] for order in server.resting} == {"SELL"}


def test_a_ramp_rises_in_a_straight_line() -> None:
    """60 a second at its end, none at its start: the last third has five ninths of all, more where k6 is held up."""
    with entry() as server:
        run(server, "b3", LAB_RATE="0", LAB_STAGES="3600:3")

    times = [order["timestamp"] for order in server.orders]
    assert len(times) == pytest.approx(90, abs=3)
    assert sum(time >= times[-1] - 1000 for time in times) >= 44
    assert all(later >= earlier - 50 for earlier, later in pairwise(times))


def test_refused_orders_cross_the_threshold() -> None:
    with entry(orders=503) as server:
        ended = run(server, "b2", LAB_RATE="600", LAB_SLO_P99_MS="", LAB_SLO_ERROR_RATE="0.01")

    assert ended.returncode == 99


def test_a_book_that_cannot_be_seeded_ends_the_script_with_the_reason() -> None:
    with entry(seed=400) as server:
        ended = run(server, "b2")

    assert ended.returncode == 107
    assert f"seeding at {server.url}/seed/" in ended.stderr
    assert "got 400" in ended.stderr
    assert server.orders == []


def rows_of(path: Path, *metrics: str) -> list[dict[str, str]]:
    """The rows of k6's CSV that tell of orders."""
    with path.open(newline="") as file:
        return [row for row in csv.DictReader(file) if row["metric_name"] in metrics and row["metadata"]]


def test_each_order_says_which_it_is_and_when_it_was_due(tmp_path: Path) -> None:
    """In metadata, which k6 makes no series of: it is no tag. Sent is when the answer came, less the time it took."""
    path = tmp_path / "samples.csv"
    with entry() as server:
        run(server, "a2", "--out", f"csv={path}", LAB_RATE="3000", LAB_TESTID="r1-a2", **TWO)

    rows = rows_of(path, "http_req_duration")
    said = [parse_qs(row["metadata"]) for row in rows]
    late = [
        float(row["timestamp"]) - float(row["metric_value"]) - float(one["due"][0])
        for row, one in zip(rows, said, strict=True)
    ]
    assert {frozenset(one) for one in said} == {frozenset({"i", "due"})}
    assert {f"r1-a2-{one['i'][0]}" for one in said} == {order["orderId"] for order in server.orders}
    assert min(late) > -2
    assert all("due" not in row["extra_tags"] for row in rows)


@pytest.mark.parametrize("says", ["REJECTED", ""])
def test_a_refusal_in_an_accepting_answer_fails_the_check_of_its_order(tmp_path: Path, says: str) -> None:
    path = tmp_path / "samples.csv"
    with entry(says=says) as server:
        run(server, "a2", "--out", f"csv={path}", LAB_RATE="600")

    checks = [row for row in rows_of(path, "checks") if row["check"] == "order is accepted"]
    assert {row["metric_value"] for row in checks} == {"0.000000"}
    assert {int(parse_qs(row["metadata"])["i"][0]) for row in checks} == set(range(len(server.orders)))


def test_no_order_of_a_ramp_is_sent_before_it_was_due(tmp_path: Path) -> None:
    path = tmp_path / "samples.csv"
    with entry() as server:
        run(server, "b3", "--out", f"csv={path}", LAB_RATE="600", LAB_STAGES="600:1,3600:2,600:1", LAB_SHARDS="a=X")

    orders = read(path, case("b3").settings).orders
    assert len(orders) == pytest.approx(10 + 70 + 35, abs=1)
    assert min(order.late or 0 for order in orders) == 0
