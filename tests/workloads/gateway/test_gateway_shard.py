"""The connections to one shard: kept, replaced, given up, and an order never sent twice."""

from __future__ import annotations

import asyncio
import socket
import time
from typing import TYPE_CHECKING, Any

import pytest
import uvloop

from gateway import connection as connection_module
from gateway.errors import ShardError, ShardTimeoutError, ShardUnavailableError
from gateway.routing import Address
from gateway.shard import Shard
from serving.messages import MAX_BODY_BYTES, Request, Response
from tests.workloads.gateway.stub import StubShard, after, reply

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from tests.workloads.gateway.stub import Received

PATIENCE = 5.0


def order(body: bytes = b"{}") -> Request:
    return Request(b"POST", b"/orders", b"", body, received=0.0, keep_alive=True)


def run(shard: StubShard | Address, steps: Callable[[Shard], Coroutine[Any, Any, None]]) -> None:
    """Run a test's steps with the gateway's own event loop."""
    address = shard if isinstance(shard, Address) else Address(host="127.0.0.1", port=shard.port)
    uvloop.run(steps(Shard("a", address)))


async def post(shard: Shard, body: bytes = b"{}", patience: float = PATIENCE) -> Response:
    return await shard.post(b"/orders", order(body), patience)


def test_connection_is_kept_between_requests(shard_a: StubShard) -> None:
    async def steps(shard: Shard) -> None:
        for _ in range(5):
            assert (await post(shard)).status == 200

    run(shard_a, steps)
    assert [request.connection for request in shard_a.requests] == [1] * 5


def test_requests_at_once_have_a_connection_each(shard_a: StubShard) -> None:
    shard_a.answer = lambda request: after(0.2, reply(request.body))

    async def steps(shard: Shard) -> None:
        bodies = [str(n).encode() for n in range(10)]
        assert [r.body for r in await asyncio.gather(*(post(shard, body) for body in bodies))] == bodies

    run(shard_a, steps)
    assert len(shard_a.connections) == 10


def test_connection_that_is_not_used_is_closed(shard_a: StubShard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "IDLE_SECONDS", 0.1)

    async def steps(shard: Shard) -> None:
        await post(shard)
        assert shard._idle
        await asyncio.sleep(0.3)
        assert not shard._idle
        await post(shard)

    run(shard_a, steps)
    assert [request.connection for request in shard_a.requests] == [1, 2]


def test_connection_that_the_shard_closed_is_not_used(shard_a: StubShard) -> None:
    """Even when the event loop has not heard of it: the kernel is asked before anything is sent."""

    async def steps(shard: Shard) -> None:
        await post(shard)
        shard_a.hang_up()
        time.sleep(0.1)  # noqa: ASYNC251 - so that the loop does not see it
        assert (await post(shard)).status == 200

    run(shard_a, steps)
    assert [request.connection for request in shard_a.requests] == [1, 2]


def test_shard_that_closes_after_each_reply_loses_no_request(shard_a: StubShard) -> None:
    """Though it says nothing of `Connection: close`."""
    shard_a.hangs_up_after = 1

    async def steps(shard: Shard) -> None:
        for _ in range(50):
            await post(shard)
            await asyncio.sleep(0.005)

    run(shard_a, steps)
    assert len(shard_a.requests) == len(shard_a.connections) == 50


def test_order_on_a_kept_connection_is_sent_once_only(shard_a: StubShard) -> None:
    """A shard that takes an order and dies may have matched it: nobody but the client may decide to send it again."""
    shard_a.hangs_up_after = 2
    shard_a.answer = lambda request: b"" if request.body == b"2" else reply()

    async def steps(shard: Shard) -> None:
        await post(shard, b"1")
        with pytest.raises(ShardUnavailableError, match="connection ended before the reply"):
            await post(shard, b"2")
        await post(shard, b"3")

    run(shard_a, steps)
    assert [(request.body, request.connection) for request in shard_a.requests] == [(b"1", 1), (b"2", 1), (b"3", 2)]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1234",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
    ],
)
def test_broken_reply_is_none(shard_a: StubShard, raw: bytes) -> None:
    shard_a.hangs_up_after = 1
    shard_a.answer = lambda _: raw

    async def steps(shard: Shard) -> None:
        with pytest.raises(ShardUnavailableError):
            await post(shard)

    run(shard_a, steps)


@pytest.mark.parametrize(
    "raw",
    [
        reply(headers="Connection: close\r\n"),
        b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        reply() + reply(b"nobody asked"),
        reply() + b"HTTP/1.1 200",
    ],
)
def test_connection_that_can_not_be_trusted_is_not_kept(shard_a: StubShard, raw: bytes) -> None:
    shard_a.answer = lambda _: raw

    async def steps(shard: Shard) -> None:
        for _ in range(3):
            assert (await post(shard)).body in {b"{}", b""}

    run(shard_a, steps)
    assert [request.connection for request in shard_a.requests] == [1, 2, 3]


def test_connection_with_half_a_request_under_way_is_not_kept() -> None:
    """A shard may refuse a body before it has read it all; what it has not read would be taken for the next request."""

    async def steps() -> None:
        connections: list[object] = []

        async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connections.append(writer)
            await reader.readuntil(b"\r\n\r\n")
            writer.write(reply(status="413 Too Large"))

        server = await asyncio.start_server(refuse, "127.0.0.1", 0, limit=1024)
        shard = Shard("a", Address(host="127.0.0.1", port=server.sockets[0].getsockname()[1]))
        for _ in range(2):
            assert (await post(shard, bytes(MAX_BODY_BYTES))).status == 413
        assert len(connections) == 2

    uvloop.run(steps())


def test_connection_that_ends_as_soon_as_it_is_made_does_not_cost_a_clients_patience(shard_a: StubShard) -> None:
    async def steps(shard: Shard) -> None:
        connection = await shard._connect()
        connection.abort()
        await asyncio.sleep(0.05)
        with pytest.raises(ConnectionError, match="ended before the request"):
            await connection.exchange(b"", b"", PATIENCE)

    run(shard_a, steps)


def test_slow_reply_is_given_up_and_never_taken_for_another(shard_a: StubShard) -> None:
    def answer(request: Received) -> bytes:
        time.sleep(0.4 if request.body == b"slow" else 0)
        return reply(request.body)

    shard_a.answer = answer

    async def steps(shard: Shard) -> None:
        with pytest.raises(ShardTimeoutError, match=r"no reply in 0\.2 s"):
            await post(shard, b"slow", patience=0.2)
        for _ in range(10):
            assert (await post(shard, b"fast")).body == b"fast"
            await asyncio.sleep(0.05)

    run(shard_a, steps)


def test_reply_that_trickles_in_is_given_up_too(shard_a: StubShard) -> None:
    """Patience is for the whole reply, not for each byte of it."""

    def answer(_: Received) -> bytes:
        for byte in reply():
            shard_a.connections[-1].sendall(bytes([byte]))
            time.sleep(0.02)
        return b""

    shard_a.answer = answer

    async def steps(shard: Shard) -> None:
        with pytest.raises(ShardTimeoutError):
            await post(shard, patience=0.3)

    run(shard_a, steps)


def test_shard_is_looked_up_anew_for_each_connection() -> None:
    """A pod that is replaced has another address: first the name is unknown, then it moves."""
    with StubShard() as old, StubShard("127.0.0.2", old.port) as new:
        answers: list[str] = []

        async def lookup(*_: object, **__: object) -> list[Any]:
            if not answers:
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers[-1], old.port))]

        async def steps() -> None:
            # asyncio's own loop: uvloop's lookup can't be replaced.
            asyncio.get_running_loop().getaddrinfo = lookup  # type: ignore[method-assign]
            shard = Shard("a", Address(host="me-shard-a", port=old.port))
            with pytest.raises(ShardUnavailableError, match="not known"):
                await post(shard)
            answers.append("127.0.0.1")
            await post(shard)
            answers.append("127.0.0.2")
            await post(shard)
            old.hang_up()
            await asyncio.sleep(0.1)
            await post(shard)

        asyncio.run(steps())
        assert (len(old.requests), len(new.requests)) == (2, 1)


def test_connections_to_a_pod_that_is_gone_are_given_up_together(shard_a: StubShard) -> None:
    """One that got no reply says that the others lead nowhere either; else each would cost a client its patience."""
    shard_a.answer = lambda request: after(0.5 if request.body == b"gone" else 0.1, reply())

    async def steps(shard: Shard) -> None:
        await asyncio.gather(*(post(shard) for _ in range(4)))
        with pytest.raises(ShardTimeoutError):
            await post(shard, b"gone", patience=0.2)
        await post(shard)

    run(shard_a, steps)
    assert shard_a.requests[-1].connection == 5


def test_outage_is_logged_once_in_a_while(caplog: pytest.LogCaptureFixture) -> None:
    async def steps(shard: Shard) -> None:
        for _ in range(5):
            with pytest.raises(ShardError):
                await post(shard)

    run(Address(host="127.0.0.1", port=1), steps)
    assert len(caplog.records) == 1
    assert "shard a: no connection: " in caplog.text
