"""What the engines publish is read while it comes, whole, beyond what the broker keeps and over its outages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Producer

from lab.measure import records
from lab.run import consumption
from lab.run.consumption import Consumption
from lab.runtime.process.mock_client import MockBroker
from lab.runtime.process.record_tail import RecordTail
from tests.lab.brokers import NAMES, publish, serving
from tests.lab.waiting import SOON

KIBIBYTE = b'{"type":"' + b"x" * 1000 + b'"}'


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[MockBroker]:
    with serving(tmp_path / "broker.json"):
        yield MockBroker(tmp_path / "broker.json")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumption, "STILL", 0.5)


def produce(broker: MockBroker, count: int, topic: str = "matches") -> None:
    producer = Producer({"bootstrap.servers": broker.bootstrap})
    for _ in range(count):
        producer.produce(topic, KIBIBYTE, "TEST-ASSET-A")
        producer.poll(0)
    assert producer.flush(SOON) == 0


def lines(path: Path) -> int:
    return len(records.read(path).unreadable)


def test_records_before_the_marks_are_none_of_the_loads(broker: MockBroker, tmp_path: Path) -> None:
    publish(broker, "orders", 7)
    with Consumption(RecordTail(lambda: broker.bootstrap, NAMES)) as reading:
        publish(broker, "orders", 5)
        publish(broker, "matches", 4)
        kept = reading.keep(tmp_path / records.FILE)

    assert (lines(tmp_path / records.FILE), kept.missed, kept.problem) == (9, 0, None)


def test_nothing_is_missed_of_more_than_the_broker_keeps(broker: MockBroker, tmp_path: Path) -> None:
    """It keeps 5 MiB of a partition; here come 12."""
    with Consumption(RecordTail(lambda: broker.bootstrap, NAMES)) as reading:
        tail = reading._consumer
        assert isinstance(tail, RecordTail)
        for _ in range(6):
            produce(broker, 2000)
            assert len(list(tail.records({}, tail.ends()))) % 2000 == 0
        kept = reading.keep(tmp_path / records.FILE)

    assert (lines(tmp_path / records.FILE), kept.missed) == (12_000, 0)


def test_what_was_gone_before_it_could_be_read_is_counted(
    broker: MockBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lab.runtime.process.record_tail.PAUSE", 3.0)
    with Consumption(RecordTail(lambda: broker.bootstrap, NAMES)) as reading:
        produce(broker, 12_000)
        kept = reading.keep(tmp_path / records.FILE)

    assert kept.missed >= 0
    assert lines(tmp_path / records.FILE) + kept.missed == 12_000


def test_records_after_an_outage_are_read(broker: MockBroker, tmp_path: Path) -> None:
    with Consumption(RecordTail(lambda: broker.bootstrap, NAMES)) as reading:
        publish(broker, "orders", 3)
        broker.take_away(60)
        broker.bring_back()
        publish(broker, "orders", 3)
        kept = reading.keep(tmp_path / records.FILE)

    assert (lines(tmp_path / records.FILE), kept.missed) == (6, 0)


def test_a_broker_that_is_away_is_told(broker: MockBroker, tmp_path: Path) -> None:
    with Consumption(RecordTail(lambda: broker.bootstrap, NAMES)) as reading:
        broker.take_away(60)
        kept = reading.keep(tmp_path / records.FILE)
        broker.bring_back()

    assert kept.problem
    assert kept.problem.startswith("the broker's topics can't be read")
