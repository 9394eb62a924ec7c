"""The broker of a lab of processes: librdkafka's mock cluster, or a real Apache Kafka where the settings name one."""

import hashlib
import shutil
import sys
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path

from lab.core.causes import BROKER_FAILING, TOOL_MISSING
from lab.core.errors import PreflightError, ToolError, UsageError
from lab.core.paths import ROOT, from_root
from lab.process import ports
from lab.process.ledger import Identity
from lab.process.polling import until_none
from lab.process.shell import Command, run
from lab.runtime.process import group, kafka, part, programs
from lab.runtime.process.broker import Broker, require_topics
from lab.runtime.process.kafka import Kafka, KafkaBroker
from lab.runtime.process.mock_client import MockBroker
from lab.runtime.process.part import BROKER, Part
from lab.settings.loading import where
from lab.settings.settings import Settings

READY = 60.0
"""Seconds for the broker to accept connections and to tell of its topics: a JVM starts meanwhile."""
PORTS = range(29092, 32000, 2)
"""Kafka's: the system gives none of them to a client while Kafka is away; the next one is its controller's."""


class BrokerPart:
    """The broker's program, started and asked.

    Args:
        settings: The experiment's.
        owner: Tells which command ends what is started; None for what runs until `down`.
    """

    def __init__(self, settings: Settings, *, owner: Callable[[], Identity | None] = lambda: None) -> None:
        self._settings = settings.process
        self._topics = settings.topics
        self._owner = owner

    @property
    def is_mock(self) -> bool:
        """Whether it is the stand-in."""
        return self._settings.broker == "mock"

    def require_possible(self) -> None:
        """What a real Kafka needs is there.

        Raises:
            UsageError: The settings don't say where it is.
            PreflightError: It isn't there, or there is no JVM.
        """
        if self.is_mock:
            return
        home, place = self._home(), f"{where('process', 'kafka_home')}: process.kafka_home"
        if not home.is_dir():
            raise UsageError(f"{place}: there is no folder {home}; correct it")
        if not kafka.has_jars(home):
            raise UsageError(f"{place}: {home} is not an unpacked Apache Kafka: {home / 'libs'} has no kafka_*.jar")
        if shutil.which("java") is None:
            raise PreflightError(
                "process.broker is kafka and there is no java on PATH; install a JVM, or use mock", cause=TOOL_MISSING
            )

    def broker(self) -> Broker:
        """The broker as it stands."""
        if self.is_mock:
            return MockBroker(reached())
        child = programs.known().get(BROKER)
        made = self._kafka(child.part.http if child and child.part.http else _port())
        stop = partial(programs.stop, BROKER, keep_page=True)
        return KafkaBroker(made, stop=stop, start=partial(self._serve, made))

    def why_done(self) -> str | None:
        """Why it needs no start: it runs, is of these settings, and has its topics."""
        child = programs.known().get(BROKER)
        if child is None or not child.alive or child.part != self._part():
            return None
        try:
            self.require_topics()
        except ToolError:
            return None
        return f"runs as {child.identity.pid}"

    def start(self) -> str:
        """Start it, with its topics.

        Raises:
            ToolError: It can't be started, or has not its topics within the deadline.
        """
        programs.stop(BROKER)
        broker = self.broker()
        if isinstance(broker, KafkaBroker):
            self._format(broker.kafka)
            self._serve(broker.kafka)
            self._await(broker)
            broker.create_topics(self._topics.names, self._topics.partitions)
        else:
            reached().unlink(missing_ok=True)
            reached().parent.mkdir(parents=True, exist_ok=True)
            programs.start(self._part(), owner=self._owner())
            self._await(broker)
        self.require_topics()
        return f"{self.what()} at {broker.bootstrap}"

    def require_topics(self) -> None:
        """Check that all topics are there with their partitions.

        Raises:
            ToolError: One is not, or has another number; or the broker doesn't answer.
        """
        require_topics(self.broker(), self._topics.names, self._topics.partitions)

    def what(self) -> str:
        """What it is, for people."""
        if self.is_mock:
            return f"librdkafka's mock cluster (confluent-kafka {version('confluent-kafka')})"
        return f"Apache Kafka of {self._home()}"

    def shown(self) -> tuple[str, ...]:
        """How it is run."""
        return self._part().argv

    def _part(self) -> Part:
        if not self.is_mock:
            child = programs.known().get(BROKER)
            return self._kafka_part(self._kafka(child.part.http if child and child.part.http else PORTS[0]))
        made = tuple(word for name in self._topics.names for word in ("--topic", f"{name}:{self._topics.partitions}"))
        digest = hashlib.sha256(version("confluent-kafka").encode()).hexdigest()
        return Part(
            name=BROKER,
            argv=(sys.executable, "-m", "lab.runtime.process.mock_broker", "--page", str(reached()), *made),
            env={},
            cwd=str(ROOT),
            source=f"mock-{digest[:12]}",
            digest=digest,
        )

    def _kafka_part(self, made: Kafka) -> Part:
        jars = sorted(path.name for path in (made.home / "libs").glob("*.jar"))
        digest = hashlib.sha256("\n".join(jars).encode()).hexdigest()
        return Part(
            name=BROKER,
            argv=kafka.serve_argv(made),
            env={},
            cwd=str(made.folder.parent),
            source=f"kafka-{digest[:12]}",
            digest=digest,
            http=made.port,
        )

    def _home(self) -> Path:
        if self._settings.kafka_home is None:
            raise UsageError(
                f"{where('process', 'broker')}: process.broker is kafka, so process.kafka_home must name the folder "
                "of an unpacked Apache Kafka; name it, or use mock"
            )
        return from_root(self._settings.kafka_home)

    def _kafka(self, port: int) -> Kafka:
        return Kafka(home=self._home(), folder=part.FOLDER / BROKER, port=port, controller=port + 1)

    def _format(self, made: Kafka) -> None:
        shutil.rmtree(made.folder, ignore_errors=True)
        made.folder.mkdir(parents=True)
        made.settings.write_text(kafka.server_properties(made), encoding="utf-8")
        made.logging.write_text(kafka.LOGGING, encoding="utf-8")
        run(Command(argv=kafka.format_argv(made), deadline=READY))

    def _serve(self, made: Kafka) -> None:
        programs.start(self._kafka_part(made), owner=self._owner())

    def _await(self, broker: Broker) -> None:
        def is_late() -> bool:
            programs.require_alive(programs.known()[BROKER])
            return (self.is_mock and not reached().exists()) or not broker.is_there()

        if until_none(is_late, deadline=READY, pause=group.PAUSE):
            raise ToolError(
                f"the broker accepts no connection after {READY:g} s; run './invokew logs --name=broker'",
                details=part.last_lines(BROKER),
                cause=BROKER_FAILING,
            )


def reached() -> Path:
    """Where the mock broker says how it is reached."""
    return part.FOLDER / BROKER / "reached.json"


def _port() -> int:
    """The first of Kafka's ports that is free with the next one."""
    for port in PORTS:
        if all(ports.is_free(one) for one in (port, port + 1)):
            return port
    raise PreflightError(f"no port from {PORTS[0]} to {PORTS[-1]} is free for Kafka; free some")
