"""The requests of docs/engine.md, each asked of a real engine process over TCP."""

from __future__ import annotations

import http.client
import json
import socket
import time
from typing import TYPE_CHECKING, NamedTuple

import pytest

from engine.protocol import MAX_BODY_BYTES, MAX_HEADER_BYTES

if TYPE_CHECKING:
    from tests.workloads.engine.conftest import EngineProcess

GOOD = {"orderId": "o-1", "symbol": "TEST-ASSET-B", "side": "BUY", "type": "LIMIT", "price": 100, "quantity": 10}


class Answer(NamedTuple):
    status: int
    document: object
    headers: dict[str, str]


def ask(engine: EngineProcess, method: str, path: str, body: object = None, *, metrics: bool = False) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", engine.metrics_port if metrics else engine.port, timeout=10)
    data = body if isinstance(body, bytes) or body is None else json.dumps(body)
    connection.request(method, path, data)
    response = connection.getresponse()
    text = response.read()
    connection.close()
    is_json = text and response.headers["Content-Type"] == "application/json"
    return Answer(response.status, json.loads(text) if is_json else text.decode(), dict(response.headers))


def order_request(**fields: object) -> bytes:
    body = json.dumps({**GOOD, **fields}).encode()
    return b"POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def test_order_is_accepted(engine_process: EngineProcess) -> None:
    answer = ask(engine_process, "POST", "/orders", {**GOOD, "timestamp": 5, "colour": "blue"})
    assert answer.status == 200
    assert answer.document == {"status": "ACCEPTED", "orderId": "o-1", "shardId": "a", "timestamp": 5}
    assert answer.headers["Content-Type"] == "application/json"


def test_order_without_timestamp_has_the_time_of_receipt(engine_process: EngineProcess) -> None:
    answer = ask(engine_process, "POST", "/orders", GOOD)
    assert isinstance(answer.document, dict)
    assert abs(answer.document["timestamp"] - time.time() * 1000) < 60_000


def test_answers_are_compact_json(engine_process: EngineProcess) -> None:
    assert engine_process.exchange(order_request(timestamp=5)).endswith(
        b'{"status":"ACCEPTED","orderId":"o-1","shardId":"a","timestamp":5}'
    )


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"side": "HOLD"}, "Invalid side: HOLD"),
        ({"type": "STOP"}, "Invalid order type: STOP"),
        ({"symbol": "NOPE"}, "Unknown symbol: NOPE"),
        ({"price": -1}, "Price must be positive: -1"),
        ({"quantity": 0}, "Quantity must be positive: 0"),
    ],
)
def test_wrong_order_is_rejected(engine_process: EngineProcess, fields: dict[str, object], reason: str) -> None:
    answer = ask(engine_process, "POST", "/orders", {**GOOD, **fields})
    assert (answer.status, answer.document) == (400, {"status": "REJECTED", "orderId": "o-1", "reason": reason})


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"orderId":"o-1"}', b'{"price":NaN}'])
def test_unreadable_order_is_rejected_without_order_id(engine_process: EngineProcess, body: bytes) -> None:
    answer = ask(engine_process, "POST", "/orders", body)
    assert answer.status == 400
    assert isinstance(answer.document, dict)
    assert answer.document.keys() == {"status", "reason"}
    assert answer.document["status"] == "REJECTED"


@pytest.mark.parametrize("path", ["/seed", "/seed/a", "/seed/b"])
def test_seed_says_how_many_rest(engine_process: EngineProcess, path: str) -> None:
    orders = [{**GOOD, "orderId": str(n), "symbol": "TEST-ASSET-C"} for n in range(3)]
    answer = ask(engine_process, "POST", path, {"orders": orders})
    assert (answer.status, answer.document) == (200, {"seeded": 3})


def test_empty_seed_rests_nothing(engine_process: EngineProcess) -> None:
    assert ask(engine_process, "POST", "/seed", {"orders": []}).document == {"seeded": 0}


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
def test_wrong_seed_is_refused_whole(engine_process: EngineProcess, body: object, error: str) -> None:
    before = ask(engine_process, "GET", "/metrics", metrics=True).document
    answer = ask(engine_process, "POST", "/seed", body)
    after = ask(engine_process, "GET", "/metrics", metrics=True).document

    assert answer.status == 400
    assert isinstance(answer.document, dict)
    assert answer.document.keys() == {"error"}
    assert answer.document["error"].startswith(error)
    depths = [[line for line in str(text).splitlines() if "depth" in line] for text in (before, after)]
    assert depths[0] == depths[1]


def test_seed_of_40_000_orders_fits_one_body(engine_process: EngineProcess) -> None:
    orders = [
        {**GOOD, "orderId": f"seed-order-of-a-usual-length-{n:06}", "symbol": "TEST-ASSET-D", "price": 1 + n % 500}
        for n in range(40_000)
    ]
    assert len(json.dumps({"orders": orders})) > 5_000_000
    assert ask(engine_process, "POST", "/seed", {"orders": orders}).document == {"seeded": 40_000}


def test_health_is_up(engine_process: EngineProcess) -> None:
    answer = ask(engine_process, "GET", "/health?probe=1")
    assert (answer.status, answer.document) == (200, {"status": "UP", "shardId": "a"})


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        *[(method, "/orders", "POST") for method in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS")],
        *[(method, path, "POST") for method in ("GET", "PUT") for path in ("/seed", "/seed/a")],
        *[(method, "/health", "GET") for method in ("POST", "PUT", "DELETE")],
    ],
)
def test_other_methods_are_not_allowed(engine_process: EngineProcess, method: str, path: str, allowed: str) -> None:
    answer = ask(engine_process, method, path)
    assert (answer.status, answer.document) == (405, {"error": "Method not allowed"})
    assert answer.headers["Allow"] == allowed


def test_head_is_not_allowed_and_has_no_body(engine_process: EngineProcess) -> None:
    """A body would be taken for the next answer."""
    answers = engine_process.exchange(
        b"HEAD /health HTTP/1.1\r\nHost: x\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n"
    )
    assert answers.startswith(b"HTTP/1.1 405 ")
    assert answers.split(b"\r\n\r\n")[1].startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("path", ["/", "/order", "/orders/", "/seed/", "/seed/a/b", "/metrics", "/health/x"])
def test_unknown_path_is_not_found(engine_process: EngineProcess, path: str) -> None:
    assert ask(engine_process, "GET", path).status == 404


def test_absolute_target_is_understood(engine_process: EngineProcess) -> None:
    assert ask(engine_process, "GET", f"http://127.0.0.1:{engine_process.port}/health").status == 200


def test_metrics_port_serves_metrics_only(engine_process: EngineProcess) -> None:
    answer = ask(engine_process, "GET", "/metrics", metrics=True)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert ask(engine_process, "POST", "/metrics", metrics=True).status == 405
    assert ask(engine_process, "GET", "/health", metrics=True).status == 404


def test_connection_is_kept_alive(engine_process: EngineProcess) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", engine_process.port, timeout=10)
    connection.connect()
    local = connection.sock.getsockname()
    for _ in range(3):
        connection.request("GET", "/health")
        connection.getresponse().read()
        assert connection.sock.getsockname() == local
    connection.close()


@pytest.mark.parametrize(
    "head", [b"GET /health HTTP/1.0\r\n\r\n", b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"]
)
def test_connection_ends_when_the_client_wants_it(engine_process: EngineProcess, head: bytes) -> None:
    with socket.create_connection(("127.0.0.1", engine_process.port), timeout=10) as connection:
        connection.sendall(head)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert b"Connection: close" in answer


def test_pipelined_requests_are_answered_in_order(engine_process: EngineProcess) -> None:
    """A seed is answered later than it is read, and those behind it wait."""
    seed = json.dumps({"orders": [{**GOOD, "symbol": "TEST-ASSET-C"}] * 2000}).encode()
    answers = engine_process.exchange(
        b"POST /seed HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(seed), seed)
        + b"".join(order_request(orderId=str(n)) for n in range(5))
        + b"NONSENSE\r\n\r\n"
    )
    bodies = [part.split(b"HTTP/1.1")[0] for part in answers.split(b"\r\n\r\n")[1:]]
    assert [json.loads(body).get("orderId", body) for body in bodies] == [
        b'{"seeded":2000}',
        *(str(n) for n in range(5)),
        b'{"error":"Malformed HTTP request"}',
    ]


def test_request_may_come_byte_by_byte(engine_process: EngineProcess) -> None:
    with socket.create_connection(("127.0.0.1", engine_process.port), timeout=10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in order_request():
            connection.sendall(bytes([byte]))
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_chunked_body_is_read(engine_process: EngineProcess) -> None:
    body = json.dumps(GOOD).encode()
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:7], body[7:]))
    answer = engine_process.exchange(
        b"POST /orders HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    )
    assert answer.startswith(b"HTTP/1.1 200 ")


def test_client_that_waits_for_100_continue_is_asked_for_the_body(engine_process: EngineProcess) -> None:
    head, body = order_request().split(b"\r\n\r\n")
    with socket.create_connection(("127.0.0.1", engine_process.port), timeout=10) as connection:
        connection.sendall(head + b"\r\nExpect: 100-continue\r\n\r\n")
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_upgrade_is_answered_as_plain_http(engine_process: EngineProcess) -> None:
    answer = engine_process.exchange(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"Connection: close" in answer


@pytest.mark.parametrize(
    "data",
    [
        b"NONSENSE\r\n\r\n",
        b"GET\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: two\r\n\r\n",
        b"POST /orders HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_malformed_http_is_a_bad_request(engine_process: EngineProcess, data: bytes) -> None:
    answer = engine_process.exchange(data)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"Connection: close" in answer


def test_body_above_the_limit_is_refused_before_it_is_sent(engine_process: EngineProcess) -> None:
    with socket.create_connection(("127.0.0.1", engine_process.port), timeout=10) as connection:
        connection.sendall(b"POST /seed HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (MAX_BODY_BYTES + 1))
        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")


def test_client_that_sends_too_much_still_gets_the_answer(engine_process: EngineProcess) -> None:
    """Its connection is not reset under what it is still sending, chunked or not."""
    chunk = b"100000\r\n" + bytes(0x100000) + b"\r\n"
    head = b"POST /seed HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert engine_process.exchange(head + chunk * 20).startswith(b"HTTP/1.1 413 ")


def test_headers_above_the_limit_are_refused(engine_process: EngineProcess) -> None:
    headers = (b"X: " + b"x" * 1000 + b"\r\n") * (16 * MAX_HEADER_BYTES // 1000)
    assert engine_process.exchange(b"GET /health HTTP/1.1\r\nHost: x\r\n" + headers).startswith(b"HTTP/1.1 431 ")


def test_request_cut_short_harms_nobody(engine_process: EngineProcess) -> None:
    assert engine_process.exchange(order_request()[:-5]) == b""
    assert ask(engine_process, "GET", "/health").status == 200
