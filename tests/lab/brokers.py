"""A mock broker in its own process, as a lab of processes has it, and what tests ask of any broker."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from confluent_kafka import Producer

from lab.core.paths import ROOT
from lab.runtime.process.broker import Broker

NAMES = ("orders", "matches")
PARTITIONS = 12
SOON = 30.0
"""Seconds for what takes a moment, on a machine that is busy with something else."""


def wait_until(is_so: Callable[[], object]) -> None:
    ends = time.monotonic() + SOON
    while not is_so():
        assert time.monotonic() < ends, f"not so after {SOON:g} s"
        time.sleep(0.01)


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
