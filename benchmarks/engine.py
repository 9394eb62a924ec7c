"""Measure the reference engine on one core: python benchmarks/engine.py --help.

The engine runs as a process of its own on one core, the load generator on another. The load is an open model: order i
is due at i/rate seconds whatever became of those before, and its latency counts from when it was due, so a slow engine
can't hide behind a generator that waits for it. Orders are those of the load (docs/load.md).

`--servers own,uvicorn` puts other HTTP servers before the same engine, in turn and in one run
(benchmarks/http_servers.py); `--python` is that of an environment which has them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import deque
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, cast

import uvloop

if TYPE_CHECKING:
    from collections.abc import Iterator

DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""To this machine, whatever proxies the user has."""
WORKLOADS = Path(__file__).parent.parent / "workloads"
OWN = (sys.executable, "-m", "engine")
SYMBOLS = ("TEST-ASSET-A", "TEST-ASSET-B", "TEST-ASSET-C", "TEST-ASSET-D")
SERVERS = str(Path(__file__).with_name("http_servers.py").resolve())
BROKERS = {
    "refused": "127.0.0.1:1",
    "silent": "192.0.2.1:9092",
    "unresolvable": "no-such-broker.invalid:9092",
}
"""Three ways of having no broker: nobody listens, nobody answers (an address for documentation), no such name."""
CONNECTIONS = 64
TICK_SECONDS = 0.001
AGGRESSIVE = 0.6
MAX_SEEDS = 120_000
"""As many as one request body may hold."""
P99_TARGET_MS, P99_RATE, RATE_TARGET = 20.0, 1000, 2500
"""What the engine has to reach: p99 < 20 ms at 1,000 orders/s, at least 2,500 orders/s sustained, on one core."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """What one rate gave. Client latencies in ms from the instant an order was due; `engine_below_5_ms` is a share."""

    server: str
    broker: str
    asked_per_s: int
    answered_per_s: float
    p50: float
    p95: float
    p99: float
    highest: float
    errors: int
    engine_below_5_ms: float
    engine_cpu: float
    """Cores used."""
    engine_waited: float
    """Share of the time in which the engine could have run and the core was given to another program."""
    load_waited: float
    """The same of the load generator; more than a few hundredths of either, and a run says little about the engine."""
    fills: int
    dropped_events: int


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What one run is to measure."""

    server: str
    broker: str
    rate: int
    seed: int


class Connection(asyncio.Protocol):
    """One keep-alive connection with at most one request under way, as a k6 VU has."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._due = 0.0
        self._is_ok = False
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = cast("asyncio.Transport", transport)

    def send(self, due: float, request: bytes) -> None:
        """Send a request that was due at `due`, on `perf_counter`'s clock."""
        self._due, self._is_ok = due, False
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Take the answer."""
        # Some 200 bytes, in one piece or with the body behind the head: a JSON object, so it ends as one does.
        self._is_ok = self._is_ok or data.startswith(b"HTTP/1.1 200")
        if data.endswith(b"}"):
            self._load.answered(self, time.perf_counter() - self._due, is_ok=self._is_ok)


class Load:
    """Sends orders when they are due over whichever connection is free."""

    def __init__(self, port: int, rate: int, seconds: float, seed: int) -> None:
        self._port = port
        self._rate = rate
        self._requests = list(_orders(int(rate * seconds), seed))
        self._free: deque[Connection] = deque()
        self._due: deque[int] = deque()
        self._began = 0.0
        self.latencies: list[float] = []
        self.errors = 0
        self.seconds = 0.0

    async def run(self) -> None:
        """Send everything and wait for the last answer."""
        loop = asyncio.get_running_loop()
        connections = [
            (await loop.create_connection(lambda: Connection(self), "127.0.0.1", self._port))[1]
            for _ in range(CONNECTIONS)
        ]
        self._free.extend(connections)
        self._began = time.perf_counter()
        sent = 0
        while len(self.latencies) < len(self._requests):
            due = min(int((time.perf_counter() - self._began) * self._rate) + 1, len(self._requests))
            self._due.extend(range(sent, due))
            sent = due
            self._send()
            await asyncio.sleep(TICK_SECONDS)
        self.seconds = time.perf_counter() - self._began
        for connection in connections:
            connection.transport.close()

    def answered(self, connection: Connection, latency: float, *, is_ok: bool) -> None:
        """Note an answer; the connection is free for the next order."""
        self.latencies.append(latency)
        self.errors += not is_ok
        self._free.append(connection)
        self._send()

    def _send(self) -> None:
        while self._due and self._free:
            index = self._due.popleft()
            self._free.popleft().send(self._began + index / self._rate, self._requests[index])


def _orders(count: int, seed: int) -> Iterator[bytes]:
    choice = random.Random(seed)
    for number in range(count):
        price = 15000 + choice.randrange(100) if choice.random() < AGGRESSIVE else 14800 - choice.randrange(100)
        body = (
            f'{{"orderId":"bench-{seed}-{number}","symbol":"{choice.choice(SYMBOLS)}","side":"BUY","type":"LIMIT",'
            f'"price":{price},"quantity":{choice.randrange(10, 200)}}}'
        )
        yield (
            "POST /orders HTTP/1.1\r\nHost: engine\r\nUser-Agent: benchmark\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()


def seed_sells(port: int, orders: int) -> None:
    """Rest enough SELLs that the book does not run dry: each aggressive BUY takes 105 units on average."""
    body = json.dumps(
        {
            "orders": [
                {
                    "orderId": f"seed-{n}",
                    "symbol": SYMBOLS[n % 4],
                    "side": "SELL",
                    "price": 15000 + n // 4 % 100,
                    "quantity": 150,
                }
                for n in range(orders)
            ]
        }
    ).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/seed", body, method="POST")
    with DIRECTLY.open(request, timeout=60) as answer:
        answer.read()


@contextmanager
def engine(broker: str, core: int, command: tuple[str, ...] = OWN) -> Iterator[tuple[int, int, int]]:
    """Run an engine on one core; give its process id, HTTP port and metrics port."""
    with tempfile.TemporaryDirectory() as wal, (Path(wal) / "log").open("w+") as log:
        environment = {
            **os.environ,
            "LISTEN_HOST": "127.0.0.1",
            "HTTP_PORT": "0",
            "METRICS_PORT": "0",
            "WAL_PATH": wal,
            "KAFKA_BOOTSTRAP": broker,
        }
        process = subprocess.Popen(command, cwd=WORKLOADS, env=environment, stderr=log)
        os.sched_setaffinity(process.pid, {core})
        try:
            deadline = time.monotonic() + 60
            while not (ports := re.search(r"http_port=(\d+) metrics_port=(\d+)", Path(log.name).read_text())):
                assert time.monotonic() < deadline, Path(log.name).read_text()
                time.sleep(0.05)
            yield process.pid, int(ports[1]), int(ports[2])
        finally:
            process.terminate()
            process.wait(30)


def _metrics(port: int) -> dict[str, float]:
    with DIRECTLY.open(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if line[0] != "#")}


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def waited_seconds(pid: int) -> float:
    """Return the time in which a process could have run and others did."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9


def measure(asked: Asked, command: tuple[str, ...], seconds: float, core: int) -> Row:
    """Run one rate against a fresh engine."""
    rate = asked.rate
    with engine(BROKERS.get(asked.broker, asked.broker), core, command) as (pid, port, metrics_port):
        seed_sells(port, min(MAX_SEEDS, int(rate * seconds)))
        warm_up = Load(port, min(rate, 500), 1, seed=0)
        uvloop.run(warm_up.run())
        before, cpu_before = _metrics(metrics_port), cpu_seconds(pid)
        waited_before, load_waited_before = waited_seconds(pid), waited_seconds(os.getpid())
        load = Load(port, rate, seconds, asked.seed)
        uvloop.run(load.run())
        cpu = cpu_seconds(pid) - cpu_before
        waited, load_waited = waited_seconds(pid) - waited_before, waited_seconds(os.getpid()) - load_waited_before
        after = _metrics(metrics_port)
    change = {name: after[name] - before[name] for name in after}
    in_order = sorted(1000 * latency for latency in load.latencies)
    histogram = "me_match_duration_seconds"
    return Row(
        server=asked.server,
        broker=asked.broker,
        asked_per_s=rate,
        answered_per_s=len(in_order) / load.seconds,
        p50=in_order[len(in_order) // 2],
        p95=in_order[len(in_order) * 95 // 100],
        p99=in_order[len(in_order) * 99 // 100],
        highest=in_order[-1],
        errors=load.errors,
        engine_below_5_ms=change[f'{histogram}_bucket{{le="0.005",shard="a"}}']
        / change[f'{histogram}_count{{shard="a"}}'],
        engine_cpu=cpu / load.seconds,
        engine_waited=waited / load.seconds,
        load_waited=load_waited / load.seconds,
        fills=int(change['me_matches_total{shard="a"}']),
        dropped_events=int(change['me_events_dropped_total{shard="a"}']),
    )


COLUMNS = (
    ("server", "server", ">8"),
    ("broker", "broker", ">13"),
    ("asked/s", "asked_per_s", ">8"),
    ("got/s", "answered_per_s", ">8.0f"),
    ("p50 ms", "p50", ">8.2f"),
    ("p95 ms", "p95", ">8.2f"),
    ("p99 ms", "p99", ">8.2f"),
    ("max ms", "highest", ">8.1f"),
    ("errors", "errors", ">7"),
    ("<5 ms*", "engine_below_5_ms", ">8.2%"),
    ("CPU", "engine_cpu", ">5.2f"),
    ("waited", "engine_waited", ">7.2%"),
    ("load w.", "load_waited", ">7.2%"),
    ("fills", "fills", ">8"),
    ("dropped", "dropped_events", ">8"),
)


def _print_table(rows: list[Row]) -> None:
    print(*(f"{title:>{form.strip('>%f').split('.')[0]}}" for title, _, form in COLUMNS))
    for row in rows:
        print(*(format(getattr(row, name), form) for _, name, form in COLUMNS))
    print("* share of orders that the engine itself had through, queue included, in under 5 ms")


def _ratios(rows: list[Row]) -> dict[str, float]:
    """Compare with the targets: at most 1 for latency and at least 1 for rate is good."""
    ratios: dict[str, float] = {}
    for server, broker in dict.fromkeys((row.server, row.broker) for row in rows):
        of = [row for row in rows if (row.server, row.broker) == (server, broker)]
        whose = f"{server}, {broker}"
        at_1000 = [row.p99 for row in of if row.asked_per_s == P99_RATE]
        if at_1000:
            ratios[f"{whose}: p99 at {P99_RATE}/s to {P99_TARGET_MS:g} ms, best"] = min(at_1000) / P99_TARGET_MS
            ratios[f"{whose}: p99 at {P99_RATE}/s to {P99_TARGET_MS:g} ms, worst"] = max(at_1000) / P99_TARGET_MS
        sustained = [row.answered_per_s for row in of if not row.errors and row.answered_per_s > 0.98 * row.asked_per_s]
        ratios[f"{whose}: highest rate sustained to {RATE_TARGET}/s"] = max(sustained, default=0.0) / RATE_TARGET
    return ratios


def _to_own(rows: list[Row]) -> dict[str, float]:
    """Compare other servers with ours, round by round: at most 1 for latency and at least 1 for rate is better."""
    ratios: dict[str, float] = {}
    for server, rate in dict.fromkeys((row.server, row.asked_per_s) for row in rows if row.server != "own"):
        own, other = ([row for row in rows if (row.server, row.asked_per_s) == (of, rate)] for of in ("own", server))
        pairs = list(zip(own, other, strict=True))
        ratios[f"{server} to own at {rate}/s: p99, median of pairs"] = median(b.p99 / a.p99 for a, b in pairs)
        ratios[f"{server} to own at {rate}/s: answered, median of pairs"] = median(
            b.answered_per_s / a.answered_per_s for a, b in pairs
        )
    return ratios


def main() -> int:
    """Measure what the arguments ask for and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rates", default="1000,2500,3500,4500", help="orders a second, a comma list (%(default)s)")
    parser.add_argument("--seconds", type=float, default=10, help="length of each run (%(default)s)")
    parser.add_argument("--repeat", type=int, default=1, help="runs of each rate (%(default)s)")
    parser.add_argument(
        "--brokers", default="refused", help=f"comma list of {', '.join(BROKERS)}, or a real host:port (%(default)s)"
    )
    parser.add_argument(
        "--servers", default="own", help="HTTP servers, a comma list that begins with own (%(default)s)"
    )
    parser.add_argument("--python", default=sys.executable, help="Python of all engines if there are several servers")
    parser.add_argument("--engine-core", type=int, default=0, help="core of the engine (%(default)s)")
    parser.add_argument("--load-core", type=int, default=1, help="core of the load generator (%(default)s)")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    options = parser.parse_args()
    os.sched_setaffinity(0, {options.load_core})
    rows = []
    servers = {name: (options.python, SERVERS, name) for name in options.servers.split(",")}
    if list(servers) == ["own"]:
        servers["own"] = OWN
    for broker, rate in product(options.brokers.split(","), options.rates.split(",")):
        for run in range(options.repeat):
            for name in sorted(servers, reverse=run % 2 == 1):
                asked = Asked(server=name, broker=broker, rate=int(rate), seed=run + 1)
                rows.append(measure(asked, servers[name], options.seconds, options.engine_core))
                print(f"{name}, {broker} at {rate}/s: p99 {rows[-1].p99:.2f} ms", file=sys.stderr)
    _print_table(rows)
    ratios = _ratios(rows) | _to_own(rows)
    for name, ratio in ratios.items():
        print(f"{name}: {ratio:.2f}")
    if options.json:
        options.json.write_text(json.dumps({"rows": [asdict(row) for row in rows], "ratios": ratios}, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
