"""What the gateway's tests share: the import path, stub shards, and a real gateway process."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.workloads.gateway.stub import StubShard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GATEWAY_ROOT = Path(__file__).resolve().parents[3] / "workloads" / "gateway"
sys.path.insert(0, str(GATEWAY_ROOT))


class Answer(NamedTuple):
    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def document(self) -> object:
        return json.loads(self.body)


class GatewayProcess:
    """A gateway run as `python -m gateway`, on free ports."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.port = self.metrics_port = 0
        self._log = folder / "log"
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                (sys.executable, "-m", "gateway"),
                cwd=GATEWAY_ROOT,
                stderr=log,
                env={
                    **os.environ,
                    "LISTEN_HOST": "127.0.0.1",
                    "HTTP_PORT": "0",
                    "METRICS_PORT": "0",
                    **environment,
                },
            )

    @property
    def log(self) -> str:
        return self._log.read_text()

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """Send one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=40)
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        answer = Answer(response.status, response.read(), dict(response.headers))
        connection.close()
        return answer

    def order(self, **fields: object) -> Answer:
        """Send an order, for symbol A of shard a unless told otherwise."""
        return self.ask("POST", "/orders", json.dumps({"symbol": "A", **fields}).encode())

    def samples(self) -> dict[str, float]:
        """Scrape the metrics: values by series."""
        text = self.exchange(b"GET /metrics HTTP/1.0\r\n\r\n", self.metrics_port).partition(b"\r\n\r\n")[2].decode()
        pairs = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
        return {series: float(value) for series, value in pairs}

    def exchange(self, data: bytes, port: int | None = None) -> bytes:
        """Send bytes, say that no more will come, and give all that is answered."""
        with socket.create_connection(("127.0.0.1", port or self.port), timeout=20) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def wait_until_it_listens(self) -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self.process.poll() is None:
            if ports := re.search(r"http_port=(\d+) metrics_port=(\d+)", self.log):
                self.port, self.metrics_port = int(ports[1]), int(ports[2])
                return
            time.sleep(0.02)
        self.process.kill()
        pytest.fail(f"the gateway did not start: {self.log}")


@pytest.fixture
def shard_a() -> Iterator[StubShard]:
    """The shard that owns A."""
    with StubShard() as shard:
        yield shard


@pytest.fixture
def shard_b() -> Iterator[StubShard]:
    """The shard that owns B."""
    with StubShard() as shard:
        yield shard


@pytest.fixture
def start_gateway(tmp_path: Path) -> Iterator[Callable[..., GatewayProcess]]:
    """Start gateways of the test's own, gone when it ends; `waits=False` is for one that is not going to listen."""
    started: list[GatewayProcess] = []

    def start(*, waits: bool = True, **environment: str) -> GatewayProcess:
        gateway = GatewayProcess(tmp_path, **environment)
        started.append(gateway)
        if waits:
            gateway.wait_until_it_listens()
        return gateway

    yield start
    for gateway in started:
        gateway.process.kill()
        gateway.process.wait(20)


@pytest.fixture
def gateway(start_gateway: Callable[..., GatewayProcess], shard_a: StubShard, shard_b: StubShard) -> GatewayProcess:
    """A gateway in front of both stubs, and of shard `gone`, which refuses connections."""
    return start_gateway(
        ME_SHARD_MAP=f"a={shard_a.url},b={shard_b.url},gone=http://127.0.0.1:1",
        SHARD_SYMBOLS_MAP="a=A:A2,b=B,gone=GONE",
    )
