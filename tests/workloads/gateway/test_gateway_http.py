"""The requests of docs/gateway.md, each asked of a real gateway process over TCP."""

from __future__ import annotations

import json
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.workloads.conftest import connected, post
from tests.workloads.gateway.stub import after, reply

if TYPE_CHECKING:
    from tests.workloads.gateway.conftest import Gateway
    from tests.workloads.gateway.stub import Received, StubShard


def order(name: bytes) -> bytes:
    return post("/orders", b'{"symbol":"A","n":"%s"}' % name)


def echo(request: Received) -> bytes:
    return reply(request.body)


# routing


def test_each_order_goes_to_the_shard_of_its_symbol(gateway: Gateway, shard_a: StubShard, shard_b: StubShard) -> None:
    for symbol in ("A", "B", "A2", "B"):
        assert gateway.order(symbol=symbol).status == 200
    assert [json.loads(request.body)["symbol"] for request in shard_a.requests] == ["A", "A2"]
    assert [json.loads(request.body)["symbol"] for request in shard_b.requests] == ["B", "B"]
    assert {request.line for request in shard_a.requests} == {"POST /orders HTTP/1.1"}


def test_bodies_pass_byte_by_byte(gateway: Gateway, shard_a: StubShard) -> None:
    """Spaces, key order, doubled keys and escapes stay as they were, both ways."""
    sent = ' {"price" : 1.0e3,"symbol":"B","symbol":"\\u0041", "note":"ü\\n"}\n'.encode()
    shard_a.answer = lambda _: reply(b"\x00 not json \xff", "200 Fine", "Content-Type: text/x; a=b\r\n")
    answer = gateway.ask("POST", "/orders?trace=1", sent, content_type="application/json; charset=utf-8")

    assert shard_a.requests[0].body == sent
    assert shard_a.requests[0].line == "POST /orders HTTP/1.1"
    assert shard_a.requests[0].headers["content-type"] == "application/json; charset=utf-8"
    assert shard_a.requests[0].headers["host"] == shard_a.url.removeprefix("http://")
    assert (answer.status, answer.body) == (200, b"\x00 not json \xff")
    assert answer.headers["Content-Type"] == "text/x; a=b"


@pytest.mark.parametrize("status", [200, 201, 299, 400, 404, 405, 429, 500, 503])
def test_status_of_the_shard_passes(gateway: Gateway, shard_a: StubShard, status: int) -> None:
    shard_a.answer = lambda _: reply(b'{"reason":"r"}', f"{status} Whatever")
    answer = gateway.order()
    assert (answer.status, answer.body) == (status, b'{"reason":"r"}')


def test_reply_without_body_has_none(gateway: Gateway, shard_a: StubShard) -> None:
    """Neither a 204 nor a reply of no bytes keeps the next one from being read."""
    shard_a.answer = lambda request: (
        b"HTTP/1.1 204 No Content\r\n\r\n" if b"x" in request.body else reply(b"", headers="")
    )
    answers = gateway.exchange(order(b"x") + order(b"y"))
    assert answers.startswith(
        b"HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n"
    )


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + reply(b"abcde"),
        b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nabcde",
    ],
)
def test_other_forms_of_reply_are_understood(gateway: Gateway, shard_a: StubShard, raw: bytes) -> None:
    shard_a.answer = lambda _: raw
    for _ in range(2):
        assert gateway.order().body == b"abcde"


def test_reply_that_ends_with_its_connection_is_whole(gateway: Gateway, shard_a: StubShard) -> None:
    shard_a.answer = lambda _: b"HTTP/1.1 200 OK\r\nContent-Type: a/b\r\n\r\nabcde"
    shard_a.hangs_up_after = 1
    for _ in range(2):
        answer = gateway.order()
        assert (answer.status, answer.body, answer.headers["Content-Type"]) == (200, b"abcde", "a/b")


# seeds


def test_seed_goes_to_the_shard_named(gateway: Gateway, shard_a: StubShard, shard_b: StubShard) -> None:
    shard_b.answer = lambda _: reply(b'{"seeded":1}')
    answer = gateway.ask("POST", "/seed/b", b'not even {"orders"')

    assert (answer.status, answer.body) == (200, b'{"seeded":1}')
    assert [(request.line, request.body) for request in shard_b.requests] == [
        ("POST /seed HTTP/1.1", b'not even {"orders"')
    ]
    assert not shard_a.requests


def test_seed_of_5_mb_passes(gateway: Gateway, shard_a: StubShard) -> None:
    body = random.Random(1).randbytes(5_500_000)
    shard_a.answer = echo
    answer = gateway.ask("POST", "/seed/a", body)
    assert answer.status == 200
    assert answer.body == body
    assert shard_a.requests[0].body == body


def test_orders_pass_while_a_seed_is_under_way(gateway: Gateway, shard_a: StubShard) -> None:
    is_ordered = threading.Event()
    shard_a.answer = lambda request: reply(str(is_ordered.wait(20)).encode()) if "/seed" in request.line else reply()
    with ThreadPoolExecutor(1) as other:
        seed = other.submit(gateway.ask, "POST", "/seed/a", b"{}")
        assert gateway.order().status == 200
        is_ordered.set()
        assert seed.result().body == b"True"


def test_unknown_shard_is_not_found(gateway: Gateway) -> None:
    answer = gateway.ask("POST", "/seed/x%22", b"{}")
    assert (answer.status, answer.body) == (404, b'{"error":"Unknown shard: x%22"}')


@pytest.mark.parametrize(
    "path", ["/seed", "/seed/", "/seed?a", "/seed/a/b", "/", "/order", "/orders/", "/health/x", "/metrics"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_unknown_path_is_not_found(gateway: Gateway, method: str, path: str) -> None:
    answer = gateway.ask(method, path, b"{}" if method == "POST" else None)
    assert (answer.status, answer.document) == (404, {"error": "Not found"})


# the gateway's own words


NOT_JSON = (b"", b"{", b'{"symbol":"A"', b"symbol=A", b'{"symbol":"A"} x', b"{\"symbol\":'A'}", b'{"symbol":"\xff"}', b'{"symbol":NaN}', b"[" * 5000)  # fmt: skip
NO_SYMBOL = (b"{}", b"[]", b'"A"', b"null", b'{"symbol":null}', b'{"symbol":1}', b'{"symbol":["A"]}', b'{"Symbol":"A"}', b'{"order":{"symbol":"A"}}')  # fmt: skip


@pytest.mark.parametrize(
    ("body", "error"),
    [
        *((body, "Invalid JSON in request body") for body in NOT_JSON),
        *((body, "Missing 'symbol' field in request body") for body in NO_SYMBOL),
        *((json.dumps({"symbol": name}).encode(), f"Unknown symbol: {name}") for name in ("a", "NOPE", "", 'q"uote', "\n", "ü")),
    ],
)  # fmt: skip
def test_order_that_no_shard_can_be_found_for_is_refused(
    gateway: Gateway, shard_a: StubShard, body: bytes, error: str
) -> None:
    answer = gateway.ask("POST", "/orders", body)
    assert (answer.status, answer.document) == (400, {"error": error})
    assert answer.headers["Content-Type"] == "application/json"
    assert not shard_a.requests


def test_health_is_up(gateway: Gateway) -> None:
    answer = gateway.ask("GET", "/health?probe=1")
    assert (answer.status, answer.body) == (200, b'{"status":"UP","component":"edge-gateway"}')


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/orders", ("GET", "PUT", "DELETE", "PATCH")),
        ("/seed/a", ("GET", "PUT")),
        ("/seed/x", ("GET",)),
        ("/health", ("POST", "DELETE")),
    ],
)
def test_other_methods_are_not_allowed(gateway: Gateway, path: str, methods: tuple[str, ...]) -> None:
    for method in methods:
        answer = gateway.ask(method, path)
        assert (answer.status, answer.body, answer.headers["Content-Length"]) == (405, b"", "0")
        assert answer.headers["Allow"] == ("GET" if path == "/health" else "POST")


# clients' ways


def test_chunked_body_is_passed_on_whole(gateway: Gateway, shard_a: StubShard) -> None:
    body = b'{"symbol":"A","n":1}'
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:7], body[7:]))
    answer = gateway.exchange(
        b"POST /orders HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    )
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert shard_a.requests[0].body == body


def test_client_that_leaves_harms_nobody(gateway: Gateway, shard_a: StubShard) -> None:
    """Its order reaches the shard all the same, and others get their own answers."""
    shard_a.answer = lambda request: after(0.2, echo(request))
    with connected(gateway.port) as connection:
        connection.sendall(order(b"left"))
        while not shard_a.requests:
            time.sleep(0.01)
    assert gateway.order(n="stays").document == {"symbol": "A", "n": "stays"}
    assert [json.loads(request.body)["n"] for request in shard_a.requests] == ["left", "stays"]
    assert "Traceback" not in gateway.log


def test_replies_are_never_swapped(gateway: Gateway, shard_a: StubShard, shard_b: StubShard) -> None:
    """Sixteen clients at once, shards of random speed: each answer is the one to its own request."""
    speed = random.Random(2)

    def answer(request: Received) -> bytes:
        time.sleep(speed.random() * 0.01)
        return echo(request)

    shard_a.answer = shard_b.answer = answer

    def client(name: int) -> None:
        for n in range(30):
            sent = {"symbol": "AB"[n % 2], "client": name, "n": n}
            assert gateway.order(**sent).document == sent

    with ThreadPoolExecutor(16) as clients:
        list(clients.map(client, range(16)))
    assert len(shard_a.requests) == len(shard_b.requests) == 240
    # Kept alive: as many as clients at a time, not as many as requests.
    assert len(shard_a.connections) <= 16
