from __future__ import annotations

import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.workloads.gateway.stub import StubShard, after, full_port, reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.workloads.gateway.conftest import GatewayProcess

ORDER = b'POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: 14\r\n\r\n{"symbol":"A"}'


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_requests_under_way_at_the_stop_are_answered(
    gateway: GatewayProcess, shard_a: StubShard, number: signal.Signals
) -> None:
    """One that waits for its shard and one that is half sent; then the exit status is 0."""
    is_stopping = threading.Event()
    shard_a.answer = lambda _: (is_stopping.wait(20), reply(b"late"))[1]
    with (
        ThreadPoolExecutor(1) as other,
        socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as half,
    ):
        waiting = other.submit(gateway.order)
        half.sendall(ORDER[:-3])
        while not shard_a.requests:
            time.sleep(0.01)
        gateway.process.send_signal(number)
        while "stops" not in gateway.log:
            time.sleep(0.01)
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", gateway.port), timeout=10)
        is_stopping.set()
        half.sendall(ORDER[-3:])
        answer = b"".join(iter(lambda: half.recv(65536), b""))
        assert waiting.result().body == b"late"

    assert answer.endswith(b"Connection: close\r\n\r\nlate")
    assert gateway.process.wait(20) == 0
    assert "stopped" in gateway.log


def test_stop_ends_idle_connections(gateway: GatewayProcess) -> None:
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as idle:
        idle.sendall(ORDER)
        idle.recv(65536)
        gateway.process.terminate()
        assert idle.recv(65536) == b""
    assert gateway.process.wait(5) == 0


def test_stop_is_bounded(gateway: GatewayProcess, shard_a: StubShard) -> None:
    """A seed that takes longer than the drain is cut off, in time for Kubernetes' 30 s."""
    shard_a.answer = lambda _: after(15, reply())
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=20) as connection:
        connection.sendall(b"POST /seed/a HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        while not shard_a.requests:
            time.sleep(0.01)
        began = time.monotonic()
        gateway.process.terminate()
        assert gateway.process.wait(20) == 0
    assert 7 < time.monotonic() - began < 12
    assert "Traceback" not in gateway.log


def test_silent_shard_gets_504_after_5_s_and_other_shards_go_on(gateway: GatewayProcess, shard_a: StubShard) -> None:
    shard_a.answer = lambda _: after(6, reply())
    with ThreadPoolExecutor(1) as other:
        began = time.monotonic()
        silent = other.submit(gateway.order)
        assert gateway.order(symbol="B").status == 200
        assert time.monotonic() - began < 2
        answer = silent.result()
    assert (answer.status, answer.body) == (504, b'{"error":"Shard timeout: a"}')
    assert 4.9 < time.monotonic() - began < 6
    assert gateway.samples()['gw_routing_errors_total{reason="timeout"}'] == 1


def test_seed_may_take_longer_than_an_order(gateway: GatewayProcess, shard_a: StubShard) -> None:
    shard_a.answer = lambda _: after(6, reply(b'{"seeded":40000}'))
    assert gateway.ask("POST", "/seed/a", b"{}").body == b'{"seeded":40000}'


def test_connection_that_is_not_taken_in_2_s_is_504(start_gateway: Callable[..., GatewayProcess]) -> None:
    with full_port() as port:
        gateway = start_gateway(ME_SHARD_MAP=f"a=http://127.0.0.1:{port}", SHARD_SYMBOLS_MAP="a=A")
        began = time.monotonic()
        answer = gateway.order()
    assert (answer.status, answer.body) == (504, b'{"error":"Shard timeout: a"}')
    assert 1.9 < time.monotonic() - began < 4


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://no-such-shard.invalid:8080"])
def test_shard_that_is_not_there_gets_502(start_gateway: Callable[..., GatewayProcess], url: str) -> None:
    """Refused or without a name, from the start on, it does not keep the gateway from serving."""
    gateway = start_gateway(ME_SHARD_MAP=f"a={url}", SHARD_SYMBOLS_MAP="a=A")
    for answer in (gateway.order(), gateway.ask("POST", "/seed/a", b"{}")):
        assert (answer.status, answer.body) == (502, b'{"error":"Shard unavailable: a"}')
    assert gateway.ask("GET", "/health").status == 200
    assert gateway.samples()['gw_routing_errors_total{reason="shard_unavailable"}'] == 2


def test_shard_that_comes_back_is_found(start_gateway: Callable[..., GatewayProcess]) -> None:
    with StubShard() as first:
        port = first.port
        gateway = start_gateway(ME_SHARD_MAP=f"a=http://127.0.0.1:{port}", SHARD_SYMBOLS_MAP="a=A")
        assert gateway.order().status == 200
    assert gateway.order().status == 502
    with StubShard(port=port):
        assert gateway.order().status == 200


def test_thousand_shards_are_served(start_gateway: Callable[..., GatewayProcess], shard_a: StubShard) -> None:
    """From the environment, which holds both maps, to the series of each."""
    ids = [f"s{n}" for n in range(1000)]
    gateway = start_gateway(
        ME_SHARD_MAP=",".join(f"{shard}={shard_a.url}" for shard in ids),
        SHARD_SYMBOLS_MAP=",".join(f"{shard}={':'.join(f'TEST-ASSET-{shard}-{n}' for n in range(4))}" for shard in ids),
    )
    assert gateway.order(symbol="TEST-ASSET-s999-3").status == 200
    assert gateway.samples()['gw_requests_total{shard="s999",status="2xx"}'] == 1


def test_wrong_map_ends_in_one_line(start_gateway: Callable[..., GatewayProcess]) -> None:
    gateway = start_gateway(waits=False, SHARD_SYMBOLS_MAP="a=X,b=X,c=Y")

    assert gateway.process.wait(20) == 2
    assert len(gateway.log.splitlines()) == 1
    assert "SHARD_SYMBOLS_MAP gives symbol 'X' to shards a and b; give it to one" in gateway.log


def test_taken_port_ends_in_one_line(start_gateway: Callable[..., GatewayProcess]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        gateway = start_gateway(waits=False, METRICS_PORT=str(port))
        status = gateway.process.wait(20)

    assert status == 1
    assert f"port {port} on 127.0.0.1 can't be had" in gateway.log
    assert "Traceback" not in gateway.log
