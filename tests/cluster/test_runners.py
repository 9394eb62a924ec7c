"""A load from pods of the cluster: whole, measured as one, gone afterwards; one whose pod is deleted is named."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lab.cluster.lab import Lab
from lab.core.access import SPEC
from lab.core.part_labels import RUNNERS
from lab.store.files import MeasurementsFile
from lab.store.folder import Folder
from tests.cluster.cluster_tools import ROOT, Invokew, begin, kubectl, until
from tests.cluster.overlays import written
from tests.cluster.test_asr1 import latest

HALF = 4.0
"""Seconds: half of the trial's load."""

LIES = Path(__file__).parent / "lies" / "runners.py"

UNDECIDED, INVALID = 6, 5
"""Exit codes: a load so short may leave its p99 open."""


def settings(folder: Path, *, runners: int) -> str:
    """Where those are by which pods send a short load, and nothing else is measured."""
    chosen = {
        "load": {"from": "cluster", "runners": runners},
        "validity": {"smoke": {"control": 0, "calibration": 0}},
        "cases": {"a2": {"smoke": {"duration": "8s", "warmup": "1s"}}},
    }
    return written(folder / "inside.yaml", chosen)


@pytest.fixture(scope="module")
def inside(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Settings by which two pods send the load."""
    return settings(tmp_path_factory.mktemp("settings"), runners=2)


def left(lab: Lab) -> str:
    kinds = "jobs,pods,configmaps,networkpolicies"
    return kubectl(lab, "get", kinds, "--all-namespaces", "-l", RUNNERS, "-o", "name")


def running(lab: Lab) -> list[str]:
    found = json.loads(kubectl(lab, "get", "pods", "-n", SPEC.workloads, "-l", RUNNERS, "-o", "json"))["items"]
    return sorted(pod["metadata"]["name"] for pod in found if pod["status"]["phase"] == "Running")


def test_two_pods_send_all_orders_that_the_engine_took_and_leave_nothing(
    lab: Lab, invokew: Invokew, inside: str
) -> None:
    ended = invokew("case", "a2", "--profile=smoke", LAB_SETTINGS=inside)
    assert ended.code in {0, UNDECIDED}, ended.output
    file = Folder(latest()).read(MeasurementsFile, "a2")
    assert file is not None

    measured = file.measurements
    first, second = (runner.orders for runner in measured.generator.runners)
    assert first == pytest.approx(second, abs=2)
    assert [shard.orders for shard in measured.shards] == [first + second]
    assert all(runner.clock is not None and runner.cpu_share > 0 for runner in measured.generator.runners)
    assert left(lab) == ""


def test_one_that_is_deleted_at_half_time_makes_the_case_invalid_by_its_name(
    lab: Lab, inside: str, tmp_path: Path
) -> None:
    output = tmp_path / "output"
    process = begin("case", "a2", "--profile=smoke", output=output, LAB_SETTINGS=inside)
    until(lambda: "0/8 s" in output.read_text(), deadline=60, what="the load has begun")
    time.sleep(HALF)
    deleted = running(lab)[1]

    kubectl(lab, "delete", "pod", "-n", SPEC.workloads, deleted)

    assert process.wait(60) == INVALID
    assert f"runner 2 of 2: its pod {deleted} was deleted" in output.read_text()
    assert left(lab) == ""


def test_one_that_comes_late_and_one_with_another_clock_make_the_case_invalid_by_their_names(
    lab: Lab, tmp_path: Path
) -> None:
    ended = subprocess.run(
        [sys.executable, "-P", str(LIES), "case", "a2", "--profile=smoke"],
        cwd=ROOT,
        env={**os.environ, "LAB_SETTINGS": settings(tmp_path, runners=3)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert ended.returncode == INVALID, ended.stdout + ended.stderr
    verdict = json.loads((latest() / "verdict.json").read_text(encoding="utf-8"))["verdict"]
    reasons = "\n".join(verdict["cases"][-1]["reasons"])
    assert "runner 2 of 3 was late all along: it sent its orders " in reasons
    assert re.search(r"runner 3 of 3 has a clock [23].* s ahead of this machine's \(limit 1 s\)", reasons), reasons
    assert not re.search("runner 1 of 3 (was late|has a clock)", reasons)
    assert left(lab) == ""
