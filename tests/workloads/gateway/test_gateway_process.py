from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.workloads.conftest import HANG, connected, post
from tests.workloads.gateway.stub import StubShard, after, full_port, reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.workloads.gateway.conftest import Gateway


def test_request_that_waits_for_its_shard_at_the_stop_is_answered(own_gateway: Gateway, shard_a: StubShard) -> None:
    is_stopping = threading.Event()
    shard_a.answer = lambda _: (is_stopping.wait(HANG), reply(b"late"))[1]
    with ThreadPoolExecutor(1) as other:
        waiting = other.submit(own_gateway.order)
        while not shard_a.requests:
            time.sleep(0.01)
        own_gateway.process.terminate()
        while "stops" not in own_gateway.log:
            time.sleep(0.01)
        is_stopping.set()
        answer = waiting.result()

    assert (answer.body, answer.headers["Connection"]) == (b"late", "close")
    assert own_gateway.process.wait(HANG) == 0


def test_stop_is_bounded(own_gateway: Gateway, shard_a: StubShard) -> None:
    """A seed that takes longer than the drain is cut off, in time for Kubernetes' 30 s."""
    shard_a.answer = lambda _: after(15, reply())
    with connected(own_gateway.port) as connection:
        connection.sendall(post("/seed/a", b""))
        while not shard_a.requests:
            time.sleep(0.01)
        began = time.monotonic()
        own_gateway.process.terminate()
        assert own_gateway.process.wait(HANG) == 0
    assert 7 < time.monotonic() - began < 12
    assert "Traceback" not in own_gateway.log


def test_silent_shard_gets_504_after_5_s_and_other_shards_go_on(own_gateway: Gateway, shard_a: StubShard) -> None:
    shard_a.answer = lambda _: after(6, reply())
    with ThreadPoolExecutor(1) as other:
        began = time.monotonic()
        silent = other.submit(own_gateway.order)
        assert own_gateway.order(symbol="B").status == 200
        assert time.monotonic() - began < 2
        answer = silent.result()
    assert (answer.status, answer.body) == (504, b'{"error":"Shard timeout: a"}')
    assert 4.9 < time.monotonic() - began < 6
    assert own_gateway.samples()['gw_routing_errors_total{reason="timeout"}'] == 1


def test_seed_may_take_longer_than_an_order(gateway: Gateway, shard_a: StubShard) -> None:
    shard_a.answer = lambda _: after(6, reply(b'{"seeded":40000}'))
    assert gateway.ask("POST", "/seed/a", b"{}").body == b'{"seeded":40000}'


def test_connection_that_is_not_taken_in_2_s_is_504(start_gateway: Callable[..., Gateway]) -> None:
    with full_port() as port:
        gateway = start_gateway(ME_SHARD_MAP=f"a=http://127.0.0.1:{port}", SHARD_SYMBOLS_MAP="a=A")
        began = time.monotonic()
        answer = gateway.order()
    assert (answer.status, answer.body) == (504, b'{"error":"Shard timeout: a"}')
    assert 1.9 < time.monotonic() - began < 4


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-shard.invalid", ".".join(letter * 63 for letter in "abcd")])
def test_shard_that_is_not_there_gets_502(start_gateway: Callable[..., Gateway], host: str) -> None:
    """Refused, without a name or with an impossible one, from the start on, it does not keep the gateway from serving."""
    gateway = start_gateway(ME_SHARD_MAP=f"a=http://{host}:1", SHARD_SYMBOLS_MAP="a=A")
    for answer in (gateway.order(), gateway.ask("POST", "/seed/a", b"{}")):
        assert (answer.status, answer.body) == (502, b'{"error":"Shard unavailable: a"}')
    assert gateway.ask("GET", "/health").status == 200
    assert gateway.samples()['gw_routing_errors_total{reason="shard_unavailable"}'] == 2


def test_shard_that_comes_back_is_found(start_gateway: Callable[..., Gateway]) -> None:
    with StubShard() as first:
        port = first.port
        gateway = start_gateway(ME_SHARD_MAP=f"a=http://127.0.0.1:{port}", SHARD_SYMBOLS_MAP="a=A")
        assert gateway.order().status == 200
    assert gateway.order().status == 502
    with StubShard(port=port):
        assert gateway.order().status == 200


def test_thousand_shards_are_served(start_gateway: Callable[..., Gateway], shard_a: StubShard) -> None:
    """From the environment, which holds both maps, to the series of each."""
    ids = [f"s{n}" for n in range(1000)]
    gateway = start_gateway(
        ME_SHARD_MAP=",".join(f"{shard}={shard_a.url}" for shard in ids),
        SHARD_SYMBOLS_MAP=",".join(f"{shard}={':'.join(f'TEST-ASSET-{shard}-{n}' for n in range(4))}" for shard in ids),
    )
    assert gateway.order(symbol="TEST-ASSET-s999-3").status == 200
    assert gateway.samples()['gw_requests_total{shard="s999",status="2xx"}'] == 1


def test_wrong_map_ends_in_one_line(start_gateway: Callable[..., Gateway]) -> None:
    gateway = start_gateway(waits=False, SHARD_SYMBOLS_MAP="a=X,b=X,c=Y")

    assert gateway.process.wait(HANG) == 2
    assert len(gateway.log.splitlines()) == 1
    assert "SHARD_SYMBOLS_MAP gives symbol 'X' to shards a and b; give it to one" in gateway.log
