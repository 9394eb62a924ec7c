"""A Java engine and a k6 script that share no code with the project's: compiled, delivered, loaded, judged; then back."""

import json
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from lab.cluster.lab import Lab
from lab.core.paths import RUNS
from tests.cluster.cluster_tools import ROOT, Ended, kubectl, run_invokew
from tests.cluster.overlays import written

OWN = ROOT / "tests" / "own_parts"
IMAGE = "own-engine:1"
SETTINGS = {
    "images": {"engine": {"name": IMAGE}},
    "sources": {"engine": str(OWN / "engine")},
    "loadtests": {"folder": str(OWN / "k6"), "scripts": {"a2": "steady-flow.js"}},
}

pytestmark = pytest.mark.skipif(not (shutil.which("javac") and shutil.which("jlink")), reason="a JDK is not on PATH")


def image_of_shard(lab: Lab) -> str:
    shown = "jsonpath={.spec.template.spec.containers[0].image}"
    return kubectl(lab, "get", "deployment", "me-shard-a", "-n", "matching-engine", "-o", shown)


@pytest.fixture(scope="module")
def overlay(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The file with them."""
    return written(tmp_path_factory.mktemp("settings") / "own.yaml", SETTINGS)


@pytest.fixture(scope="module")
def own(lab: Lab, overlay: str) -> Iterator[tuple[Ended, str]]:
    """A trial of A2 on parts of one's own: what it printed, and the image that ran; afterwards ours stands again."""
    shutil.rmtree(OWN / "engine" / "build", ignore_errors=True)
    try:
        ended = run_invokew("case", "a2", "--profile=smoke", LAB_SETTINGS=overlay)
        yield ended, image_of_shard(lab)
    finally:
        back = run_invokew("up", "--topology=single")
        subprocess.run(("docker", "rmi", IMAGE), capture_output=True, check=False)
    assert back.code == 0, back.output


def test_they_run_to_a_verdict_without_a_change(own: tuple[Ended, str]) -> None:
    """The exit code is a verdict's (PASS, INVALID, missed): on a loaded machine any of them is honest."""
    ended, image = own
    assert ended.code in {0, 5, 6}, ended.output
    assert "clean build -x test" in ended.output
    assert "/own-engine:1-" in image or image.startswith("own-engine:1-")


def test_nothing_of_the_measurement_broke(own: tuple[Ended, str]) -> None:
    """Every order was told from the 40,000 seeds of one body, and the engine's own counters were understood."""
    ended, _ = own
    run = RUNS / (RUNS / "latest").read_text().strip()
    measured = json.loads((run / "a2" / "measurements.json").read_text())["measurements"]
    (shard,) = measured["shards"]
    assert measured["problems"] == [], ended.output
    assert measured["sent"] == measured["accepted"] == pytest.approx(17 * 33, rel=0.2)
    assert shard["scrapers"] == 1
    assert shard["least_asks"] > 30_000
    assert measured["client"]["whole"]["p99"] > 0
    correctness = measured["correctness"]
    assert (correctness["unchecked"], correctness["is_silent"]) == ("no records", True), "it knows no Kafka"


def test_what_was_not_touched_is_not_built_again(own: tuple[Ended, str], overlay: str) -> None:
    planned = run_invokew("--dry", "up", LAB_SETTINGS=overlay)

    assert planned.code == 0, planned.output
    assert "gradlew" not in planned.output
    assert f"built from this {OWN / 'engine'}" in planned.output
