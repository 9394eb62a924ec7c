"""Pins against a real registry: a tag that has moved is put back by its digest."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.bringup import charts, pins
from lab.cluster.lab import Lab
from lab.core.errors import PreflightError
from lab.settings.settings import Settings


def docker(*words: str) -> str:
    return subprocess.run(("docker", *words), capture_output=True, text=True, check=True, timeout=120).stdout.strip()


@pytest.fixture
def pulled(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """The lab's settings with a Grafana that came from the lab's registry."""
    monkeypatch.setattr(pins, "FILE", tmp_path / "experiment.pins.json")
    monkeypatch.setattr(charts, "COPIES", tmp_path / "charts")
    name = f"127.0.0.1:{lab.settings.ports.registry}/pinned/grafana:1"
    docker("tag", lab.settings.images.grafana.name, name)
    docker("push", "--quiet", name)
    image = lab.settings.images.grafana.model_copy(update={"name": name})
    yield lab.settings.model_copy(update={"images": lab.settings.images.model_copy(update={"grafana": image})})
    subprocess.run(("docker", "rmi", "--no-prune", name), capture_output=True, check=False, timeout=60)


def test_a_tag_that_has_moved_is_put_back_by_its_digest_and_offline_it_is_named(lab: Lab, pulled: Settings) -> None:
    name = pulled.images.grafana.name
    taken = pins.take(pulled, lab.tools, print)
    pin = taken.images["images.grafana"]
    assert f"{name.rpartition(':')[0]}@{pin.digest}" in docker("image", "inspect", "--format", "{{.RepoDigests}}", name)
    docker("rmi", "--no-prune", name)
    docker("tag", lab.settings.images.prometheus.name, name)

    with pytest.raises(PreflightError, match=rf"images\.grafana: {name} is .*, {pin.digest} is pinned"):
        pins.hold(pulled, lab.tools, taken, print, offline=True)
    pins.hold(pulled, lab.tools, taken, print, offline=False)

    assert docker("image", "inspect", "--format", "{{.Id}}", name) == pin.id
    docker("rmi", "--no-prune", f"{name.rpartition(':')[0]}@{pin.digest}")
