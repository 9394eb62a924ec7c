import ctypes.util
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from lab.core import causes
from lab.core.errors import FaultError, ToolError
from lab.core.paths import ROOT
from lab.runtime.process import mock_cluster
from lab.runtime.process.broker import require_topics
from lab.runtime.process.mock_client import MockBroker
from tests.lab.brokers import NAMES, PARTITIONS, publish, serving
from tests.lab.caused import by
from tests.lab.waiting import SOON, wait_until

HOLDER = """
import socket, sys, time
line = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
line.sendall(b"down 600\\n")
print(line.recv(64).decode().strip(), flush=True)
time.sleep(600)
"""
ENGINE = """
import sys
from engine.publisher import kafka_producer
lost = []
producer = kafka_producer(sys.argv[1], lambda: lost.append(1))
for count in sys.stdin:
    for number in range(int(count)):
        producer.produce("orders", b"x" * 200, f"TEST-ASSET-{'ABC'[number % 3]}")
    print("buffered", flush=True)
print(producer.flush(60), len(lost))
"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    return tmp_path / "broker.json"


@pytest.fixture
def process(page: Path) -> Iterator[subprocess.Popen[bytes]]:
    with serving(page) as started:
        yield started


@pytest.fixture
def broker(process: subprocess.Popen[bytes], page: Path) -> MockBroker:
    return MockBroker(page)


def control(broker: MockBroker) -> socket.socket:
    return socket.create_connection(("127.0.0.1", json.loads(broker.page.read_text())["control"]), SOON)


def said(line: socket.socket, words: bytes) -> bytes:
    line.sendall(words)
    return line.recv(64)


def is_ended(line: socket.socket) -> bool:
    try:
        return line.recv(64) == b""
    except ConnectionError:
        return True


def test_it_has_its_topics_once_its_page_is_there(process: subprocess.Popen[bytes], broker: MockBroker) -> None:
    require_topics(broker, NAMES, PARTITIONS)

    assert broker.is_there()
    assert not broker.is_taken_away()
    assert broker.watermarks(NAMES) == dict.fromkeys(NAMES, 0)
    assert json.loads(broker.page.read_text())["pid"] == process.pid


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_0_and_takes_its_page_away(
    process: subprocess.Popen[bytes], page: Path, number: signal.Signals
) -> None:
    process.send_signal(number)

    assert process.wait(SOON) == 0
    assert not page.exists()


def test_offsets_go_on_beyond_what_a_partition_keeps(broker: MockBroker) -> None:
    publish(broker, "orders", 110_000)

    assert broker.watermarks(NAMES) == {"orders": 110_000, "matches": 0}


def test_each_outage_refuses_connections_and_keeps_port_and_data(broker: MockBroker) -> None:
    publish(broker, "orders", 7)
    host, port = broker.bootstrap.split(":")

    for _ in range(3):
        broker.take_away(SOON)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((host, int(port)), SOON)
        assert broker.is_taken_away()
        assert not broker.is_there()

        broker.bring_back()
        assert broker.is_there()
        assert not broker.is_taken_away()
        assert broker.bootstrap == f"{host}:{port}"
        assert broker.watermarks(NAMES) == {"orders": 7, "matches": 0}


def test_what_the_engines_producer_buffered_meanwhile_arrives(broker: MockBroker) -> None:
    """The engine's own settings, in a process of its own: before, during and after the outage."""
    argv = (sys.executable, "-c", ENGINE, broker.bootstrap)
    folder = ROOT / "workloads"
    with subprocess.Popen(argv, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as engine:
        assert engine.stdin and engine.stdout  # noqa: PT018 - pipes, for the type checker

        def produce(count: int) -> None:
            assert engine.stdin and engine.stdout  # noqa: PT018
            engine.stdin.write(f"{count}\n")
            engine.stdin.flush()
            assert engine.stdout.readline() == "buffered\n"

        produce(300)
        wait_until(lambda: broker.watermarks(NAMES)["orders"] == 300)
        broker.take_away(SOON)
        produce(3000)
        broker.bring_back()
        out, _ = engine.communicate("300\n", timeout=2 * SOON)

    assert out.split() == ["buffered", "0", "0"]
    assert broker.watermarks(NAMES)["orders"] == 3600


def test_it_is_back_when_the_holder_of_the_outage_is_killed(broker: MockBroker) -> None:
    port = json.loads(broker.page.read_text())["control"]
    with subprocess.Popen((sys.executable, "-c", HOLDER, str(port)), stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"down\n"
        assert not broker.is_there()
        holder.kill()

    wait_until(lambda: broker.is_there() and not broker.is_taken_away())


def test_it_comes_back_by_itself_after_the_longest_that_was_asked_for(broker: MockBroker) -> None:
    broker.take_away(0.3)

    wait_until(lambda: broker.is_there() and not broker.is_taken_away())
    broker.take_away(SOON)
    assert not broker.is_there()


def test_an_outage_under_way_belongs_to_one(broker: MockBroker) -> None:
    other = MockBroker(broker.page)
    broker.take_away(SOON)

    with pytest.raises(FaultError, match="the broker is busy: another outage is under way"):
        other.take_away(SOON)
    other.bring_back()
    assert not broker.is_there()

    broker.bring_back()
    other.take_away(SOON)
    assert not broker.is_there()


@pytest.mark.parametrize(
    "words",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\xff\xfe\n",
        b"\n",
        b"down\n",
        b"down nan\n",
        b"down inf\n",
        b"down -1\n",
        b"down a while\n",
        b"x" * 1000,
    ],
)
def test_who_says_what_is_not_known_is_left(broker: MockBroker, words: bytes) -> None:
    with control(broker) as line:
        line.sendall(words)
        assert is_ended(line)

    assert broker.is_there()
    assert not broker.is_taken_away()


def test_an_outage_ends_with_nonsense_from_its_holder(broker: MockBroker) -> None:
    with control(broker) as line:
        assert said(line, b"down 600\n") == b"down\n"
        line.sendall(b"what?\n")
        assert line.recv(64) == b"up\n"
        assert broker.is_there()


def test_half_a_line_holds_nobody_up(broker: MockBroker) -> None:
    with control(broker) as line:
        line.sendall(b"dow")
        assert not broker.is_taken_away()
        assert said(line, b"n 600\n") == b"down\n"


def test_who_asks_and_never_listens_holds_nobody_up(broker: MockBroker) -> None:
    with control(broker) as line, pytest.raises(ConnectionError):
        line.sendall(b"status\n" * 10_000_000)

    assert not broker.is_taken_away()


def test_a_crowd_of_silent_clients_neither_locks_out_nor_ends_an_outage(broker: MockBroker) -> None:
    broker.take_away(SOON)

    with ExitStack() as crowd:
        for _ in range(100):
            crowd.enter_context(control(broker))
        assert broker.is_taken_away()
    assert not broker.is_there()


def test_a_broker_that_has_ended_is_told_from_one_that_is_away(
    process: subprocess.Popen[bytes], broker: MockBroker, page: Path
) -> None:
    written = page.read_text()
    broker.take_away(SOON)
    process.kill()
    process.wait()

    broker.bring_back()
    with pytest.raises(ToolError, match="doesn't answer", check=by(causes.BROKER_FAILING)):
        broker.is_taken_away()
    assert not broker.is_there()
    page.write_text(written.replace("control", "other"))
    with pytest.raises(ToolError, match=r"broker\.json can't be read"):
        broker.is_taken_away()


@pytest.mark.parametrize(
    ("file", "says"), [("none.so", r".*none\.so"), (ctypes.util.find_library("c") or "", ".*rd_kafka_conf_new")]
)
def test_a_library_that_is_missing_or_of_no_use_is_said(file: str, says: str) -> None:
    with pytest.raises(SystemExit, match=f"librdkafka can't be used: {says}"):
        mock_cluster.load(Path(file))


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        (None, "confluent-kafka is not installed"),
        (ModuleSpec("confluent_kafka", None, origin="/nowhere/confluent_kafka/__init__.py"), "no librdkafka is beside"),
    ],
    ids=["no package", "a package without it"],
)
def test_a_package_without_the_library_is_said(
    monkeypatch: pytest.MonkeyPatch, spec: ModuleSpec | None, says: str
) -> None:
    monkeypatch.setattr(mock_cluster, "find_spec", lambda _name: spec)

    with pytest.raises(SystemExit, match=says):
        mock_cluster.library()


@pytest.mark.parametrize("topic", ["orders", "orders:0", "orders:many", ":12"])
def test_a_topic_needs_a_name_and_a_number_of_partitions(tmp_path: Path, topic: str) -> None:
    argv = (sys.executable, "-m", "lab.runtime.process.mock_broker", "--page", str(tmp_path / "page"), "--topic", topic)
    ended = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)

    assert ended.returncode == 2
    assert f"'{topic}'" in ended.stderr
