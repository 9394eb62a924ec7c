"""Reads the broker's topics while a load runs: the stand-in keeps no more than the last 5 MiB of a partition."""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from lab.core.causes import BROKER_FAILING
from lab.core.errors import ToolError
from lab.measure.records import RawRecord
from lab.process.background import Background
from lab.run.consumption import PAUSE, Offsets, Place
from lab.runtime.process.broker import ANSWERS, SILENT

if TYPE_CHECKING:
    from confluent_kafka import Consumer
    from confluent_kafka.admin import AdminClient

BATCH = 2000
"""Records that are taken at once."""
CAUGHT_UP = 30.0
"""Seconds to read what is left after a load."""


class RecordTail:
    """The consumer of a broker that this machine's processes reach.

    Args:
        bootstrap: Tells where the broker is.
        names: The topics.
    """

    def __init__(self, bootstrap: Callable[[], str], names: Sequence[str]) -> None:
        self._bootstrap = bootstrap
        self._names = names
        self._reader: _Reader | None = None
        self._consumer: Consumer | None = None
        self._admin: AdminClient | None = None

    def begin(self) -> Offsets:
        """Where the topics end now; they are read from here on."""
        from confluent_kafka import Consumer, TopicPartition  # noqa: PLC0415 - 40 ms that listing tasks need not pay
        from confluent_kafka.admin import AdminClient  # noqa: PLC0415

        broker: dict[str, str | int | float | bool] = {
            "bootstrap.servers": self._bootstrap(),
            "log_level": SILENT,
            "reconnect.backoff.max.ms": 1000,
        }
        # By a connection of its own: what is asked on the consumer's would wait for the records that it waits for.
        self._admin = AdminClient(broker)
        marks = self.ends()
        self._consumer = Consumer(
            {**broker, "group.id": "lab-records", "enable.auto.commit": False, "auto.offset.reset": "earliest"}
        )
        self._consumer.assign([TopicPartition(topic, number, at) for (topic, number), at in marks.items()])
        self._reader = _Reader(self._consumer)
        self._reader.__enter__()
        return marks

    def ends(self) -> Offsets:
        """Where the topics end now.

        Raises:
            ToolError: The broker doesn't answer.
        """
        from confluent_kafka import KafkaException, TopicPartition  # noqa: PLC0415
        from confluent_kafka.admin import OffsetSpec  # type: ignore[attr-defined]  # noqa: PLC0415

        admin = self._admin
        if admin is None:
            return {}
        try:
            topics = admin.list_topics(timeout=ANSWERS).topics
            places = [TopicPartition(name, number) for name in self._names for number in topics[name].partitions]
            asked = {place: OffsetSpec.latest() for place in places}  # type: ignore[no-untyped-call]
            told = admin.list_offsets(asked, request_timeout=ANSWERS)
            return {(place.topic, place.partition): answer.result().offset for place, answer in told.items()}
        except (KafkaException, KeyError) as error:
            raise ToolError(f"the broker's topics can't be read: {error}", cause=BROKER_FAILING) from error

    def records(self, marks: Offsets, ends: Offsets) -> Iterable[RawRecord]:
        """What was read, as soon as all was that is still there."""
        reader = self._reader
        if reader is None:
            return ()
        wanted = {place: end for place, end in ends.items() if end > marks.get(place, 0)}
        deadline = time.monotonic() + CAUGHT_UP
        while any(reader.read.get(place, -1) < end - 1 for place, end in wanted.items()):
            if time.monotonic() > deadline:
                break
            time.sleep(PAUSE)
        return tuple(reader.records)

    def close(self) -> None:
        """End the reading."""
        if self._reader:
            self._reader.__exit__(None, None, None)
        if self._consumer:
            self._consumer.close()
        self._reader = self._consumer = self._admin = None


class _Reader(Background):
    """Takes what comes; `read` has the offset of each partition's last record."""

    def __init__(self, consumer: "Consumer") -> None:
        super().__init__(linger=ANSWERS)
        self._consumer = consumer
        self.records: list[RawRecord] = []
        self.read: dict[Place, int] = {}

    def _run(self) -> None:
        while not self._over.wait(PAUSE):
            for message in self._consumer.consume(BATCH, timeout=0):
                if message.error():
                    continue  # the broker is away, or back
                topic, partition, offset = (
                    str(message.topic()),
                    int(message.partition() or 0),
                    int(message.offset() or 0),
                )
                value = (message.value() or b"").decode(errors="replace")
                self.records.append(RawRecord(topic, partition, offset, value))
                self.read[topic, partition] = offset
