"""A trial run of ASR 2 on three shards: every case measured through the gateway, a verdict with its evidence."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.cluster.lab import Lab
from lab.core.paths import RUNS
from tests.cluster.cluster_tools import Ended, Invokew

CASES = ["b1", "b1-peak", "b2", "b3", "b4"]


@pytest.fixture(scope="module")
def asr2(lab: Lab, invokew: Invokew) -> Iterator[Ended]:
    """It brings up what it needs by itself; one shard stands again when all is looked at."""
    assert lab
    yield invokew("asr2", "--profile=smoke")
    assert invokew("up", "--topology=single").code == 0


@pytest.fixture(scope="module")
def folder(asr2: Ended) -> Path:
    assert asr2.code in {0, 5, 6}, asr2.output
    return max((path for path in RUNS.iterdir() if "asr2" in path.name), key=lambda path: path.name)


def measurements(folder: Path, case: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / case / "measurements.json").read_text())["measurements"]
    return found


def test_the_run_ends_in_a_verdict_that_is_marked_as_a_trial(asr2: Ended, folder: Path) -> None:
    verdict = json.loads((folder / "verdict.json").read_text())["verdict"]

    assert "SMOKE" in asr2.output
    assert [case["case"] for case in verdict["cases"]] == CASES
    assert verdict["reason"]


def test_only_shard_a_gets_orders_in_the_baseline(folder: Path) -> None:
    orders = {shard["shard"]: shard["orders"] for shard in measurements(folder, "b1")["shards"]}

    assert orders["a"] > 100
    assert orders["b"] == orders["c"] == 0


def test_the_peak_reaches_every_shard_alike(folder: Path) -> None:
    orders = [shard["orders"] for shard in measurements(folder, "b2")["shards"]]

    assert len(orders) == 3
    assert min(orders) > 0.8 * max(orders)


def test_the_hot_symbols_shard_takes_most_orders(folder: Path) -> None:
    orders = {shard["shard"]: shard["orders"] for shard in measurements(folder, "b4")["shards"]}

    assert 0.75 < orders["a"] / sum(orders.values()) < 0.95  # 80 % and its part of the rest


def test_the_book_lasts_to_the_end(folder: Path) -> None:
    """With the spec's 500 orders a symbol it would not in a run of five minutes."""
    for case in CASES:
        for shard in measurements(folder, case)["shards"]:
            assert shard["least_asks"] != 0 or shard["orders"] == 0, (case, shard["shard"])


def test_where_everything_ran_is_kept(folder: Path) -> None:
    text = (folder / "provenance.json").read_text()

    assert all(name in text for name in ("me-shard-a", "me-shard-b", "me-shard-c", "edge-gateway", "redpanda-0"))
