"""What the workloads' tests share: a real process of one, and ways to ask it."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WORKLOADS = Path(__file__).resolve().parents[2] / "workloads"
HANG = 120.0
"""Seconds without a sign after which something hangs. No claim rests on it: a busy machine takes what it takes."""


class Answer(NamedTuple):
    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def document(self) -> object:
        return json.loads(self.body)


class WorkloadProcess:
    """A workload run as `python -m engine`, `gateway` or `control`, on free ports."""

    def __init__(self, command: str, folder: Path, **environment: str) -> None:
        self.port = self.metrics_port = 0
        self.folder = folder
        self._log = folder / "log"
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                (sys.executable, "-m", command),
                cwd=WORKLOADS,
                stderr=log,
                env={**os.environ, "LISTEN_HOST": "127.0.0.1", "HTTP_PORT": "0", "METRICS_PORT": "0", **environment},
            )

    @property
    def log(self) -> str:
        return self._log.read_text()

    def wait_until_it_listens(self) -> None:
        deadline = time.monotonic() + HANG
        while time.monotonic() < deadline and self.process.poll() is None:
            if ports := re.search(r"http_port=(\d+)(?: metrics_port=(\d+))?\n", self.log):
                self.port, self.metrics_port = int(ports[1]), int(ports[2] or 0)
                return
            time.sleep(0.02)
        self.process.kill()
        pytest.fail(f"it did not start: {self.log}")

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(HANG)

    def ask(
        self, method: str, path: str, body: object = None, *, content_type: str | None = None, metrics: bool = False
    ) -> Answer:
        """Send one request on a connection of its own; a body that is no bytes goes as JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.metrics_port if metrics else self.port, timeout=HANG)
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        connection.request(method, path, data, {"Content-Type": content_type} if content_type else {})
        response = connection.getresponse()
        answer = Answer(response.status, response.read(), dict(response.headers))
        connection.close()
        return answer

    def exchange(self, data: bytes) -> bytes:
        return exchange(self.port, data)

    def samples(self) -> dict[str, float]:
        """Scrape the metrics: values by series."""
        text = self.ask("GET", "/metrics", metrics=True).body.decode()
        pairs = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
        return {series: float(value) for series, value in pairs}


def exchange(port: int, data: bytes) -> bytes:
    """Send bytes, say that no more will come, and give all that is answered.

    Answers are read meanwhile: no more is read of a client that doesn't read.
    """
    with connected(port) as connection, ThreadPoolExecutor(1) as other:
        sending = other.submit(_send, connection, data)
        answers = rest_of(connection)
        sending.result()
        return answers


def _send(connection: socket.socket, data: bytes) -> None:
    connection.sendall(data)
    connection.shutdown(socket.SHUT_WR)


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=HANG)


def rest_of(connection: socket.socket) -> bytes:
    """What comes until the other side ends the connection."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


def post(path: str, body: bytes) -> bytes:
    """A request as it goes over the wire."""
    return b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (path.encode(), len(body), body)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., WorkloadProcess]]:
    """Start workloads of the test's own, gone when it ends; `waits=False` is for one that is not going to listen."""
    started: list[WorkloadProcess] = []

    def start(
        command: str, *, kind: type[WorkloadProcess] = WorkloadProcess, waits: bool = True, **environment: str
    ) -> WorkloadProcess:
        workload = kind(command, tmp_path, **environment)
        started.append(workload)
        if waits:
            workload.wait_until_it_listens()
        return workload

    yield start
    for workload in started:
        workload.process.kill()
        workload.process.wait(HANG)
