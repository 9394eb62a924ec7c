"""Runs that measure nothing, on the lab that is up: each would pass if nobody looked. docs/validity.md lists them all."""

import json
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from lab.bringup.entry import urls
from lab.cluster.lab import Lab
from tests.cluster.cluster_tools import ROOT, begin, kubectl, until
from tests.cluster.overlays import written
from tests.cluster.prober import Prober
from tests.cluster.test_asr1 import latest

SPACE = "matching-engine"
SHARD = "deployment/me-shard-a"
LIES = str((Path(__file__).parent / "lies").relative_to(ROOT))
SECONDS = 8
BEGUN = re.compile(r"\d+/\d+ s")
"""How a case under way is shown, from the begin of its load on."""
Disturb = Callable[[], Any]


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a case came to."""

    code: int
    verdict: str
    reasons: str
    output: str


class Liar:
    """Runs one short case with a lie in it.

    Args:
        folder: For settings and output.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def run(self, case: str = "a2", *, during: Disturb | None = None, **changes: Any) -> Seen:
        """Run a case; once its load has begun, disturb it.

        Args:
            case: Which.
            during: Called once the load has begun.
            changes: Of the settings, laid over those in force.
        """
        output = self._folder / "output"
        settings = written(self._folder / "settings.yaml", _short(case), changes)
        process = begin("case", case, "--profile=smoke", output=output, LAB_SETTINGS=settings, CI="true")
        try:
            if during:
                until(lambda: _has_begun(output, process), deadline=120, what="the load begins")
                during()
            code = process.wait(240)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
                process.wait(60)
        verdict = json.loads((latest() / "verdict.json").read_text(encoding="utf-8"))["verdict"]
        return Seen(
            code=code,
            verdict=verdict["outcome"],
            reasons="; ".join((*verdict["cases"][-1]["reasons"], *verdict["cases"][-1]["notes"])),
            output=output.read_text(encoding="utf-8"),
        )


def _has_begun(output: Path, process: subprocess.Popen[bytes]) -> bool:
    said = output.read_text(encoding="utf-8")
    assert process.poll() is None, said
    return bool(BEGUN.search(said))


def _short(case: str) -> dict[str, Any]:
    """A trial that is shorter still, and looks at the path no longer than it takes to see that it is slow."""
    trial = {"duration": f"{SECONDS}s", "warmup": "2s"} if case == "a2" else {}
    return {"cases": {case: {"smoke": trial}}, "validity": {"smoke": {"calibration": "3s"}}}


@pytest.fixture
def liar(lab: Lab, tmp_path: Path) -> Liar:
    return Liar(tmp_path)


def pod(lab: Lab) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        kubectl(lab, "get", "pods", "-n", SPACE, "-l", "app=matching-engine", "-o", "json")
    )
    return next(one for one in found["items"] if "deletionTimestamp" not in one["metadata"])


def fresh_pod(lab: Lab) -> None:
    """The shard as the lab made it."""
    kubectl(lab, "delete", "pod", pod(lab)["metadata"]["name"], "-n", SPACE)
    kubectl(lab, "rollout", "status", SHARD, "-n", SPACE, "--timeout=60s")


def assert_caught(seen: Seen, *reasons: str) -> None:
    """The run is INVALID, and says why."""
    assert seen.code == 5, seen.output
    assert seen.verdict == "INVALID"
    for reason in reasons:
        assert re.search(reason, seen.reasons), seen.reasons


def assert_told(seen: Seen, reason: str) -> None:
    """It can only have made the figures worse, so it spoils no PASS; it is said."""
    assert re.search(reason, seen.reasons), seen.reasons


def test_dropped_iterations(liar: Liar) -> None:
    seen = liar.run(loadtests={"folder": LIES, "scripts": {"a2": "dropped.js"}})
    assert_caught(seen, r"\d+ iterations dropped")


def test_rate_not_reached(liar: Liar) -> None:
    seen = liar.run(loadtests={"folder": LIES, "scripts": {"a2": "half.js"}})
    assert_caught(seen, r"orders/min reached of 1,020 asked")


def test_dry_book(lab: Lab, liar: Liar) -> None:
    fresh_pod(lab)
    seen = liar.run(cases={"a2": {"book": {"orders": 3, "levels": 3, "sized": False}}})
    assert_caught(seen, "book")


def test_engine_restarted(lab: Lab, liar: Liar) -> None:
    stop = "import os, signal; os.kill(1, signal.SIGTERM)"
    seen = liar.run(during=lambda: kubectl(lab, "exec", SHARD, "-n", SPACE, "--", "python", "-c", stop))
    # The replay sees the book that was lost with its memory; of an engine that restores it only the restart is seen.
    assert (seen.code, seen.verdict) in {(5, "INVALID"), (6, "FAIL")}, seen.output
    assert re.search("restarted", seen.reasons), seen.reasons


def test_foreign_orders(lab: Lab, liar: Liar) -> None:
    def trade() -> None:
        with Prober(urls(lab)["orders"]) as prober:
            time.sleep(SECONDS - 4)
        assert prober.answered > 50

    assert_told(liar.run(during=trade), "somebody else sends orders")


def test_scraped_twice(liar: Liar) -> None:
    """A job of the user's own that finds the engine as the lab's does: every rate would count double."""
    second = {
        "enabled": True,
        "kubernetes_sd_configs": [{"role": "pod", "namespaces": {"names": [SPACE]}}],
        "relabel_configs": [
            {"source_labels": ["__meta_kubernetes_pod_label_app"], "regex": "matching-engine", "action": "keep"},
            {
                "source_labels": ["__address__"],
                "regex": "([^:]+).*",
                "replacement": "$1:9091",
                "target_label": "__address__",
            },
            {"source_labels": ["__meta_kubernetes_pod_name"], "target_label": "pod"},
        ],
    }
    seen = liar.run(charts={"prometheus": {"values": {"scrapeConfigs": {"second-look": second}}}})
    assert_caught(seen, r"scraped by \d+ jobs")


def test_target_down(lab: Lab, liar: Liar) -> None:
    name = pod(lab)["metadata"]["name"]

    def annotate(value: str) -> None:
        kubectl(lab, "annotate", "pod", name, "-n", SPACE, "--overwrite", f"prometheus.io/scrape={value}")

    try:
        longer = {"smoke": {"duration": "25s"}}
        seen = liar.run(during=lambda: annotate("false"), cases={"a2": longer})
    finally:
        annotate("true")
    assert_caught(seen, "target was down|not scraped")


def test_throttled(lab: Lab, liar: Liar) -> None:
    name = pod(lab)["metadata"]["name"]
    little = {"requests": {"cpu": "20m"}, "limits": {"cpu": "20m"}}
    patch = {"spec": {"containers": [{"name": "matching-engine", "resources": little}]}}
    try:
        kubectl(lab, "patch", "pod", name, "-n", SPACE, "--subresource=resize", "--patch", json.dumps(patch))
        seen = liar.run(cases={"a2": {"smoke": {"duration": "25s"}}})
    finally:
        fresh_pod(lab)
    assert_told(seen, "throttled in")


def test_settings_changed(lab: Lab, liar: Liar) -> None:
    """A template that is changed while its rollout is paused leaves every pod as it was, until it doesn't."""

    def change() -> None:
        kubectl(lab, "rollout", "pause", SHARD, "-n", SPACE)
        kubectl(lab, "set", "env", SHARD, "-n", SPACE, "WAL_SIZE_MB=32")

    try:
        seen = liar.run(during=change)
    finally:
        kubectl(lab, "set", "env", SHARD, "-n", SPACE, "WAL_SIZE_MB=64")
        kubectl(lab, "rollout", "resume", SHARD, "-n", SPACE)
    assert_caught(seen, "changed")


def test_stale_image(lab: Lab, liar: Liar, tmp_path: Path) -> None:
    """The node's copy of the image is another one under the same reference: no manifest shows it."""
    running = pod(lab)
    reference, node = running["spec"]["containers"][0]["image"], running["spec"]["nodeName"]
    other = "matching-engine-lab-lie:1"
    (tmp_path / "Dockerfile").write_text(f"FROM {lab.settings.images.engine.name}\nLABEL lie=1\n", encoding="utf-8")
    _docker("build", "--quiet", "--tag", other, str(tmp_path))
    _docker("save", "--output", str(tmp_path / "lie.tar"), other)
    with (tmp_path / "lie.tar").open("rb") as tar:
        subprocess.run(["docker", "exec", "-i", node, *CTR, "import", "-"], stdin=tar, check=True, capture_output=True)
    try:
        _docker("exec", node, *CTR, "tag", "--force", f"docker.io/library/{other}", reference)
        fresh_pod(lab)
        seen = liar.run()
    finally:
        _docker("exec", node, *CTR, "rm", "--sync", reference, f"docker.io/library/{other}")
        _docker("rmi", "--force", other)
        fresh_pod(lab)
    assert_caught(seen, "image")


CTR = ("ctr", "--namespace=k8s.io", "images")


def _docker(*words: str) -> None:
    subprocess.run(["docker", *words], check=True, capture_output=True, timeout=120)


def test_broker_back_too_early(lab: Lab, liar: Liar) -> None:
    def bring_back() -> None:
        until(lambda: _replicas(lab) == (0, 0), deadline=60, what="the broker is away")
        kubectl(lab, "scale", "statefulset/redpanda", "-n", SPACE, "--replicas=1")

    early = {"duration": "36s", "fault": {"after": "6s", "for": "15s"}}
    seen = liar.run("a4", during=bring_back, cases={"a4": {"smoke": early}})
    assert seen.code in {5, 7}, seen.output
    assert seen.verdict == "INVALID"
    assert re.search("broker", seen.reasons), seen.reasons


def _replicas(lab: Lab) -> tuple[int, int]:
    found = json.loads(kubectl(lab, "get", "statefulset", "redpanda", "-n", SPACE, "-o", "json"))
    return found["spec"]["replicas"], found["status"].get("readyReplicas", 0)


def test_slow_path(lab: Lab, liar: Liar) -> None:
    """Docker's proxy of the entry port is stopped for a while again and again: the engine is as quick as ever."""
    with _stuttering(lab.settings.ports.entry):
        seen = liar.run()
    assert_told(seen, "path")


@contextmanager
def _stuttering(port: int) -> Iterator[None]:
    proxies = [
        process
        for process in psutil.process_iter(["name", "cmdline"])
        if process.info["name"] == "docker-proxy" and str(port) in (process.info["cmdline"] or ())
    ]
    if not proxies:
        pytest.skip(f"no docker-proxy serves port {port} here")
    ended = threading.Event()

    def stutter() -> None:
        while not ended.wait(0.4):
            for proxy in proxies:
                proxy.suspend()
            ended.wait(0.25)
            for proxy in proxies:
                proxy.resume()

    thread = threading.Thread(target=stutter, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
