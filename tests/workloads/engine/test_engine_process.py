from __future__ import annotations

import json
import re
import signal
import time
from typing import TYPE_CHECKING

import pytest

from engine import frames
from tests.workloads.conftest import HANG, post

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.workloads.conftest import WorkloadProcess

ORDER = {"symbol": "TEST-ASSET-A", "side": "BUY", "price": 100, "quantity": 1}


def request(number: int) -> bytes:
    return post("/orders", json.dumps({"orderId": str(number), **ORDER}).encode())


def log_of(engine: WorkloadProcess) -> list[tuple[int, str]]:
    """Sequence numbers and orders' ids."""
    records = frames.read(engine.folder / "wal.dat")
    return [(record.sequence, json.loads(record.payload)["orderId"]) for record in records]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stop_drains_the_queue_into_the_log(
    start_engine: Callable[..., WorkloadProcess], number: signal.Signals
) -> None:
    """Every order that was answered ACCEPTED is in the log after a clean stop, whose exit status is 0."""
    engine = start_engine(WAL_SIZE_MB="4")
    answers = engine.exchange(b"".join(request(n) for n in range(3000)))
    engine.process.send_signal(number)

    assert engine.process.wait(HANG) == 0
    accepted = re.findall(rb'"ACCEPTED","orderId":"(\d+)"', answers)
    assert [int(one) for one in accepted] == list(range(3000))
    assert log_of(engine) == [(n + 1, str(n)) for n in range(3000)]


def test_log_survives_a_kill(start_engine: Callable[..., WorkloadProcess]) -> None:
    """What was flushed before a kill -9 is readable, and the next run goes on behind it."""
    engine = start_engine()
    engine.exchange(request(1))
    deadline = time.monotonic() + HANG
    while not log_of(engine) and time.monotonic() < deadline:
        time.sleep(0.01)
    engine.process.kill()
    engine.process.wait(HANG)
    again = start_engine()
    again.exchange(request(2))
    again.stop()

    assert log_of(again) == [(1, "1"), (2, "2")]


@pytest.mark.parametrize("broker", ["no-such-broker.invalid:9092", "192.0.2.1:9092"])
def test_engine_works_without_a_broker(start_engine: Callable[..., WorkloadProcess], broker: str) -> None:
    """Unresolvable or silent, the broker does not keep the engine from starting, accepting and matching."""
    engine = start_engine(KAFKA_BOOTSTRAP=broker)
    assert engine.exchange(b"".join(request(n) for n in range(10))).count(b"ACCEPTED") == 10
    assert engine.samples()['me_match_duration_seconds_count{shard="a"}'] == 10
