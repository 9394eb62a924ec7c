"""What the gateway's tests share: stub shards, and a real gateway process."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.workloads.conftest import HANG, Answer, WorkloadProcess
from tests.workloads.gateway.stub import StubShard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Gateway(WorkloadProcess):
    """A gateway, on free ports."""

    def order(self, **fields: object) -> Answer:
        """Send an order, for symbol A of shard a unless told otherwise."""
        return self.ask("POST", "/orders", {"symbol": "A", **fields})


class _Lab(NamedTuple):
    gateway: Gateway
    a: StubShard
    b: StubShard


def maps(a: StubShard, b: StubShard) -> dict[str, str]:
    """Both stubs, and shard `gone`, which refuses connections."""
    return {
        "ME_SHARD_MAP": f"a={a.url},b={b.url},gone=http://127.0.0.1:1",
        "SHARD_SYMBOLS_MAP": "a=A:A2,b=B,gone=GONE",
    }


@pytest.fixture(scope="module")
def _lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Lab]:
    with StubShard() as a, StubShard() as b:
        gateway = Gateway("gateway", tmp_path_factory.mktemp("gateway"), **maps(a, b))
        gateway.wait_until_it_listens()
        yield _Lab(gateway, a, b)
        gateway.process.kill()
        gateway.process.wait(HANG)


@pytest.fixture
def shard_a(_lab: _Lab) -> StubShard:
    """The shard that owns A, as new."""
    _lab.a.reset()
    return _lab.a


@pytest.fixture
def shard_b(_lab: _Lab) -> StubShard:
    """The shard that owns B, as new."""
    _lab.b.reset()
    return _lab.b


@pytest.fixture
def gateway(_lab: _Lab, shard_a: StubShard, shard_b: StubShard) -> Gateway:
    """A gateway in front of both stubs, shared by a module's tests."""
    del shard_a, shard_b
    return _lab.gateway


@pytest.fixture
def own_gateway(start_gateway: Callable[..., Gateway], shard_a: StubShard, shard_b: StubShard) -> Gateway:
    """One in front of both stubs for this test alone, which counts or stops it."""
    return start_gateway(**maps(shard_a, shard_b))


@pytest.fixture
def start_gateway(start: Callable[..., Gateway]) -> Callable[..., Gateway]:
    """Start gateways of the test's own."""
    return partial(start, "gateway", kind=Gateway)
