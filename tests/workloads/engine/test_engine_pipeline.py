from __future__ import annotations

import asyncio
import json
import time
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING

from engine import frames, pipeline
from engine.metrics import Metrics
from engine.orders import Order, Side
from engine.pipeline import Pipeline
from engine.publisher import Publisher
from engine.routes import EngineRoutes
from engine.settings import Settings
from engine.wal import WriteAheadLog
from serving.messages import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest


class Recorder:
    """A producer that keeps what it is given, or refuses it."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, object], str]] = []
        self.is_full = False

    def produce(self, topic: str, value: bytes, key: str) -> None:
        if self.is_full:
            raise BufferError
        self.sent.append((topic, json.loads(value), key))

    def poll(self, timeout: float) -> int:
        raise NotImplementedError

    def flush(self, timeout: float) -> int:
        raise NotImplementedError


class Harness:
    """A pipeline with everything real but Kafka."""

    def __init__(self, folder: Path) -> None:
        self.settings = replace(Settings.from_environment({"SHARD_ID": "s"}), wal_folder=folder, wal_size_mib=1)
        self.metrics = Metrics("s")
        self.wal = WriteAheadLog(folder, 1)
        self.producer = Recorder()
        publisher = Publisher(self.producer, self.metrics.events_dropped.inc)
        self.pipeline = Pipeline(self.settings, self.metrics, self.wal, publisher)

    def submit(self, *orders: Order) -> list[bool]:
        return [self.pipeline.submit(order, perf_counter()) for order in orders]

    def metric(self, name: str) -> float:
        lines = [line for line in self.metrics.exposition().decode().splitlines() if line.startswith(name + "{")]
        return sum(float(line.split(" ")[1]) for line in lines)


def matched(folder: Path, *orders: Order, prepare: Callable[[Harness], object] = lambda _: None) -> Harness:
    """A harness after these orders, its log written."""

    async def scenario() -> Harness:
        harness = Harness(folder)
        prepare(harness)
        harness.submit(*orders)
        await harness.pipeline.drain()
        harness.wal.close()
        return harness

    return asyncio.run(scenario())


def test_order_goes_to_log_and_topics_in_the_contracts_form(tmp_path: Path, make_order: Callable[..., Order]) -> None:
    harness = matched(
        tmp_path, make_order("maker", "SELL", price=90, quantity=2), make_order("taker", price=100, quantity=5)
    )
    (_, maker, _), (_, taker, _), (_, match, _) = harness.producer.sent
    match_id, timestamp = match.pop("matchId"), match.pop("timestamp")

    assert [(topic, key) for topic, _, key in harness.producer.sent] == [
        ("orders", "TEST-ASSET-A"),
        ("orders", "TEST-ASSET-A"),
        ("matches", "TEST-ASSET-A"),
    ]
    assert taker == {
        "type": "ORDER_PLACED",
        "orderId": "taker",
        "symbol": "TEST-ASSET-A",
        "side": "BUY",
        "price": 100,
        "quantity": 5,
        "timestamp": 0,
    }
    assert match == {
        "type": "MATCH_EXECUTED",
        "takerOrderId": "taker",
        "makerOrderId": "maker",
        "symbol": "TEST-ASSET-A",
        "executionPrice": 90,
        "executionQuantity": 2,
        "takerSide": "BUY",
    }
    assert str(match_id).startswith("s-")
    assert isinstance(timestamp, int)
    assert [json.loads(record.payload) for record in frames.read(harness.wal.path)] == [maker, taker]


def test_limit_remainder_rests_and_market_remainder_is_dropped(
    tmp_path: Path, make_order: Callable[..., Order]
) -> None:
    harness = matched(
        tmp_path,
        make_order("1", "SELL", quantity=2),
        make_order("2", "BUY", quantity=3),
        make_order("3", "SELL", quantity=4, order_type="MARKET"),
    )
    assert harness.metric("me_matches_total") == 2
    assert (harness.pipeline.book.depth(Side.BUY), harness.pipeline.book.depth(Side.SELL)) == (0, 0)


def test_seed_rests_without_matching_and_is_in_the_log(tmp_path: Path, make_order: Callable[..., Order]) -> None:
    async def scenario() -> Harness:
        harness = Harness(tmp_path)
        await harness.pipeline.seed([make_order("1", "SELL"), make_order("2", "BUY")])
        harness.wal.close()
        return harness

    harness = asyncio.run(scenario())
    assert (harness.metric("me_matches_total"), harness.producer.sent) == (0, [])
    assert harness.metric("me_orderbook_depth") == 2
    assert [record.kind.name for record in frames.read(harness.wal.path)] == ["SEED", "SEED"]


def test_match_ids_are_unique_over_restarts(tmp_path: Path, make_order: Callable[..., Order]) -> None:
    found = []
    for run in ("one", "two"):
        harness = matched(tmp_path / run, make_order("1", "SELL", quantity=3), *(make_order("2") for _ in range(3)))
        found += [event["matchId"] for topic, event, _ in harness.producer.sent if topic == "matches"]
        time.sleep(0.002)

    assert len(set(found)) == 6


def test_matching_goes_on_with_the_kafka_buffer_full(tmp_path: Path, make_order: Callable[..., Order]) -> None:
    def fill(harness: Harness) -> None:
        harness.producer.is_full = True

    harness = matched(tmp_path, make_order("1", "SELL"), make_order("2", "BUY"), prepare=fill)

    assert harness.metric("me_matches_total") == 1
    assert harness.metric("me_events_dropped_total") == 3


def test_one_failing_order_does_not_stop_those_behind_it(
    tmp_path: Path, make_order: Callable[..., Order], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_on_1(harness: Harness) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        match = harness.pipeline.book.match
        monkeypatch.setattr(
            harness.pipeline.book, "match", lambda order: match(order) if order.order_id != "1" else order.no_such_field
        )

    harness = matched(tmp_path, make_order("1"), make_order("2"), prepare=fail_on_1)

    assert [event["orderId"] for _, event, _ in harness.producer.sent] == ["2"]


def test_full_ring_buffer_answers_503(
    tmp_path: Path, make_order: Callable[..., Order], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "RING_CAPACITY", 2)

    async def scenario() -> tuple[Harness, Response, list[float]]:
        harness = Harness(tmp_path)
        routes = EngineRoutes(harness.settings, harness.metrics, harness.pipeline)
        utilizations = [harness.metric("me_ringbuffer_utilization_ratio")]
        assert harness.submit(make_order(), make_order(), make_order()) == [True, True, False]
        utilizations.append(harness.metric("me_ringbuffer_utilization_ratio"))
        body = b'{"orderId":"late","symbol":"TEST-ASSET-A","side":"BUY","price":1,"quantity":1}'
        answer = routes(Request(b"POST", b"/orders", b"", body, perf_counter(), keep_alive=True))
        assert isinstance(answer, Response)
        await harness.pipeline.drain()
        utilizations.append(harness.metric("me_ringbuffer_utilization_ratio"))
        return harness, answer, utilizations

    harness, answer, utilizations = asyncio.run(scenario())
    assert answer.status == 503
    assert json.loads(answer.body) == {"status": "REJECTED", "orderId": "late", "reason": "Ring buffer full"}
    assert utilizations == [0, 1, 0]
    assert harness.metric("me_orders_received_total") == 2


def test_matching_waits_for_a_stuck_disk_and_then_goes_on(tmp_path: Path, make_order: Callable[..., Order]) -> None:
    async def scenario() -> tuple[int, int]:
        harness = Harness(tmp_path)
        harness.wal.has_room.clear()
        harness.submit(make_order())
        await asyncio.sleep(0.05)
        while_stuck = len(harness.producer.sent)
        harness.wal.has_room.set()
        await harness.pipeline.drain()
        return while_stuck, len(harness.producer.sent)

    assert asyncio.run(scenario()) == (0, 1)
