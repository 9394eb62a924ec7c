"""An order's latency counts from when it was due: with the real k6, stopped for a while or kept from connecting."""

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from lab.core.paths import ROOT
from lab.measure.latency import Latency, latency
from lab.measure.samples import Samples, read
from lab.process.environment import environment
from lab.tools import k6
from tests.k6 import path as real_k6
from tests.lab.made import case

SECONDS = 6
A2 = ROOT / "loadtests" / "test-asr1-a2-normal-load.js"
SOMEONES_OWN = """
import http from 'k6/http';
export const options = { scenarios: { flow: {
  executor: 'constant-arrival-rate', rate: 17, timeUnit: '1s', duration: '%ds', preAllocatedVUs: 100,
} } };
export default () => http.post(`${__ENV.ME_SHARD_A_URL}/orders`, '{}', { timeout: '5s' });
"""
"""It says nothing of when its orders were due."""


class Shard(ThreadingHTTPServer):
    """Answers orders and seeds; after `opens` orders it accepts no connection for a while, and its backlog is short.

    Attributes:
        url: Where it listens.
        orders: How many came.
        closes: Whether it closes each connection after its answer.
        stays_away: Seconds.
    """

    daemon_threads = True

    def __init__(self, *, closes: bool, opens: int, stays_away: float) -> None:
        self.request_queue_size = 1 if stays_away else 128
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.orders = 0
        self.closes = closes
        self._opens = opens
        self._stays_away = stays_away

    def get_request(self) -> tuple[socket.socket, Any]:
        if self.orders >= self._opens and self._stays_away:
            time.sleep(self._stays_away)
            self._stays_away = 0
        return super().get_request()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Shard

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.orders += self.path == "/orders"
        text = f'{{"status": "ACCEPTED", "seeded": {body.count(b"orderId")}}}'.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        if self.server.closes:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def shard(*, closes: bool = False, opens: int = 0, stays_away: float = 0.0) -> Iterator[Shard]:
    server = Shard(closes=closes, opens=opens, stays_away=stays_away)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def load(script: Path, server: Shard, folder: Path) -> Iterator[int]:
    """Run a script against a server as a case does, for a few seconds; its process."""
    given = {"ME_SHARD_A_URL": server.url, "LAB_DURATION_S": str(SECONDS), "LAB_WARMUP_S": "0"}
    env = [word for name, value in given.items() for word in ("-e", f"{name}={value}")]
    out = f"csv={folder / k6.SAMPLES}"
    argv = (
        real_k6(),
        "run",
        *k6.flags(k6.CONFIG),
        "--address",
        "127.0.0.1:0",
        "--out",
        out,
        *env,
        str(script),
    )
    with subprocess.Popen(argv, env=environment(os.environ, k6.POINTS), stdout=subprocess.DEVNULL) as process:
        yield process.pid
        process.wait(60)


def wait_for(server: Shard, orders: int) -> None:
    end = time.monotonic() + 30
    while server.orders < orders:
        assert time.monotonic() < end
        time.sleep(0.01)


def seen(folder: Path) -> tuple[Samples, Latency]:
    found = read(folder / k6.SAMPLES, case("a2").settings)
    return found, latency(found.orders)


@pytest.mark.parametrize("own", [False, True], ids=["our script", "a script that says nothing of it"])
def test_a_k6_that_was_stopped_for_a_while_shows_in_p99(tmp_path: Path, own: bool) -> None:
    """None of its orders took long from when it was sent."""
    script = tmp_path / "flow.js" if own else A2
    (tmp_path / "flow.js").write_text(SOMEONES_OWN % SECONDS, encoding="utf-8")

    with shard() as server, load(script, server, tmp_path) as process:
        wait_for(server, 30)
        os.kill(process, signal.SIGSTOP)
        time.sleep(1.5)
        os.kill(process, signal.SIGCONT)

    orders, found = seen(tmp_path)
    assert orders.unplanned is None
    assert found.orders == pytest.approx(17 * SECONDS, abs=2)
    assert found.parts is not None
    assert 1300 < found.p99 < 3000
    assert found.parts.late == pytest.approx(found.p99, abs=150)
    assert sum((order.late or 0) > 200 for order in orders.orders) == pytest.approx(22, abs=10)


def test_a_server_that_lets_nobody_connect_for_a_while_shows_in_p99(tmp_path: Path) -> None:
    """Its orders waited 1 s or more for a connection, which k6's own duration does not count."""
    with shard(closes=True, opens=30, stays_away=1.5) as server, load(A2, server, tmp_path):
        pass

    orders, found = seen(tmp_path)
    assert orders.unplanned is None
    assert found.errors == 0
    assert found.parts is not None
    assert found.p99 > 900
    assert found.parts.connect == pytest.approx(found.p99, abs=150)
    # The system may give a few their connection for the server that stays away.
    waited = [order for order in orders.orders if order.connect > 900]
    served = [order for order in orders.orders if order.service > 900]
    assert len(served) < len(waited) / 3
    assert found.parts.opened == 1
