"""A real Apache Kafka as the broker, where a JVM and its jars are given: one node that is its own controller (KRaft).

Its ports are best below 32768: from there on the system may give one to a client while Kafka is away.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.core.causes import BROKER_FAILING
from lab.core.errors import ToolError
from lab.runtime.process.broker import ANSWERS, SILENT, Broker, await_topics

HOST = "127.0.0.1"
NODE = 1
CLUSTER = "bWF0Y2hpbmctZW5naW5lLQ"
"""The id that the storage is formatted with, 16 bytes in base64: any will do, but Kafka wants the same for ever."""
HEAP = "512m"
LED = 30.0
"""Seconds until each partition of a topic that was created has a leader."""
LOGGING = """\
log4j.rootLogger=WARN, stdout
log4j.appender.stdout=org.apache.log4j.ConsoleAppender
log4j.appender.stdout.layout=org.apache.log4j.PatternLayout
log4j.appender.stdout.layout.ConversionPattern=%d{ISO8601} %p %m (%c)%n
"""
"""The text of `logging`: without it Kafka 3 says nothing of why it doesn't start."""


@dataclass(frozen=True, kw_only=True)
class Kafka:
    """One Kafka.

    Args:
        home: The folder that it is unpacked in; its jars are in `libs`.
        folder: Where its settings and data are.
        port: Where clients reach it on 127.0.0.1.
        controller: Where its controller listens, for itself.
    """

    home: Path
    folder: Path
    port: int
    controller: int

    @property
    def bootstrap(self) -> str:
        """Where clients reach it: HOST:PORT."""
        return f"{HOST}:{self.port}"

    @property
    def settings(self) -> Path:
        """The file with `server_properties`."""
        return self.folder / "server.properties"

    @property
    def logging(self) -> Path:
        """The file with `LOGGING`."""
        return self.folder / "log4j.properties"


def has_jars(home: Path) -> bool:
    """Whether a folder holds an unpacked Kafka."""
    return any((home / "libs").glob("kafka_*.jar"))


def server_properties(kafka: Kafka) -> str:
    """The text of its settings."""
    lines = {
        "process.roles": "broker,controller",
        "node.id": NODE,
        "controller.quorum.voters": f"{NODE}@{HOST}:{kafka.controller}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"PLAINTEXT://{kafka.bootstrap},CONTROLLER://{HOST}:{kafka.controller}",
        "advertised.listeners": f"PLAINTEXT://{kafka.bootstrap}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": kafka.folder / "data",
        "auto.create.topics.enable": "false",
        # Killed, it may not come back under its number before that is over; the default is 9 s.
        "broker.session.timeout.ms": 3000,
        "broker.heartbeat.interval.ms": 500,
        "default.replication.factor": 1,
        "offsets.topic.replication.factor": 1,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
    }
    return "".join(f"{name}={value}\n" for name, value in lines.items())


def format_argv(kafka: Kafka) -> tuple[str, ...]:
    """What formats its storage, which it needs once; nothing where that is done."""
    tool = ("kafka.tools.StorageTool", "format", "--config", str(kafka.settings), "--cluster-id", CLUSTER)
    return (*_java(kafka), *tool, "--ignore-formatted")


def serve_argv(kafka: Kafka) -> tuple[str, ...]:
    """What runs it, in the foreground."""
    return (*_java(kafka), "kafka.Kafka", str(kafka.settings))


def _java(kafka: Kafka) -> tuple[str, ...]:
    """The JVM: Kafka 3 reads the first way of logging, Kafka 4 the second."""
    logging = (f"-Dlog4j.configuration=file:{kafka.logging}", "-Dlog4j2.level=WARN")
    return ("java", f"-Xmx{HEAP}", *logging, "-cp", f"{kafka.home}/libs/*")


class KafkaBroker(Broker):
    """Kafka as the broker: its outage is the end of its process, its return another one on the same port and data.

    Nobody limits the outage, and nobody ends it when this process is killed: the next `up` starts Kafka.

    Args:
        kafka: Which.
        stop: Ends its process.
        start: Starts it again.
    """

    def __init__(self, kafka: Kafka, *, stop: Callable[[], object], start: Callable[[], None]) -> None:
        self.kafka = kafka
        self._stop = stop
        self._start = start
        self._is_taken = False

    @property
    def bootstrap(self) -> str:
        """Where it is: HOST:PORT."""
        return self.kafka.bootstrap

    def take_away(self, longest: float) -> None:  # noqa: ARG002 - nobody is there to limit it
        """End its process.

        Raises:
            LabError: What `stop` raises.
        """
        self._is_taken = True
        self._stop()

    def bring_back(self) -> None:
        """Start it, if this object has ended it.

        Raises:
            LabError: What `start` raises; then the next call tries again.
        """
        if self._is_taken:
            self._start()
            self._is_taken = False

    def is_taken_away(self) -> bool:
        """Whether its port refuses: a process that has ended says nothing."""
        return not self.is_there()

    def create_topics(self, names: Sequence[str], partitions: int) -> None:
        """Create the topics of a broker that has none.

        Raises:
            ToolError: It doesn't answer, refuses, or they can't be written to in time.
        """
        from confluent_kafka import KafkaException  # noqa: PLC0415 - 40 ms that listing need not pay
        from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]  # noqa: PLC0415

        admin = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": SILENT})
        wanted = [NewTopic(name, partitions, 1) for name in names]
        for name, answer in admin.create_topics(wanted, operation_timeout=ANSWERS).items():
            try:
                answer.result()
            except KafkaException as error:
                why = error.args[0].str()
                raise ToolError(
                    f"the broker refuses topic {name!r}: {why}; run './invokew status'", cause=BROKER_FAILING
                ) from error
        await_topics(self, names, deadline=LED)
