from __future__ import annotations

import logging
import time

import pytest
from confluent_kafka import KafkaError, KafkaException

from engine.publisher import MATCHES_TOPIC, ORDERS_TOPIC, Publisher, Throttle, kafka_producer


class FakeProducer:
    """Stands where librdkafka stands; refuses with `error` when it is set."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.sent: list[tuple[str, bytes, str]] = []
        self.polls: list[float] = []

    def produce(self, topic: str, value: bytes, key: str) -> None:
        if self.error:
            raise self.error
        self.sent.append((topic, value, key))

    def poll(self, timeout: float) -> int:
        self.polls.append(timeout)
        return 0

    def flush(self, timeout: float) -> int:  # noqa: ARG002 - the seam's signature
        return len(self.sent)


def test_events_are_keyed_by_symbol() -> None:
    producer = FakeProducer()
    Publisher(producer, lambda: None).publish(ORDERS_TOPIC, "TEST-ASSET-A", b"event")
    assert producer.sent == [("orders", b"event", "TEST-ASSET-A")]


@pytest.mark.parametrize(
    "error", [BufferError("Local: Queue full"), KafkaException(KafkaError(KafkaError._UNKNOWN_TOPIC))]
)
def test_event_without_room_is_dropped_and_counted(error: Exception) -> None:
    dropped: list[int] = []
    publisher = Publisher(FakeProducer(error), lambda: dropped.append(1))
    for _ in range(3):
        publisher.publish(MATCHES_TOPIC, "TEST-ASSET-A", b"event")
    assert len(dropped) == 3


def test_poll_never_waits() -> None:
    producer = FakeProducer()
    Publisher(producer, lambda: None).poll()
    assert producer.polls == [0]


def test_stop_says_what_is_lost(caplog: pytest.LogCaptureFixture) -> None:
    publisher = Publisher(FakeProducer(), lambda: None)
    publisher.publish(ORDERS_TOPIC, "TEST-ASSET-A", b"event")
    publisher.close(3)
    assert "1 events not delivered within 3 s of the stop" in caplog.text


@pytest.mark.parametrize("bootstrap", ["127.0.0.1:1", "no-such-broker.invalid:9092"])
def test_producer_without_a_broker_takes_32_mib_and_no_more(bootstrap: str) -> None:
    """The real client, with nobody to talk to: it starts, buffers the contract's 32 MiB, then refuses at once."""
    dropped: list[int] = []

    def on_drop() -> None:
        dropped.append(1)

    publisher = Publisher(kafka_producer(bootstrap, on_drop), on_drop)
    event = bytes(64 * 1024)
    durations = []
    for _ in range(600):
        began = time.perf_counter()
        publisher.publish(ORDERS_TOPIC, "TEST-ASSET-A", event)
        durations.append(time.perf_counter() - began)
    assert 600 - len(dropped) == pytest.approx(512, abs=2)
    # The median, since a busy machine may take the processor away at any time.
    assert sorted(durations)[300] < 0.001


def test_throttled_log_lets_one_line_through_an_interval() -> None:
    clock = iter([0.0, 1.0, 29.9, 30.0, 31.0])
    throttle = Throttle(30, lambda: next(clock))
    records = [logging.makeLogRecord({"msg": "line %d", "args": (number,)}) for number in range(5)]

    passed = [record.getMessage() for record in records if throttle.filter(record)]

    assert passed == ["line 0", "line 3 (2 lines held back before this)"]
