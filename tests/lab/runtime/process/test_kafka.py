import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.core import causes
from lab.core.errors import FaultError, ToolError
from lab.runtime.process import kafka
from lab.runtime.process.kafka import Kafka, KafkaBroker
from lab.runtime.process.outage import BrokerOutage, away
from tests.lab.brokers import NAMES, PARTITIONS, publish
from tests.lab.caused import by
from tests.lab.waiting import SOON, wait_until

HOME = os.environ.get("LAB_KAFKA_HOME", "")
MADE = Kafka(home=Path("/opt/kafka"), folder=Path("/lab/kafka"), port=29092, controller=29093)
JVM = (
    "java",
    "-Xmx512m",
    "-Dlog4j.configuration=file:/lab/kafka/log4j.properties",
    "-Dlog4j2.level=WARN",
    "-cp",
    "/opt/kafka/libs/*",
)


class Process:
    """Stands in for Kafka's process: notes what is done with it."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.breaks = False

    def stop(self) -> None:
        self.calls.append("stop")

    def start(self) -> None:
        self.calls.append("start")
        if self.breaks:
            raise ToolError("it doesn't start")


@pytest.fixture
def process() -> Process:
    return Process()


@pytest.fixture
def broker(process: Process) -> KafkaBroker:
    return KafkaBroker(MADE, stop=process.stop, start=process.start)


def test_its_settings_are_of_one_node_on_loopback_with_the_topics_of_the_lab_alone() -> None:
    found = dict(line.split("=", 1) for line in kafka.server_properties(MADE).splitlines())

    assert found["process.roles"] == "broker,controller"
    assert found["listeners"] == "PLAINTEXT://127.0.0.1:29092,CONTROLLER://127.0.0.1:29093"
    assert found["advertised.listeners"] == "PLAINTEXT://127.0.0.1:29092"
    assert found["controller.quorum.voters"] == "1@127.0.0.1:29093"
    assert found["log.dirs"] == "/lab/kafka/data"
    assert found["auto.create.topics.enable"] == "false"
    assert {value for name, value in found.items() if name.endswith((".factor", ".isr"))} == {"1"}


def test_its_storage_is_formatted_unless_it_is_and_it_runs_in_a_small_heap() -> None:
    assert kafka.format_argv(MADE) == (
        *JVM,
        *("kafka.tools.StorageTool", "format", "--config", "/lab/kafka/server.properties"),
        *("--cluster-id", kafka.CLUSTER, "--ignore-formatted"),
    )
    assert kafka.serve_argv(MADE) == (*JVM, "kafka.Kafka", "/lab/kafka/server.properties")


def test_a_folder_without_its_jars_is_no_kafka(tmp_path: Path) -> None:
    assert not kafka.has_jars(tmp_path)

    (tmp_path / "libs").mkdir()
    (tmp_path / "libs" / "kafka_2.13-3.9.1.jar").touch()
    assert kafka.has_jars(tmp_path)


def test_its_outage_is_the_end_of_its_process_and_its_return_one_start(process: Process, broker: KafkaBroker) -> None:
    """What was not taken away is not started, and a start that failed is tried again."""
    broker.bring_back()
    assert process.calls == []

    broker.take_away(SOON)
    process.breaks = True
    with pytest.raises(ToolError, match="it doesn't start"):
        broker.bring_back()
    process.breaks = False
    broker.bring_back()
    broker.bring_back()

    assert process.calls == ["stop", "start", "start"]


class Real:
    """A real Kafka in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.made = Kafka(home=Path(HOME), folder=folder, port=29392, controller=29393)
        self.made.settings.write_text(kafka.server_properties(self.made))
        self.made.logging.write_text(kafka.LOGGING)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(kafka.serve_argv(self.made))

    def stop(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Real]:
    made = Real(tmp_path)
    try:
        yield made
    finally:
        made.stop()


@pytest.mark.skipif(not HOME, reason="LAB_KAFKA_HOME names no folder of an unpacked Apache Kafka")
def test_a_real_one_keeps_port_and_data_over_an_outage(real: Real) -> None:
    assert kafka.has_jars(Path(HOME))
    for _ in range(2):
        subprocess.run(kafka.format_argv(real.made), check=True)
    broker = KafkaBroker(real.made, stop=real.stop, start=real.start)
    real.start()
    wait_until(broker.is_there)

    broker.create_topics(NAMES, PARTITIONS)
    publish(broker, "orders", 100)
    with BrokerOutage(broker, longest=SOON, names=NAMES, partitions=PARTITIONS) as outage:
        outage.inject()
        assert away(broker) == ()
        with pytest.raises(ToolError, match="doesn't answer", check=by(causes.BROKER_FAILING)):
            broker.partitions(NAMES)
        with pytest.raises(FaultError, match="is away already"):
            outage.inject()
        outage.recover()

    assert broker.watermarks(NAMES) == {"orders": 100, "matches": 0}
