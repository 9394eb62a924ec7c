"""A mock broker in its own process, as a lab of processes has it, and what tests ask of any broker."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from confluent_kafka import Producer

from lab.core.paths import ROOT
from lab.runtime.process.broker import Broker
from tests.lab.waiting import SOON, wait_until

NAMES = ("orders", "matches")
PARTITIONS = 12


@contextmanager
def serving(page: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The program, once its page is there; killed at the end if it still runs."""
    topics = [word for name in NAMES for word in ("--topic", f"{name}:{PARTITIONS}")]
    argv = (sys.executable, "-m", "lab.runtime.process.mock_broker", "--page", str(page), *topics)
    with subprocess.Popen(argv, cwd=ROOT) as process:
        try:
            wait_until(lambda: page.exists() or process.poll() is not None)
            yield process
        finally:
            process.kill()


def publish(broker: Broker, topic: str, count: int) -> None:
    """So many events, all of one symbol."""
    producer = Producer({"bootstrap.servers": broker.bootstrap, "queue.buffering.max.messages": count + 1})
    for _ in range(count):
        producer.produce(topic, b"event", "TEST-ASSET-A")
    assert producer.flush(SOON) == 0
