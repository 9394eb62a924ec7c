import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lab.errors import PreflightError, ToolError
from lab.lab import Lab
from lab.running import host, provenance
from lab.running.host import Host
from lab.running.provenance import images, keep, settings_hash
from lab.running.runs import Run
from lab.toolbox import docker
from tests.lab.doubles import FakeKube
from tests.lab.made import SETTINGS, suite

MACHINE = Host(
    system="Linux", architecture="x86_64", processor="x", cores=8, memory=1, load=(0.0, 0.0, 0.0), docker={"cores": 2}
)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run on a machine whose Docker has fewer cores than it."""

    def no_docker() -> None:
        raise PreflightError("docker does not answer")

    monkeypatch.setattr(host, "facts", lambda: MACHINE)
    monkeypatch.setattr(docker, "engine", no_docker)
    monkeypatch.setattr(provenance, "project", lambda: {"commit": None, "changed": None})
    return Run.create(tmp_path, suite(), datetime.now(UTC))


def test_a_run_keeps_what_it_was_made_with_and_says_what_runs_where(lab: Lab, kube: FakeKube, run: Run) -> None:
    node = f"k3d-{SETTINGS.name}-agent-0"
    metadata = {"namespace": "matching-engine", "name": "me-shard-a-1", "labels": {"shard": "a"}}
    kube.objects = {
        "Pod": [{"metadata": metadata, "spec": {"nodeName": node}, "status": {}}],
        "Node": [{"metadata": {"name": name}, "status": {"capacity": {"cpu": "2"}}} for name in (node, "server-0")],
    }

    said = keep(lab, suite(), run)

    assert said == ["me-shard-a on agent-0; the 2 nodes and k6 share this machine's 2 cores"]
    kept = {path.name: json.loads(path.read_text()) for path in run.path.iterdir()}
    assert set(kept) == {
        "host.json", "images.json", "placement.json", "settings.json", "versions.json", "warnings.json",
    }  # fmt: skip
    assert kept["placement.json"]["shared"] is True
    assert kept["settings.json"]["cases"] == [case.id for case in suite().cases]
    assert kept["warnings.json"] == ["docker does not answer"]


def test_a_cluster_that_does_not_answer_leaves_a_run_without_places(lab: Lab, kube: FakeKube, run: Run) -> None:
    kube.error = ToolError("the cluster doesn't answer")

    assert keep(lab, suite(), run) == ["where the pods run is unknown: the cluster doesn't answer"]
    assert json.loads((run.path / "placement.json").read_text()) == {"unknown": "the cluster doesn't answer"}


def test_the_hash_tells_settings_apart_and_nothing_else() -> None:
    copy = SETTINGS.model_copy()
    other = SETTINGS.model_copy(update={"name": "another"})

    assert settings_hash(copy) == settings_hash(SETTINGS)
    assert settings_hash(other) != settings_hash(SETTINGS)


def test_each_containers_image_is_known_by_its_digest() -> None:
    status = {
        "name": "matching-engine",
        "image": "registry:5000/engine:1",
        "imageID": "registry:5000/engine@sha256:abc",
    }
    pod = {
        "metadata": {"namespace": "matching-engine", "name": "me-shard-a-1"},
        "status": {"containerStatuses": [status]},
    }
    pending = {"metadata": {"namespace": "monitoring", "name": "grafana-1"}, "status": {}}

    assert images([pod, pending]) == [
        {
            "namespace": "matching-engine",
            "pod": "me-shard-a-1",
            "container": "matching-engine",
            "image": "registry:5000/engine:1",
            "digest": "registry:5000/engine@sha256:abc",
        }
    ]
