"""What the engine's tests share: the import path, orders, and a real engine process."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

ENGINE_ROOT = Path(__file__).resolve().parents[3] / "workloads" / "engine"
sys.path.insert(0, str(ENGINE_ROOT))

HANG = 120.0
"""Seconds without a sign after which something hangs. No claim rests on it: a busy machine takes what it takes."""

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from engine.orders import Order


class EngineProcess:
    """An engine run as `python -m engine`, on free ports, with no broker to reach."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.port = self.metrics_port = 0
        self.wal = folder / "wal" / "wal.dat"
        self._log = folder / "log"
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                (sys.executable, "-m", "engine"),
                cwd=ENGINE_ROOT,
                stderr=log,
                env={
                    **os.environ,
                    "LISTEN_HOST": "127.0.0.1",
                    "HTTP_PORT": "0",
                    "METRICS_PORT": "0",
                    "WAL_PATH": str(self.wal.parent),
                    "WAL_SIZE_MB": "1",
                    "KAFKA_BOOTSTRAP": "127.0.0.1:1",
                    **environment,
                },
            )

    @property
    def log(self) -> str:
        return self._log.read_text()

    def exchange(self, data: bytes, port: int | None = None) -> bytes:
        """Send bytes, say that no more will come, and give all that is answered.

        Answers are read meanwhile: the engine reads no more of a client that doesn't read.
        """
        with (
            socket.create_connection(("127.0.0.1", port or self.port), timeout=HANG) as connection,
            ThreadPoolExecutor(1) as other,
        ):
            sending = other.submit(self._send, connection, data)
            answers = b"".join(iter(lambda: connection.recv(65536), b""))
            sending.result()
            return answers

    @staticmethod
    def _send(connection: socket.socket, data: bytes) -> None:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(HANG)

    def wait_until_it_listens(self) -> None:
        deadline = time.monotonic() + HANG
        while time.monotonic() < deadline and self.process.poll() is None:
            if ports := re.search(r"http_port=(\d+) metrics_port=(\d+)", self.log):
                self.port, self.metrics_port = int(ports[1]), int(ports[2])
                return
            time.sleep(0.02)
        self.process.kill()
        pytest.fail(f"the engine did not start: {self.log}")


@pytest.fixture(scope="module")
def engine_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    """An engine shared by a module's tests."""
    engine = EngineProcess(tmp_path_factory.mktemp("engine"))
    engine.wait_until_it_listens()
    yield engine
    engine.process.kill()
    engine.process.wait(HANG)


@pytest.fixture
def start_engine(tmp_path: Path) -> Iterator[Callable[..., EngineProcess]]:
    """Start engines of the test's own, gone when it ends; `waits=False` is for one that is not going to listen."""
    started: list[EngineProcess] = []

    def start(*, waits: bool = True, **environment: str) -> EngineProcess:
        engine = EngineProcess(tmp_path, **environment)
        started.append(engine)
        if waits:
            engine.wait_until_it_listens()
        return engine

    yield start
    for engine in started:
        engine.process.kill()
        engine.process.wait(HANG)


@pytest.fixture
def make_order() -> Callable[..., Order]:
    """Make orders of which a test names only what it is about."""
    from engine.orders import Order, OrderType, Side  # noqa: PLC0415 - the path is set above

    def make(
        order_id: str = "1", side: str = "BUY", price: int = 100, quantity: int = 1, order_type: str = "LIMIT"
    ) -> Order:
        return Order(order_id, "TEST-ASSET-A", Side(side), OrderType(order_type), price, quantity, timestamp=0)

    return make
