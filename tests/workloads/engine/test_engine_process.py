from __future__ import annotations

import http.client
import json
import re
import signal
import socket
import time
from typing import TYPE_CHECKING

import pytest

from engine import frames
from tests.workloads.engine.conftest import HANG

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.workloads.engine.conftest import EngineProcess

ORDER = {"symbol": "TEST-ASSET-A", "side": "BUY", "price": 100, "quantity": 1}


def request(number: int) -> bytes:
    body = json.dumps({"orderId": str(number), **ORDER}).encode()
    return b"POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stop_drains_the_queue_into_the_log(start_engine: Callable[..., EngineProcess], number: signal.Signals) -> None:
    """Every order that was answered ACCEPTED is in the log after a clean stop, whose exit status is 0."""
    engine = start_engine(WAL_SIZE_MB="4")
    answers = engine.exchange(b"".join(request(n) for n in range(3000)))
    engine.process.send_signal(number)

    assert engine.process.wait(HANG) == 0
    accepted = re.findall(rb'"ACCEPTED","orderId":"(\d+)"', answers)
    assert [int(one) for one in accepted] == list(range(3000))
    assert [json.loads(record.payload)["orderId"] for record in frames.read(engine.wal)] == [
        str(n) for n in range(3000)
    ]
    assert "stopped" in engine.log


def test_stop_ends_idle_connections_and_takes_no_more(start_engine: Callable[..., EngineProcess]) -> None:
    engine = start_engine()
    with socket.create_connection(("127.0.0.1", engine.port), timeout=HANG) as idle:
        idle.sendall(request(1))
        idle.recv(65536)
        engine.process.terminate()
        assert idle.recv(65536) == b""
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", engine.port), timeout=HANG)
    assert engine.process.wait(HANG) == 0


def test_request_under_way_at_the_stop_is_answered(start_engine: Callable[..., EngineProcess]) -> None:
    engine = start_engine()
    with socket.create_connection(("127.0.0.1", engine.port), timeout=HANG) as connection:
        connection.sendall(request(1)[:-3])
        assert http_status(engine) == 200
        engine.process.terminate()
        while "stops" not in engine.log:
            time.sleep(0.01)
        connection.sendall(request(1)[-3:])
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"Connection: close" in answer


def test_log_survives_a_kill(start_engine: Callable[..., EngineProcess]) -> None:
    """What was flushed before a kill -9 is readable, and the next run goes on behind it."""
    engine = start_engine()
    engine.exchange(request(1))
    deadline = time.monotonic() + HANG
    while not list(frames.read(engine.wal)) and time.monotonic() < deadline:
        time.sleep(0.01)
    engine.process.kill()
    engine.process.wait(HANG)
    again = start_engine()
    again.exchange(request(2))
    again.stop()

    assert [(r.sequence, json.loads(r.payload)["orderId"]) for r in frames.read(again.wal)] == [(1, "1"), (2, "2")]


@pytest.mark.parametrize("broker", ["no-such-broker.invalid:9092", "192.0.2.1:9092"])
def test_engine_works_without_a_broker(start_engine: Callable[..., EngineProcess], broker: str) -> None:
    """Unresolvable or silent, the broker does not keep the engine from starting, accepting and matching."""
    engine = start_engine(KAFKA_BOOTSTRAP=broker)
    assert engine.exchange(b"".join(request(n) for n in range(10))).count(b"ACCEPTED") == 10
    assert b'me_match_duration_seconds_count{shard="a"} 10.0' in engine.exchange(
        b"GET /metrics HTTP/1.0\r\n\r\n", engine.metrics_port
    )


def test_wrong_setting_ends_in_one_line(start_engine: Callable[..., EngineProcess]) -> None:
    engine = start_engine(waits=False, WAL_SIZE_MB="none")

    assert engine.process.wait(HANG) == 2
    assert len(engine.log.splitlines()) == 1
    assert "WAL_SIZE_MB must be an integer from 1 to 65536; got 'none'" in engine.log


def test_taken_port_ends_in_one_line(start_engine: Callable[..., EngineProcess]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        engine = start_engine(waits=False, METRICS_PORT=str(port))
        status = engine.process.wait(HANG)

    assert status == 1
    assert f"port {port} on 127.0.0.1 can't be had" in engine.log
    assert "Traceback" not in engine.log


def http_status(engine: EngineProcess) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", engine.port, timeout=HANG)
    connection.request("GET", "/health")
    status = connection.getresponse().status
    connection.close()
    return status
