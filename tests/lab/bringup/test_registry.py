"""How the lab's registry comes about, and when it has an image."""

from typing import Any

import pytest

from lab.bringup import images, k3d_cluster
from lab.bringup.images import Delivery
from lab.bringup.k3d_cluster import registry as registry_step
from lab.cluster.lab import Lab
from lab.tools import k3d
from tests.lab.doubles import Recorder, is_done, silent
from tests.lab.k3d_lists import NAME, NONE, registries
from tests.lab.served import Served, served

ID = "sha256:0123456789abcdef" + "0" * 48
SHORT = "0123456789ab"
DIGEST = "Docker-Content-Digest"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    return Recorder().instead_of_run(monkeypatch, k3d_cluster, k3d)


CONNECT = ("docker", "network", "connect")
"""A cluster that stands gets its images from the new one."""
REGISTRIES = [
    ("absent", NONE, None, [("k3d", "registry", "create"), CONNECT]),
    ("stopped", registries(running=False), None, [("docker", "start", f"k3d-{NAME}-registry")]),
    (
        "on another port",
        registries(port="5000"),
        None,
        [("k3d", "registry", "delete"), ("k3d", "registry", "create"), CONNECT],
    ),
    ("listens", registries(), "listens on 127.0.0.1:5111", []),
]


@pytest.mark.parametrize(
    ("found", "reason", "commands"), [row[1:] for row in REGISTRIES], ids=[row[0] for row in REGISTRIES]
)
def test_a_registry_comes_about_from_what_stands(
    lab: Lab, run: Recorder, found: str, reason: str | None, commands: list[tuple[str, ...]]
) -> None:
    run.on("registry", "list", stdout=found)
    step = registry_step(lab, ())
    assert is_done(step) == reason

    if reason is None:
        step.run(silent)

    assert [command.argv[:3] for command in run.commands if "list" not in command.argv] == commands


Reply = tuple[int, Any] | tuple[int, Any, dict[str, str]]
MANIFEST = f"/v2/rig/grafana/manifests/1-{SHORT}"


def has(registry: Served) -> bool:
    """Whether a registry has the image."""
    pushed = f"{registry.url.removeprefix('http://')}/rig/grafana:1-{SHORT}"
    return images.in_registry(Delivery(role="grafana", source="s", id=ID, reference="r", pushed=pushed))


def manifest(config: str) -> dict[str, Any]:
    return {"config": {"digest": config}}


REPLIES: list[tuple[str, Reply, bool]] = [
    ("Docker's own store: the configuration's digest", (200, manifest(ID), {DIGEST: "sha256:m"}), True),
    ("containerd's store: the manifest's digest", (200, manifest("sha256:c"), {DIGEST: ID}), True),
    ("an index has no configuration", (200, {"manifests": []}, {DIGEST: ID}), True),
    ("another image under the tag", (200, manifest("sha256:c"), {DIGEST: "sha256:m"}), False),
    ("no such tag", (404, {"errors": []}, {DIGEST: ID}), False),
    ("a registry that fails", (500, ""), False),
    ("something else that listens there", (200, "<html>hello</html>"), False),
]


@pytest.mark.parametrize(("reply", "there"), [row[1:] for row in REPLIES], ids=[row[0] for row in REPLIES])
def test_the_registry_has_an_image_when_it_has_this_very_content(reply: Reply, there: bool) -> None:
    with served({MANIFEST: reply}) as registry:
        assert has(registry) is there


def test_the_registry_is_asked_for_every_kind_of_manifest() -> None:
    with served({}) as registry:
        assert not has(registry)

    ((path, _, _, headers),) = registry.asked
    assert path == MANIFEST
    assert all(
        f"application/vnd.{kind}" in headers["Accept"]
        for kind in ("oci.image.index.v1+json", "docker.distribution.manifest.v2+json")
    )


def test_a_registry_that_does_not_answer_has_nothing() -> None:
    nobody = Delivery(role="grafana", source="s", id=ID, reference="r", pushed="127.0.0.1:1/a:1")

    assert images.in_registry(nobody) is False
