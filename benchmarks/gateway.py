"""Measure what the reference gateway adds to an order on one core: python benchmarks/gateway.py --help.

The same open-model load (benchmarks/engine.py) goes to one reference engine, directly and through the gateway, in turn
and in one run: each pair of rounds gives one difference and one ratio, and the round that goes first changes from pair
to pair. The gateway has a core of its own; the engine shares the other one with the load generator, both ways.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import uvloop

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.engine import BROKERS, SYMBOLS, WORKLOADS, Load, cpu_seconds, engine, seed_sells, waited_seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

MEDIAN_TARGET_MS, P99_TARGET_MS = 1.0, 5.0
"""What the gateway may add at 1,000 requests/s."""
MAX_SEEDS = 20_000
"""Rested before each round, so that the book runs dry in neither."""


@dataclass(frozen=True, kw_only=True)
class Round:
    """One way's figures; latencies in ms from the instant an order was due."""

    p50: float
    p99: float
    highest: float
    answered_per_s: float
    errors: int
    cpu: float
    """Cores that the gateway used."""
    waited: float
    """Share of the time in which the gateway could have run and its core was given to another program."""
    load_waited: float
    """The same of the load generator, whose core the engine shares."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """The same load both ways, one right after the other."""

    direct: Round
    through: Round

    @property
    def added_p50(self) -> float:
        """Milliseconds that the gateway adds to the median."""
        return self.through.p50 - self.direct.p50

    @property
    def added_p99(self) -> float:
        """Milliseconds that the gateway adds to the 99th percentile."""
        return self.through.p99 - self.direct.p99


@contextmanager
def gateway(shard_port: int, core: int) -> Iterator[tuple[int, int]]:
    """Run a gateway of one shard on one core; give its process id and port."""
    with tempfile.NamedTemporaryFile("w+") as log:
        environment = {
            **os.environ,
            "LISTEN_HOST": "127.0.0.1",
            "HTTP_PORT": "0",
            "METRICS_PORT": "0",
            "ME_SHARD_MAP": f"a=http://127.0.0.1:{shard_port}",
            "SHARD_SYMBOLS_MAP": f"a={':'.join(SYMBOLS)}",
        }
        process = subprocess.Popen((sys.executable, "-m", "gateway"), cwd=WORKLOADS, env=environment, stderr=log)
        os.sched_setaffinity(process.pid, {core})
        try:
            deadline = time.monotonic() + 60
            while not (ports := re.search(r"http_port=(\d+)", Path(log.name).read_text())):
                assert time.monotonic() < deadline, Path(log.name).read_text()
                time.sleep(0.05)
            yield process.pid, int(ports[1])
        finally:
            process.terminate()
            process.wait(30)


def measure(port: int, gateway_pid: int, rate: int, seconds: float, seed: int) -> Round:
    """Send one round's load to a port."""
    cpu, waited, load_waited = cpu_seconds(gateway_pid), waited_seconds(gateway_pid), waited_seconds(os.getpid())
    load = Load(port, rate, seconds, seed)
    uvloop.run(load.run())
    in_order = sorted(1000 * latency for latency in load.latencies)
    return Round(
        p50=in_order[len(in_order) // 2],
        p99=in_order[len(in_order) * 99 // 100],
        highest=in_order[-1],
        answered_per_s=len(in_order) / load.seconds,
        errors=load.errors,
        cpu=(cpu_seconds(gateway_pid) - cpu) / load.seconds,
        waited=(waited_seconds(gateway_pid) - waited) / load.seconds,
        load_waited=(waited_seconds(os.getpid()) - load_waited) / load.seconds,
    )


def measure_pairs(count: int, rate: int, seconds: float, gateway_core: int, load_core: int) -> list[Pair]:
    """Measure pairs against one engine and one gateway, both warmed up."""
    pairs = []
    with (
        engine(BROKERS["refused"], load_core) as (_, engine_port, _),
        gateway(engine_port, gateway_core) as (pid, gateway_port),
    ):
        ports = {"direct": engine_port, "through": gateway_port}
        seed_sells(engine_port, MAX_SEEDS)
        for port in ports.values():
            measure(port, pid, min(rate, 500), 1, seed=0)
        for number in range(count):
            rounds = {}
            for way in sorted(ports, reverse=number % 2 == 1):
                seed_sells(engine_port, min(MAX_SEEDS, int(rate * seconds)))
                rounds[way] = measure(ports[way], pid, rate, seconds, seed=number + 1)
            pairs.append(Pair(direct=rounds["direct"], through=rounds["through"]))
    return pairs


def _print_table(pairs: list[Pair]) -> None:
    print("pair      way   p50 ms   p99 ms   max ms    got/s errors   CPU  waited load w.")
    for number, pair in enumerate(pairs, 1):
        for way in ("direct", "through"):
            row: Round = getattr(pair, way)
            print(
                f"{number:>4} {way:>8} {row.p50:>8.2f} {row.p99:>8.2f} {row.highest:>8.1f} {row.answered_per_s:>8.0f} "
                f"{row.errors:>6} {row.cpu:>5.2f} {row.waited:>7.2%} {row.load_waited:>7.2%}"
            )
        print(
            f"{'':>8} added {pair.added_p50:>8.2f} {pair.added_p99:>8.2f}   ratio to direct: "
            f"p50 {pair.through.p50 / pair.direct.p50:.2f}, p99 {pair.through.p99 / pair.direct.p99:.2f}"
        )


def _ratios(pairs: list[Pair]) -> dict[str, float]:
    """Ratios of the pairs, best, median and worst; those to a target are good when below 1."""
    figures = {
        "p50 through to direct": [pair.through.p50 / pair.direct.p50 for pair in pairs],
        "p99 through to direct": [pair.through.p99 / pair.direct.p99 for pair in pairs],
        f"p50 added to {MEDIAN_TARGET_MS:g} ms": [pair.added_p50 / MEDIAN_TARGET_MS for pair in pairs],
        f"p99 added to {P99_TARGET_MS:g} ms": [pair.added_p99 / P99_TARGET_MS for pair in pairs],
    }
    return {
        f"{name}, {which}": of(values)
        for name, values in figures.items()
        for which, of in (("best", min), ("median", statistics.median), ("worst", max))
    }


def main() -> int:
    """Measure what the arguments ask for and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=1000, help="orders a second (%(default)s)")
    parser.add_argument("--seconds", type=float, default=10, help="length of each round (%(default)s)")
    parser.add_argument("--pairs", type=int, default=5, help="pairs of rounds (%(default)s)")
    parser.add_argument("--gateway-core", type=int, default=0, help="core of the gateway (%(default)s)")
    parser.add_argument("--load-core", type=int, default=1, help="core of engine and load generator (%(default)s)")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    options = parser.parse_args()
    os.sched_setaffinity(0, {options.load_core})
    pairs = measure_pairs(options.pairs, options.rate, options.seconds, options.gateway_core, options.load_core)
    _print_table(pairs)
    ratios = _ratios(pairs)
    for name, ratio in ratios.items():
        print(f"{name}: {ratio:.2f}")
    if options.json:
        figures = {"pairs": [asdict(pair) for pair in pairs], "ratios": ratios}
        options.json.write_text(json.dumps(figures, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
