"""The requests of docs/gateway.md, each asked of a real gateway process over TCP."""

from __future__ import annotations

import http.client
import json
import random
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from gateway.messages import MAX_BODY_BYTES
from gateway.protocol import MAX_HEADER_BYTES
from tests.workloads.gateway.stub import after, reply

if TYPE_CHECKING:
    from tests.workloads.gateway.conftest import GatewayProcess
    from tests.workloads.gateway.stub import Received, StubShard


def order_request(**fields: object) -> bytes:
    body = json.dumps({"symbol": "A", **fields}).encode()
    return b"POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def echo(request: Received) -> bytes:
    return reply(request.body)


# routing


def test_each_order_goes_to_the_shard_of_its_symbol(
    gateway: GatewayProcess, shard_a: StubShard, shard_b: StubShard
) -> None:
    for symbol in ("A", "B", "A2", "B"):
        assert gateway.order(symbol=symbol).status == 200
    assert [json.loads(request.body)["symbol"] for request in shard_a.requests] == ["A", "A2"]
    assert [json.loads(request.body)["symbol"] for request in shard_b.requests] == ["B", "B"]
    assert {request.line for request in shard_a.requests} == {"POST /orders HTTP/1.1"}


def test_bodies_pass_byte_by_byte(gateway: GatewayProcess, shard_a: StubShard) -> None:
    """Spaces, key order, doubled keys and escapes stay as they were, both ways."""
    sent = ' {"price" : 1.0e3,"symbol":"B","symbol":"\\u0041", "note":"ü\\n"}\n'.encode()
    shard_a.answer = lambda _: reply(b"\x00 not json \xff", "200 Fine", "Content-Type: text/x; a=b\r\n")
    answer = gateway.ask("POST", "/orders?trace=1", sent, **{"Content-Type": "application/json; charset=utf-8"})

    assert shard_a.requests[0].body == sent
    assert shard_a.requests[0].line == "POST /orders HTTP/1.1"
    assert shard_a.requests[0].headers["content-type"] == "application/json; charset=utf-8"
    assert shard_a.requests[0].headers["host"] == shard_a.url.removeprefix("http://")
    assert (answer.status, answer.body) == (200, b"\x00 not json \xff")
    assert answer.headers["Content-Type"] == "text/x; a=b"


@pytest.mark.parametrize("status", [200, 201, 299, 400, 404, 405, 429, 500, 503])
def test_status_of_the_shard_passes(gateway: GatewayProcess, shard_a: StubShard, status: int) -> None:
    shard_a.answer = lambda _: reply(b'{"reason":"r"}', f"{status} Whatever")
    answer = gateway.order()
    assert (answer.status, answer.body) == (status, b'{"reason":"r"}')


def test_reply_without_body_has_none(gateway: GatewayProcess, shard_a: StubShard) -> None:
    """Neither a 204 nor a reply of no bytes keeps the next one from being read."""
    shard_a.answer = lambda request: (
        b"HTTP/1.1 204 No Content\r\n\r\n" if b"x" in request.body else reply(b"", headers="")
    )
    answers = gateway.exchange(order_request(n="x") + order_request(n="y"))
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
def test_other_forms_of_reply_are_understood(gateway: GatewayProcess, shard_a: StubShard, raw: bytes) -> None:
    shard_a.answer = lambda _: raw
    for _ in range(2):
        assert gateway.order().body == b"abcde"


def test_reply_that_ends_with_its_connection_is_whole(gateway: GatewayProcess, shard_a: StubShard) -> None:
    shard_a.answer = lambda _: b"HTTP/1.1 200 OK\r\nContent-Type: a/b\r\n\r\nabcde"
    shard_a.hangs_up_after = 1
    for _ in range(2):
        answer = gateway.order()
        assert (answer.status, answer.body, answer.headers["Content-Type"]) == (200, b"abcde", "a/b")


# seeds


def test_seed_goes_to_the_shard_named(gateway: GatewayProcess, shard_a: StubShard, shard_b: StubShard) -> None:
    shard_b.answer = lambda _: reply(b'{"seeded":1}')
    answer = gateway.ask("POST", "/seed/b", b'not even {"orders"')

    assert (answer.status, answer.body) == (200, b'{"seeded":1}')
    assert [(request.line, request.body) for request in shard_b.requests] == [
        ("POST /seed HTTP/1.1", b'not even {"orders"')
    ]
    assert not shard_a.requests


def test_seed_of_5_mb_passes(gateway: GatewayProcess, shard_a: StubShard) -> None:
    body = random.Random(1).randbytes(5_500_000)
    shard_a.answer = echo
    answer = gateway.ask("POST", "/seed/a", body)
    assert answer.status == 200
    assert answer.body == body
    assert shard_a.requests[0].body == body


def test_orders_pass_while_a_seed_is_under_way(gateway: GatewayProcess, shard_a: StubShard) -> None:
    is_ordered = threading.Event()
    shard_a.answer = lambda request: reply(str(is_ordered.wait(20)).encode()) if "/seed" in request.line else reply()
    with ThreadPoolExecutor(1) as other:
        seed = other.submit(gateway.ask, "POST", "/seed/a", b"{}")
        assert gateway.order().status == 200
        is_ordered.set()
        assert seed.result().body == b"True"


def test_unknown_shard_is_not_found(gateway: GatewayProcess) -> None:
    answer = gateway.ask("POST", "/seed/x%22", b"{}")
    assert (answer.status, answer.body) == (404, b'{"error":"Unknown shard: x%22"}')


@pytest.mark.parametrize(
    "path", ["/seed", "/seed/", "/seed?a", "/seed/a/b", "/", "/order", "/orders/", "/health/x", "/metrics"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_unknown_path_is_not_found(gateway: GatewayProcess, method: str, path: str) -> None:
    answer = gateway.ask(method, path, b"{}" if method == "POST" else None)
    assert (answer.status, answer.document) == (404, {"error": "Not found"})


# the gateway's own words


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"symbol":"A"',
        b"symbol=A",
        b'{"symbol":"A"} x',
        b"{\"symbol\":'A'}",
        b'{"symbol":"\xff"}',
        b'{"symbol":NaN}',
        b"[" * 5000,
    ],
)
def test_what_is_not_json_is_refused(gateway: GatewayProcess, shard_a: StubShard, body: bytes) -> None:
    answer = gateway.ask("POST", "/orders", body)
    assert (answer.status, answer.body) == (400, b'{"error":"Invalid JSON in request body"}')
    assert answer.headers["Content-Type"] == "application/json"
    assert not shard_a.requests


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"[]",
        b'"A"',
        b"null",
        b'{"symbol":null}',
        b'{"symbol":1}',
        b'{"symbol":["A"]}',
        b'{"Symbol":"A"}',
        b'{"order":{"symbol":"A"}}',
    ],
)
def test_order_without_a_symbol_is_refused(gateway: GatewayProcess, shard_a: StubShard, body: bytes) -> None:
    answer = gateway.ask("POST", "/orders", body)
    assert (answer.status, answer.body) == (400, b"""{"error":"Missing 'symbol' field in request body"}""")
    assert not shard_a.requests


@pytest.mark.parametrize("symbol", ["a", "NOPE", "", 'q"uote', "\n", "ü"])
def test_unknown_symbol_is_refused_by_name(gateway: GatewayProcess, symbol: str) -> None:
    answer = gateway.order(symbol=symbol)
    assert (answer.status, answer.document) == (400, {"error": f"Unknown symbol: {symbol}"})


def test_health_is_up(gateway: GatewayProcess) -> None:
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
def test_other_methods_are_not_allowed(gateway: GatewayProcess, path: str, methods: tuple[str, ...]) -> None:
    for method in methods:
        answer = gateway.ask(method, path)
        assert (answer.status, answer.body, answer.headers["Content-Length"]) == (405, b"", "0")
        assert answer.headers["Allow"] == ("GET" if path == "/health" else "POST")


# clients' ways


def test_head_has_no_body(gateway: GatewayProcess) -> None:
    """A body would be taken for the next answer."""
    answers = gateway.exchange(b"HEAD /nowhere HTTP/1.1\r\nHost: x\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answers.startswith(b"HTTP/1.1 404 ")
    assert answers.split(b"\r\n\r\n")[1].startswith(b"HTTP/1.1 200 ")


def test_connection_is_kept_alive(gateway: GatewayProcess) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=10)
    connection.connect()
    local = connection.sock.getsockname()
    for _ in range(3):
        connection.request("POST", "/orders", b'{"symbol":"A"}')
        connection.getresponse().read()
        assert connection.sock.getsockname() == local
    connection.close()


@pytest.mark.parametrize(
    "head", [b"POST /orders HTTP/1.0\r\n", b"POST /orders HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"]
)
def test_connection_ends_when_the_client_wants_it(gateway: GatewayProcess, head: bytes) -> None:
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as connection:
        connection.sendall(head + b'Content-Length: 14\r\n\r\n{"symbol":"A"}')
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"Connection: close" in answer


def test_pipelined_requests_are_answered_in_order(gateway: GatewayProcess, shard_a: StubShard) -> None:
    """The first reply is the last one to come."""

    def answer(request: Received) -> bytes:
        time.sleep(0.3 if b'"n": 0' in request.body else 0)
        return echo(request)

    shard_a.answer = answer
    answers = gateway.exchange(b"".join(order_request(n=n) for n in range(5)) + b"NONSENSE\r\n\r\n")
    bodies = [json.loads(part.split(b"HTTP/1.1")[0]) for part in answers.split(b"\r\n\r\n")[1:]]
    assert bodies == [*({"symbol": "A", "n": n} for n in range(5)), {"error": "Malformed HTTP request"}]


def test_request_may_come_byte_by_byte(gateway: GatewayProcess) -> None:
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in order_request():
            connection.sendall(bytes([byte]))
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_chunked_body_is_passed_on_whole(gateway: GatewayProcess, shard_a: StubShard) -> None:
    body = b'{"symbol":"A","n":1}'
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:7], body[7:]))
    answer = gateway.exchange(
        b"POST /orders HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    )
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert shard_a.requests[0].body == body


def test_client_that_waits_for_100_continue_is_asked_for_the_body(gateway: GatewayProcess) -> None:
    head, body = order_request().split(b"\r\n\r\n")
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as connection:
        connection.sendall(head + b"\r\nExpect: 100-continue\r\n\r\n")
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_upgrade_is_answered_as_plain_http(gateway: GatewayProcess) -> None:
    answer = gateway.exchange(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "data",
    [
        b"NONSENSE\r\n\r\n",
        b"GET\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_what_is_not_http_is_refused(gateway: GatewayProcess, shard_a: StubShard, data: bytes) -> None:
    assert gateway.exchange(data).startswith(b"HTTP/1.1 400 ")
    assert not shard_a.requests


def test_body_above_the_limit_is_refused(gateway: GatewayProcess) -> None:
    """Before it comes, and while it comes in chunks."""
    head = b"POST /seed/a HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (MAX_BODY_BYTES + 1)
    assert gateway.exchange(head).startswith(b"HTTP/1.1 413 ")
    chunk = b"100000\r\n" + bytes(0x100000) + b"\r\n"
    head = b"POST /seed/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert gateway.exchange(head + chunk * 20).startswith(b"HTTP/1.1 413 ")


def test_headers_above_the_limit_are_refused(gateway: GatewayProcess) -> None:
    headers = (b"X: " + b"x" * 1000 + b"\r\n") * (16 * MAX_HEADER_BYTES // 1000)
    assert gateway.exchange(b"GET /health HTTP/1.1\r\nHost: x\r\n" + headers).startswith(b"HTTP/1.1 431 ")


def test_client_that_leaves_harms_nobody(gateway: GatewayProcess, shard_a: StubShard) -> None:
    """Its order reaches the shard all the same, and others get their own answers."""
    shard_a.answer = lambda request: after(0.2, echo(request))
    with socket.create_connection(("127.0.0.1", gateway.port)) as connection:
        connection.sendall(order_request(n="left"))
        while not shard_a.requests:
            time.sleep(0.01)
    assert gateway.order(n="stays").document == {"symbol": "A", "n": "stays"}
    assert [json.loads(request.body)["n"] for request in shard_a.requests] == ["left", "stays"]
    assert "Traceback" not in gateway.log


def test_requests_that_wait_are_not_read_without_end(gateway: GatewayProcess, shard_a: StubShard) -> None:
    """A client that asks and asks while its first answer is due finds its socket full."""
    is_done = threading.Event()
    shard_a.answer = lambda _: (is_done.wait(20), reply())[1]
    with socket.create_connection(("127.0.0.1", gateway.port)) as connection:
        connection.settimeout(0.5)
        sent = 0
        with suppress(TimeoutError):
            while sent < 100_000_000:
                sent += connection.send(order_request() * 5000)
    is_done.set()
    assert sent < 40_000_000


def test_replies_are_never_swapped(gateway: GatewayProcess, shard_a: StubShard, shard_b: StubShard) -> None:
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
