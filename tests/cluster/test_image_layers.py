"""The workloads' images, as the lab builds them: one set of layers, and a last one each."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab.bringup.sources import Source
from lab.core.paths import ROOT
from lab.tools import docker

TARGETS = ("engine", "gateway", "control")
BUILDKIT = "DOCKER_BUILDKIT"


@dataclass(frozen=True)
class Image:
    """The id of an image and its layers, lowest first."""

    id: str
    layers: list[str]


class Builds:
    """A copy of the workloads, built as often as a test asks for."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder / "workloads"
        shutil.copytree(ROOT / "workloads", self.folder)
        self.environment = environment

    @staticmethod
    def name(target: str) -> str:
        return f"matching-engine-lab-layers:{target}"

    def build(self, target: str) -> Image:
        source = Source(folder=self.folder, target=target)
        self._run(*docker.build_command(self.name(target), source.folder, source.digest(), target).argv)
        found = self._run("docker", "inspect", "--format", "{{.Id}} {{json .RootFS.Layers}}", self.name(target))
        id_, _, layers = found.partition(" ")
        return Image(id_, json.loads(layers))

    def packages(self, target: str) -> set[str]:
        """The workloads' own packages that are in an image."""
        names = ("serving", *TARGETS)
        code = f"import importlib.util as u; print(*(name for name in {names} if u.find_spec(name)))"
        return set(
            self._run(
                "docker", "run", "--rm", "--entrypoint", "/opt/workloads/bin/python", self.name(target), "-c", code
            ).split()
        )

    def _run(self, *argv: str) -> str:
        ended = subprocess.run(argv, env=self.environment, capture_output=True, text=True, check=False, timeout=900)
        assert ended.returncode == 0, f"{argv}: {ended.stdout[-2000:]}{ended.stderr[-2000:]}"
        return ended.stdout


@pytest.fixture(params=["0", None], ids=["without BuildKit", "Docker's default"])
def builds(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Builds]:
    """With BuildKit off, and as Docker does it where nobody says anything."""
    environment = {key: value for key, value in os.environ.items() if key != BUILDKIT}
    yield Builds(tmp_path, environment if request.param is None else {**environment, BUILDKIT: request.param})
    subprocess.run(("docker", "rmi", *map(Builds.name, TARGETS)), capture_output=True, check=False)


def test_images_differ_in_their_last_layer_alone(builds: Builds) -> None:
    built = [builds.build(target) for target in TARGETS]

    assert len({tuple(image.layers[:-1]) for image in built}) == 1
    assert len({image.layers[-1] for image in built}) == len(TARGETS)
    assert [builds.packages(target) for target in TARGETS] == [{"serving", target} for target in TARGETS]


def test_an_edit_to_one_workload_changes_its_own_last_layer_alone(builds: Builds) -> None:
    before = {target: builds.build(target) for target in TARGETS}
    with (builds.folder / "gateway" / "routes.py").open("a") as file:
        file.write("# edited\n")

    after = {target: builds.build(target) for target in TARGETS}

    assert (after["engine"], after["control"]) == (before["engine"], before["control"])
    assert after["gateway"].layers[:-1] == before["gateway"].layers[:-1]
    assert after["gateway"].layers[-1] != before["gateway"].layers[-1]
