"""The broker as a lab of processes knows it: taken away and brought back, and what it says of its topics."""

import socket
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from lab.core.causes import BROKER_FAILING
from lab.core.errors import ToolError
from lab.process.polling import until_none

if TYPE_CHECKING:
    from confluent_kafka import Consumer

ANSWERS = 5.0
"""Seconds for an answer of the broker."""
ACCEPTS = 1.0
"""Seconds for a port of this machine to accept a connection."""
PAUSE = 0.1
"""Seconds between two questions for what isn't so yet."""
SILENT = 0
"""How much a client says on stderr: its errors are raised."""


class Broker(ABC):
    """What the engine publishes to, which speaks Kafka."""

    @property
    @abstractmethod
    def bootstrap(self) -> str:
        """Where clients reach it: HOST:PORT, the same before and after an outage."""

    @abstractmethod
    def take_away(self, longest: float) -> None:
        """Let its port refuse, until `bring_back`; a broker that can limit that does, to `longest` seconds.

        Raises:
            LabError: It can't be.
        """

    @abstractmethod
    def bring_back(self) -> None:
        """End the outage that this object began, if there is one; the port may take a while to accept again.

        Raises:
            LabError: It can't be.
        """

    @abstractmethod
    def is_taken_away(self) -> bool:
        """Whether it was taken away by its own word, whoever did it.

        Raises:
            LabError: It doesn't say.
        """

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


def require_topics(broker: Broker, names: Sequence[str], partitions: int) -> None:
    """Check that all topics are there with their partitions.

    Raises:
        ToolError: One is not, or has another number; or the broker doesn't answer.
    """
    found = broker.partitions(names)
    for name in names:
        if name not in found:
            raise ToolError(f"topic {name!r} is not there; run './invokew up'", cause=BROKER_FAILING)
        if found[name] != partitions:
            raise ToolError(
                f"topic {name!r} must have {partitions} partitions; it has {found[name]}; "
                "run './invokew down' and 'up'",
                cause=BROKER_FAILING,
            )


def await_topics(broker: Broker, names: Sequence[str], *, deadline: float) -> None:
    """Wait until the broker tells how far all topics are written: each partition has a leader then.

    Raises:
        ToolError: It doesn't within the deadline (seconds).
    """

    def trouble() -> ToolError | None:
        try:
            broker.watermarks(names)
        except ToolError as error:
            return error
        return None

    if error := until_none(trouble, deadline=deadline, pause=PAUSE):
        raise error
