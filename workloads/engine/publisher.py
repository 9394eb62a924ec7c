"""The way of events to Kafka: handed over without ever waiting, dropped and counted when the buffer is full."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Protocol

from confluent_kafka import KafkaException, Producer

if TYPE_CHECKING:
    from collections.abc import Callable

    from confluent_kafka import KafkaError

ORDERS_TOPIC = "orders"
MATCHES_TOPIC = "matches"
LOG_INTERVAL_SECONDS = 30.0
BUFFER_KIB = 32 * 1024
"""The 32 MiB of docs/engine.md, for an absent broker."""
log = logging.getLogger("engine.kafka")


class EventProducer(Protocol):
    """The part of Kafka's producer that the publisher uses; tests put their own in its place."""

    def produce(self, topic: str, value: bytes, key: str) -> None:
        """Buffer one message, at once; raises BufferError when there is no room."""

    def poll(self, timeout: float) -> int:
        """Serve what the client's threads reported."""

    def flush(self, timeout: float) -> int:
        """Wait up to `timeout` seconds for deliveries; give the number of messages left."""


class Throttle(logging.Filter):
    """Lets one line through every interval, with the number of those held back since the last."""

    def __init__(self, interval: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Let the first line through at once; interval in seconds."""
        super().__init__()
        self._interval = interval
        self._clock = clock
        self._quiet_until = float("-inf")
        self._held_back = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether the line is to be written."""
        now = self._clock()
        if now < self._quiet_until:
            self._held_back += 1
            return False
        if self._held_back:
            record.msg, record.args = f"{record.getMessage()} ({self._held_back} lines held back before this)", None
        self._quiet_until, self._held_back = now + self._interval, 0
        return True


class Publisher:
    """Hands events over to Kafka, keyed by symbol."""

    def __init__(self, producer: EventProducer, on_drop: Callable[[], None]) -> None:
        """Call `on_drop` for each event that could not be buffered."""
        self._producer = producer
        self._on_drop = on_drop

    def publish(self, topic: str, symbol: str, event: bytes) -> None:
        """Buffer one event for delivery; never waits, never fails."""
        try:
            self._producer.produce(topic, event, symbol)
        except (BufferError, KafkaException):
            # A full buffer, or a topic that the broker says it does not have.
            self._on_drop()

    def poll(self) -> None:
        """Free delivered messages and log what the client reports; call several times a second."""
        self._producer.poll(0)

    def close(self, timeout: float) -> None:
        """Wait up to `timeout` seconds for deliveries under way and say what is lost."""
        lost = self._producer.flush(timeout)
        if lost:
            log.error("%d events not delivered within %g s of the stop; is the broker up?", lost, timeout)


def kafka_producer(bootstrap: str, on_loss: Callable[[], None]) -> Producer:
    """Make a producer that starts without a broker and finds it again within seconds of its return.

    `on_loss` is called for each buffered event that the broker refused for good.
    """
    client_log = logging.getLogger("engine.kafka.client")
    client_log.addFilter(Throttle(LOG_INTERVAL_SECONDS))

    def log_error(error: KafkaError) -> None:
        client_log.warning("%s; events wait in the buffer of %d KiB", error.str(), BUFFER_KIB)

    return Producer(
        {
            "bootstrap.servers": bootstrap,
            "client.id": "matching-engine",
            "queue.buffering.max.kbytes": BUFFER_KIB,
            # The size is the bound; the default of 100,000 messages would be met first.
            "queue.buffering.max.messages": 2_000_000,
            "linger.ms": 5,
            # 0 is no limit: an outage loses nothing as long as the buffer holds it.
            "message.timeout.ms": 0,
            # Keeps a symbol's events in order over retries, without the fatal errors of idempotence.
            "max.in.flight.requests.per.connection": 1,
            # Java clients' choice of partition, so that a change of engine moves no symbol.
            "partitioner": "murmur2_random",
            "reconnect.backoff.ms": 100,
            "reconnect.backoff.max.ms": 1000,
            "retry.backoff.max.ms": 1000,
            # A pod that is gone may answer nothing at all, and come back under another address.
            "socket.connection.setup.timeout.ms": 2000,
            "socket.timeout.ms": 10_000,
            "request.timeout.ms": 5000,
            "socket.keepalive.enable": True,
            "broker.address.ttl": 1000,
            "topic.metadata.refresh.interval.ms": 5000,
            # Topics are the lab's to make, with its number of partitions; an engine that comes first waits for them.
            "allow.auto.create.topics": False,
            "topic.metadata.propagation.max.ms": 600_000,
            "delivery.report.only.error": True,
            "on_delivery": lambda *_: on_loss(),
            "log.connection.close": False,
            "log_level": 4,
            "error_cb": log_error,
        },
        logger=client_log,
    )
