"""How each workload starts and stops, as a real process."""

from __future__ import annotations

import signal
import socket
import time
from typing import TYPE_CHECKING

import pytest

from tests.workloads.conftest import HANG, connected, post, rest_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.workloads.conftest import WorkloadProcess

COMMANDS = ("engine", "gateway")
HEALTH = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
REFUSED_ORDER = post("/orders", b"{}")


@pytest.fixture(params=COMMANDS)
def command(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("WAL_PATH", str(tmp_path))
    monkeypatch.setenv("WAL_SIZE_MB", "1")
    monkeypatch.setenv("KAFKA_BOOTSTRAP", "127.0.0.1:1")
    return str(request.param)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_request_under_way_at_the_stop_is_answered_and_idle_connections_end(
    start: Callable[..., WorkloadProcess], command: str, number: signal.Signals
) -> None:
    """No more connections are taken, and the exit status is 0."""
    workload = start(command)
    with connected(workload.port) as half, connected(workload.port) as idle:
        half.sendall(REFUSED_ORDER[:-1])
        idle.sendall(HEALTH)
        assert idle.recv(65536).startswith(b"HTTP/1.1 200 ")
        workload.process.send_signal(number)
        while "stops" not in workload.log:
            time.sleep(0.01)
        assert idle.recv(65536) == b""
        with pytest.raises(OSError, match="refused"):
            connected(workload.port)
        half.sendall(REFUSED_ORDER[-1:])
        answer = rest_of(half)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"Connection: close" in answer
    assert workload.process.wait(HANG) == 0
    assert workload.log.endswith("stopped\n")


def test_wrong_setting_ends_in_one_line(start: Callable[..., WorkloadProcess], command: str) -> None:
    workload = start(command, waits=False, HTTP_PORT="none")

    assert workload.process.wait(HANG) == 2
    assert len(workload.log.splitlines()) == 1
    assert "HTTP_PORT must be an integer from 0 to 65535; got 'none'" in workload.log


@pytest.mark.parametrize("which", ["HTTP_PORT", "METRICS_PORT"])
def test_taken_port_ends_in_one_line(start: Callable[..., WorkloadProcess], command: str, which: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        workload = start(command, waits=False, **{which: str(port)})
        status = workload.process.wait(HANG)

    assert status == 1
    assert f"port {port} on 127.0.0.1 can't be had" in workload.log
    assert "Traceback" not in workload.log


def test_ports_serve_what_is_theirs(start: Callable[..., WorkloadProcess], command: str) -> None:
    workload = start(command)
    answer = workload.ask("GET", "/metrics?x=1", metrics=True)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert workload.ask("POST", "/metrics", metrics=True).status == 405
    assert workload.ask("GET", "/health", metrics=True).status == 404
    assert workload.ask("GET", "/metrics").status == 404
    # As a proxy is asked, with the host in the target.
    assert workload.ask("GET", f"http://127.0.0.1:{workload.port}/health").status == 200
    assert workload.exchange(b"GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n").startswith(b"HTTP/1.1 400 ")
