"""An engine and scripts that share no code with the project's, compiled, run and loaded without a cluster.

The module is skipped where there is no JDK to compile the engine with.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from lab.core import http
from lab.core.errors import ToolError
from lab.measure import samples
from lab.process.environment import environment
from lab.tools import gradle, k6
from tests import needs
from tests.k6 import path as real_k6

HERE = Path(__file__).parent
SYMBOLS = [f"TEST-ASSET-{letter}" for letter in "ABCDEFGHIJKL"]
SECONDS = 3

needs.programs("javac", "jlink")


@dataclass(frozen=True)
class JavaEngine:
    url: str
    metrics_url: str

    def figure(self, series: str) -> float:
        text = http.get(self.metrics_url, timeout=5).text
        return sum(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(series))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The engine's folder, compiled as `images` does it."""
    folder = tmp_path_factory.mktemp("own") / "engine"
    shutil.copytree(HERE / "engine", folder, ignore=shutil.ignore_patterns("build"))
    assert gradle.bring_up_to_date(folder, lambda _: None).startswith("Gradle took ")
    return folder


@pytest.fixture
def engine(source: Path) -> Iterator[JavaEngine]:
    """The engine of all symbols, new for each test."""
    http, metrics = free_port(), free_port()
    variables = {"SHARD_SYMBOLS": ",".join(SYMBOLS), "HTTP_PORT": str(http), "METRICS_PORT": str(metrics)}
    java = (source / "build/jre/bin/java", "-jar", source / "build/libs/engine.jar")
    with subprocess.Popen(java, env={**os.environ, **variables}) as process:
        try:
            await_answer(f"http://127.0.0.1:{http}/health")
            yield JavaEngine(f"http://127.0.0.1:{http}", f"http://127.0.0.1:{metrics}/metrics")
        finally:
            process.terminate()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def await_answer(url: str) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with suppress(requests.RequestException):
            http.get(url, timeout=1).raise_for_status()
            return
        time.sleep(0.1)
    pytest.fail(f"{url} did not answer")


def run(script: str, engine: JavaEngine, folder: Path, **variables: str) -> int:
    """Run a script as a case does, from another folder than its own; its exit code."""
    given = {"ME_SHARD_A_URL": engine.url, "GATEWAY_URL": engine.url, "FLOW_SECONDS": str(SECONDS), **variables}
    env = [word for name, value in given.items() for word in ("-e", f"{name}={value}")]
    out = f"csv={folder / k6.SAMPLES}"
    argv = (real_k6(), "run", *k6.flags(k6.CONFIG), "--address", "127.0.0.1:0", "--out", out, *env)
    microseconds = environment(os.environ, k6.POINTS)
    ended = subprocess.run((*argv, HERE / "k6" / script), cwd=folder, env=microseconds, timeout=60, check=False)
    return ended.returncode


@pytest.mark.parametrize(
    ("script", "rate", "seeded"), [("steady-flow.js", 17, 40_000), ("routed-flow.js", 84, 120_000)]
)
def test_every_order_is_counted_and_no_seed_whatever_the_script_calls_them(
    engine: JavaEngine, tmp_path: Path, script: str, rate: int, seeded: int
) -> None:
    code = run(script, engine, tmp_path)

    assert k6.problem(code) is None, code  # on a busy machine the script's own threshold may be crossed
    recorded = samples.read(tmp_path / k6.SAMPLES)
    assert 0 < len(recorded.orders) <= rate * SECONDS + 1
    assert len(recorded.orders) == engine.figure("me_orders_received_total")
    assert all(order.accepted for order in recorded.orders)
    assert recorded.dropped == 0
    matched = engine.figure("me_matches_total")
    assert matched > 0
    assert seeded - matched <= engine.figure('me_orderbook_depth{shard="a",side="ask"') < seeded


def test_a_threshold_of_the_script_s_own_that_is_crossed_is_a_result(engine: JavaEngine, tmp_path: Path) -> None:
    code = run("steady-flow.js", engine, tmp_path, FLOW_LIMIT_MS="0.001")

    assert (code, k6.problem(code)) == (k6.THRESHOLDS_CROSSED, None)
    assert samples.read(tmp_path / k6.SAMPLES).orders


def test_a_source_that_does_not_compile_is_told_in_the_compiler_s_words(source: Path, tmp_path: Path) -> None:
    broken = tmp_path / "engine"
    shutil.copytree(source, broken)
    (broken / "src/main/java/Book.java").write_text("final class Book { int depth( }")

    with pytest.raises(ToolError, match="correct what it reports, then run") as caught:
        gradle.bring_up_to_date(broken, lambda _: None)

    assert any("Book.java:1: error:" in line for line in caught.value.details)
