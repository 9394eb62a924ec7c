"""What breaks on a cluster is explained on one screen, and all that there was to see is in a bundle without a secret."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.cluster.lab import Lab
from lab.core.paths import ROOT
from lab.diagnose.bundle import FAILURES
from lab.diagnose.failure_page import ROWS, rows
from tests.cluster.cluster_tools import Ended, Invokew
from tests.cluster.overlays import written

IMAGE = "crashing-engine:1"
LAST_WORDS = "no shard id in ME_SHARD_ID"
CRASHES = f"""FROM {{base}}
ENTRYPOINT ["/opt/workloads/bin/python", "-c", "raise SystemExit('{LAST_WORDS}')"]
"""


def bundle_of(ended: Ended) -> Path:
    (line,) = (line for line in ended.output.splitlines() if line.startswith("  bundle: "))
    return ROOT / line.removeprefix("  bundle: ")


def page_of(ended: Ended) -> list[str]:
    lines = ended.output.splitlines()
    return lines[next(index for index, line in enumerate(lines) if line.startswith("error: ")) + 1 :]


@pytest.fixture(scope="module")
def crashed(lab: Lab, invokew: Invokew, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ended]:
    """What `up` printed with an engine that crashes; afterwards ours stands again."""
    folder = tmp_path_factory.mktemp("engine")
    (folder / "Dockerfile").write_text(CRASHES.format(base=lab.settings.images.engine.name))
    own = {"images": {"engine": {"name": IMAGE}}, "sources": {"engine": str(folder)}}
    settings = written(tmp_path_factory.mktemp("settings") / "crashing.yaml", own)
    try:
        yield invokew("up", "--topology=single", LAB_SETTINGS=settings)
    finally:
        back = invokew("up", "--topology=single")
        subprocess.run(("docker", "rmi", IMAGE), capture_output=True, check=False)
    assert back.code == 0, back.output


def test_an_engine_that_crashes_is_told_by_cause_last_words_and_next_command(crashed: Ended) -> None:
    page = page_of(crashed)
    assert crashed.code == 4, crashed.output
    assert page[0].startswith("  crash loop: pod matching-engine/me-shard-a-"), crashed.output
    assert any(LAST_WORDS in line for line in page), crashed.output
    assert "  events:" in page
    assert "  describe:" in page
    assert "  next: ./invokew logs --name=a --previous" in page
    assert rows(page) <= ROWS + 2


def test_its_bundle_has_the_pods_the_events_and_the_logs_and_no_secret(crashed: Ended) -> None:
    bundle = bundle_of(crashed)
    assert bundle.parent == FAILURES
    names = {str(path.relative_to(bundle)) for path in bundle.rglob("*") if path.is_file()}
    assert {"error.txt", "pods.json", "nodes.json", "events.json", "releases.json", "timeline.json"} <= names
    logs = [path for path in (bundle / "logs").iterdir() if path.name.startswith("matching-engine.me-shard-a-")]
    assert any(LAST_WORDS in path.read_text() for path in logs)
    assert not any('"kind": "Secret"' in path.read_text() for path in bundle.rglob("*.json"))
    print((bundle / "skipped.txt").read_text() if "skipped.txt" in names else "nothing was skipped")  # noqa: T201


def test_an_image_that_is_nowhere_is_told(lab: Lab, invokew: Invokew, tmp_path: Path) -> None:
    ended = invokew("up", LAB_SETTINGS=written(tmp_path / "x.yaml", {"images": {"redpanda": {"name": "rig/absent:9"}}}))

    assert ended.code == 4, ended.output
    assert "image rig/absent:9 is not in Docker's store" in ended.output
    assert page_of(ended)[0] == "  image missing"
    assert (bundle_of(ended) / "docker.txt").read_text().count(lab.settings.name) > 0


def test_wrong_settings_leave_no_bundle(invokew: Invokew, tmp_path: Path) -> None:
    before = set(FAILURES.iterdir()) if FAILURES.exists() else set()

    ended = invokew("up", LAB_SETTINGS=written(tmp_path / "x.yaml", {"cluster": {"agent": 2}}))

    assert ended.code == 2, ended.output
    assert "bundle:" not in ended.output
    assert before == (set(FAILURES.iterdir()) if FAILURES.exists() else set())
