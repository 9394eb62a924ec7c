"""The requests of docs/engine.md, each asked of a real engine process over TCP."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.workloads.conftest import WorkloadProcess

GOOD = {"orderId": "o-1", "symbol": "TEST-ASSET-B", "side": "BUY", "type": "LIMIT", "price": 100, "quantity": 10}


def test_order_is_accepted(engine: WorkloadProcess) -> None:
    answer = engine.ask("POST", "/orders", {**GOOD, "timestamp": 5, "colour": "blue"})
    assert answer.status == 200
    assert answer.body == b'{"status":"ACCEPTED","orderId":"o-1","shardId":"a","timestamp":5}'
    assert answer.headers["Content-Type"] == "application/json"


def test_order_without_timestamp_has_the_time_of_receipt(engine: WorkloadProcess) -> None:
    answer = engine.ask("POST", "/orders", GOOD)
    assert isinstance(answer.document, dict)
    assert abs(answer.document["timestamp"] - time.time() * 1000) < 60_000


def test_wrong_order_is_rejected(engine: WorkloadProcess) -> None:
    answer = engine.ask("POST", "/orders", {**GOOD, "side": "HOLD"})
    assert (answer.status, answer.document) == (
        400,
        {"status": "REJECTED", "orderId": "o-1", "reason": "Invalid side: HOLD"},
    )


@pytest.mark.parametrize("body", [b"", b"[]", b'{"orderId":"o-1"}'])
def test_unreadable_order_is_rejected_without_order_id(engine: WorkloadProcess, body: bytes) -> None:
    answer = engine.ask("POST", "/orders", body)
    assert answer.status == 400
    assert isinstance(answer.document, dict)
    assert answer.document.keys() == {"status", "reason"}
    assert answer.document["status"] == "REJECTED"


@pytest.mark.parametrize("path", ["/seed", "/seed/a", "/seed/b"])
def test_seed_says_how_many_rest(engine: WorkloadProcess, path: str) -> None:
    orders = [{**GOOD, "orderId": str(n), "symbol": "TEST-ASSET-C"} for n in range(3)]
    answer = engine.ask("POST", path, {"orders": orders})
    assert (answer.status, answer.document) == (200, {"seeded": 3})


def test_empty_seed_rests_nothing(engine: WorkloadProcess) -> None:
    assert engine.ask("POST", "/seed", {"orders": []}).document == {"seeded": 0}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"{", "Invalid JSON: "),
        ([], "Invalid seed: it must be an object with a list named orders"),
        ({}, "Invalid seed: it must be an object with a list named orders"),
        ({"orders": {}}, "Invalid seed: it must be an object with a list named orders"),
        ({"orders": [GOOD, 1]}, "orders[1]: Invalid JSON: an order must be an object"),
        ({"orders": [GOOD, {**GOOD, "price": 0}]}, "orders[1]: Price must be positive: 0"),
        ({"orders": [{**GOOD, "type": "MARKET"}]}, "orders[0]: a MARKET order can't rest"),
    ],
)
def test_wrong_seed_is_refused_whole(engine: WorkloadProcess, body: object, error: str) -> None:
    before = engine.samples()
    answer = engine.ask("POST", "/seed", body)
    after = engine.samples()

    assert answer.status == 400
    assert isinstance(answer.document, dict)
    assert answer.document.keys() == {"error"}
    assert answer.document["error"].startswith(error)
    assert before == after


def test_seed_of_40_000_orders_fits_one_body(engine: WorkloadProcess) -> None:
    orders = [
        {**GOOD, "orderId": f"seed-order-of-a-usual-length-{n:06}", "symbol": "TEST-ASSET-D", "price": 1 + n % 500}
        for n in range(40_000)
    ]
    assert len(json.dumps({"orders": orders})) > 5_000_000
    assert engine.ask("POST", "/seed", {"orders": orders}).document == {"seeded": 40_000}


def test_health_is_up(engine: WorkloadProcess) -> None:
    answer = engine.ask("GET", "/health?probe=1")
    assert (answer.status, answer.document) == (200, {"status": "UP", "shardId": "a"})


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        *[(method, "/orders", "POST") for method in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS")],
        *[(method, path, "POST") for method in ("GET", "PUT") for path in ("/seed", "/seed/a")],
        *[(method, "/health", "GET") for method in ("POST", "PUT", "DELETE")],
    ],
)
def test_other_methods_are_not_allowed(engine: WorkloadProcess, method: str, path: str, allowed: str) -> None:
    answer = engine.ask(method, path)
    assert (answer.status, answer.document) == (405, {"error": "Method not allowed"})
    assert answer.headers["Allow"] == allowed


@pytest.mark.parametrize("path", ["/", "/order", "/orders/", "/seed/", "/seed/a/b", "/metrics", "/health/x"])
def test_unknown_path_is_not_found(engine: WorkloadProcess, path: str) -> None:
    assert engine.ask("GET", path).status == 404
