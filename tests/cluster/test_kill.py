"""The runner is killed -9 while the broker is away: the lab heals by itself, and nothing is lost."""

import json
import signal
import time
from pathlib import Path

import requests

from lab.bringup.entry import urls
from lab.cluster import topics
from lab.cluster.lab import Lab
from lab.core.paths import STATE
from tests.cluster.cluster_tools import Invokew, begin, end, kubectl, until

HEALED = 30.0
"""Seconds from the kill until the broker is ready again: the issue's number."""


def replicas(lab: Lab) -> tuple[int, int]:
    found = json.loads(kubectl(lab, "get", "statefulset", "redpanda", "-n", "matching-engine", "-o", "json"))
    return found["spec"]["replicas"], found["status"].get("readyReplicas", 0)


def test_a_killed_runner_leaves_a_broker_that_comes_back(lab: Lab, tmp_path: Path) -> None:
    process = begin("case", "a4", "--profile=smoke", output=tmp_path / "output")
    until(lambda: replicas(lab) == (0, 0), deadline=120, what="the broker is away")

    end(process, signal.SIGKILL)
    killed = time.monotonic()
    process.wait(10)
    until(lambda: replicas(lab) == (1, 1), deadline=HEALED, what="the broker is back by itself")
    seconds = time.monotonic() - killed

    print(f"back {seconds:.1f} s after the kill")  # noqa: T201 - a measurement for who reads the log
    until(lambda: not (STATE / "fault.json").exists(), deadline=10, what="the journal is closed")
    topics.prove(lab.kube, lab.settings.topics.names, lab.settings.topics.partitions)


def test_orders_after_that_are_published_on_both_topics(lab: Lab) -> None:
    names = lab.settings.topics.names
    before = topics.watermarks(lab.kube, names)
    entry = urls(lab)["orders"]
    for side, path in (("SELL", "seed"), ("BUY", "orders")):
        order = {"orderId": f"after-{side}", "symbol": "TEST-ASSET-B", "side": side, "price": 2, "quantity": 3}
        body = {"orders": [order]} if path == "seed" else order
        assert requests.post(f"{entry}/{path}", json=body, timeout=5).ok

    def written() -> bool:
        after = topics.watermarks(lab.kube, names)
        return all(after[name] > before[name] for name in names)

    until(written, deadline=30, what="both topics have grown")


def test_the_next_command_finds_nothing_to_heal(lab: Lab, invokew: Invokew) -> None:
    ended = invokew("up")
    assert ended.code == 0, ended.output
    assert "no outage was left behind" in ended.output
