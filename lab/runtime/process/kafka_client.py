"""What is asked of every broker that speaks Kafka: whether it is there, and what it says of its topics."""

import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from lab.core.causes import BROKER_FAILING
from lab.core.errors import ToolError

if TYPE_CHECKING:
    from confluent_kafka import Consumer

ANSWERS = 5.0
"""Seconds for an answer of the broker."""
ACCEPTS = 1.0
"""Seconds for a port of this machine to accept a connection."""
SILENT = 0
"""How much a client says on stderr: its errors are raised."""


class KafkaClient:
    """A broker as its clients see it; a kind of broker says where it is."""

    @property
    def bootstrap(self) -> str:
        """Where it is: HOST:PORT."""
        raise NotImplementedError

    def is_there(self) -> bool:
        """Whether its port accepts a connection."""
        host, _, port = self.bootstrap.rpartition(":")
        with suppress(OSError), socket.create_connection((host, int(port)), ACCEPTS) as line:
            # Nobody's port may be given to the very connection that seeks it, which then talks to itself.
            return bool(line.getsockname() != line.getpeername())
        return False

    def partitions(self, names: Iterable[str]) -> Mapping[str, int]:
        """The number of partitions of those of the topics that it has.

        Raises:
            ToolError: It doesn't answer.
        """
        with self._consumer() as consumer:
            found = consumer.list_topics(timeout=ANSWERS).topics
        return {name: len(found[name].partitions) for name in names if name in found}

    def watermarks(self, names: Sequence[str]) -> Mapping[str, int]:
        """Records that each topic has ever taken: the sum of its partitions' high watermarks.

        Raises:
            ToolError: It doesn't answer, or has no such topic.
        """
        partitions = self.partitions(names)
        if missing := [name for name in names if name not in partitions]:
            raise ToolError(
                f"the broker at {self.bootstrap} has no topic {missing[0]!r}; run './invokew up'", cause=BROKER_FAILING
            )
        with self._consumer() as consumer:
            return {
                name: sum(self._watermark(consumer, name, number) for number in range(partitions[name]))
                for name in names
            }

    def _watermark(self, consumer: "Consumer", name: str, number: int) -> int:
        from confluent_kafka import TopicPartition  # noqa: PLC0415

        found = consumer.get_watermark_offsets(TopicPartition(name, number), timeout=ANSWERS)
        if found is None:
            raise ToolError(
                f"the broker at {self.bootstrap} doesn't answer; run './invokew status'", cause=BROKER_FAILING
            )
        return int(found[1])

    @contextmanager
    def _consumer(self) -> Iterator["Consumer"]:
        """A client of no group; what it can't do is an error of the broker.

        Raises:
            ToolError: The broker doesn't answer, or refuses.
        """
        from confluent_kafka import Consumer, KafkaException  # noqa: PLC0415 - 40 ms that listing tasks need not pay

        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": "lab", "log_level": SILENT})
        try:
            yield consumer
        except KafkaException as error:
            why = error.args[0].str()
            raise ToolError(
                f"the broker at {self.bootstrap} doesn't answer: {why}; run './invokew status'", cause=BROKER_FAILING
            ) from error
        finally:
            consumer.close()
