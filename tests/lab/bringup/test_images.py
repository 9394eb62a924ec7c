"""How an image gets from the host's store to the pods, and when it is there."""

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lab.bringup import images
from lab.bringup.images import Delivery
from lab.bringup.sources import Source
from lab.core import causes
from lab.core.errors import ToolError
from lab.core.paths import STATE
from lab.process.shell import Command, Result
from lab.settings.settings import ImageSettings, LoadSettings, Settings, SourcesSettings
from lab.tools import docker, gradle
from tests.lab.caused import by
from tests.lab.doubles import ONE, TWO, Recorder, lab_of, with_images

ID = "sha256:0123456789abcdef" + "0" * 48
SHORT = "0123456789ab"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    return Recorder().on("image", "inspect", stdout=f"{ID} null").instead_of_run(monkeypatch, images, docker)


def test_a_topology_of_one_shard_needs_no_gateway(settings: Settings) -> None:
    assert set(images.roles(settings, TWO)) - set(images.roles(settings, ONE)) == {"gateway"}


def test_an_image_for_runners_is_had_only_where_load_comes_from_the_cluster(settings: Settings) -> None:
    inside = settings.model_copy(update={"load": LoadSettings(origin="cluster")})
    assert set(images.roles(inside, ONE)) - set(images.roles(settings, ONE)) == {"runner"}


def test_the_control_is_needed_everywhere_and_unpacked_where_the_orders_are_taken(settings: Settings) -> None:
    for topology, node in ((ONE, "agent-0"), (TWO, "server-0")):
        assert "control" in images.roles(settings, topology)
        assert images.seats(settings, topology, "control") == [f"k3d-{settings.name}-{node}"]


DELIVERIES: list[tuple[str, str, str, str | None]] = [
    ("registry", "matching-engine:v1", f"k3d-matching-engine-exp-registry:5000/matching-engine:v1-{SHORT}", f"127.0.0.1:5111/matching-engine:v1-{SHORT}"),
    ("registry", "quay.io/prometheus/prometheus:v3", f"k3d-matching-engine-exp-registry:5000/prometheus/prometheus:v3-{SHORT}", f"127.0.0.1:5111/prometheus/prometheus:v3-{SHORT}"),
    ("registry", "host.example:5000/a", f"k3d-matching-engine-exp-registry:5000/a:latest-{SHORT}", f"127.0.0.1:5111/a:latest-{SHORT}"),
    ("import", "matching-engine:v1", f"matching-engine:v1-{SHORT}", None),
    ("import", "quay.io/prometheus/prometheus:v3", f"quay.io/prometheus/prometheus:v3-{SHORT}", None),
]  # fmt: skip


@pytest.mark.parametrize(("way", "name", "arrival"), [(way, name, arrival) for way, name, *arrival in DELIVERIES])
def test_pods_get_an_image_under_a_tag_bound_to_its_content(
    settings: Settings, run: Recorder, way: str, name: str, arrival: list[str | None]
) -> None:
    """A rebuilt image under the same name rolls nothing out."""
    del run
    item = images.delivery(with_images(settings, delivery=way, engine=ImageSettings(name=name)), "engine")

    assert (item.source, item.id, [item.reference, item.pushed]) == (name, ID, arrival)


def test_an_image_built_anew_is_another_reference(settings: Settings, run: Recorder) -> None:
    before = images.delivery(settings, "engine").reference

    run.on("image", "inspect", stdout="sha256:ffffffffffffffff null")

    assert images.delivery(settings, "engine").reference != before


def test_an_image_that_is_nowhere_can_not_be_delivered(settings: Settings, run: Recorder) -> None:
    run.on("image", "inspect", code=1)

    with pytest.raises(
        ToolError,
        match=r"image matching-engine:experiment-v1 is not in Docker's store; run './invokew images'",
        check=by(causes.IMAGE_MISSING),
    ):
        images.delivery(settings, "engine")


@pytest.mark.parametrize(("way", "policy"), [("registry", "IfNotPresent"), ("import", "Never")])
def test_what_is_applied_names_the_images_as_they_were_delivered(
    settings: Settings, run: Recorder, way: str, policy: str
) -> None:
    del run
    chosen = with_images(settings, delivery=way)
    item = images.delivery(chosen, "engine")

    resolved = images.resolved(chosen, [item])

    assert (resolved.images.engine.name, resolved.images.engine.policy) == (item.reference, policy)
    assert resolved.images.redpanda == settings.images.redpanda


def test_a_push_takes_its_name_off_the_host_s_store_again(settings: Settings, run: Recorder) -> None:
    item = images.delivery(settings, "redpanda")
    run.commands.clear()

    images.push(item)

    assert [command.argv[:2] for command in run.commands] == [("docker", "tag"), ("docker", "push"), ("docker", "rmi")]
    assert all(item.pushed in command.argv for command in run.commands)


def test_a_push_that_fails_cleans_up_and_keeps_its_error(settings: Settings, run: Recorder) -> None:
    run.on("push", code=1, stderr="connection refused").on("rmi", code=1)

    with pytest.raises(ToolError) as caught:
        images.push(images.delivery(settings, "redpanda"))

    assert caught.value.details == ("connection refused",)
    assert run.asked("rmi")


def test_an_import_is_one_image_a_call_and_its_name_goes_again(settings: Settings, run: Recorder) -> None:
    """Several images in one direct import have failed; the default mode hides failures."""
    chosen = with_images(settings, delivery="import")
    item = images.delivery(chosen, "engine")
    run.commands.clear()

    images.import_to_nodes(lab_of(chosen), item)

    assert [command.argv for command in run.commands] == [
        ("docker", "tag", "matching-engine:experiment-v1", item.reference),
        ("docker", "save", "--output", str(STATE / "engine.tar"), item.reference),
        ("k3d", "image", "import", str(STATE / "engine.tar"), "--cluster", settings.name, "--mode", "direct"),
        ("docker", "rmi", "--no-prune", item.reference),
    ]


CONTAINERD = [
    ("matching-engine:v1", f"docker.io/library/matching-engine:v1-{SHORT}"),
    ("rig/grafana:1", f"docker.io/rig/grafana:1-{SHORT}"),
    ("quay.io/prometheus/prometheus:v3", f"quay.io/prometheus/prometheus:v3-{SHORT}"),
]


@pytest.mark.parametrize(("name", "kept"), CONTAINERD)
def test_a_node_lacks_an_image_until_its_own_store_has_it(
    settings: Settings, run: Recorder, name: str, kept: str
) -> None:
    """k3d's exit status is not trusted."""
    chosen = with_images(settings, delivery="import", engine=ImageSettings(name=name))
    run.on("ps", stdout="n-server server\nn-agent agent\nn-lb loadbalancer\n")
    run.on("exec", "n-agent", stdout=f"sha256:ab\n{kept}\n").on("exec", "n-server", stdout=f"{kept}-other\n")

    assert images.nodes_without(chosen, images.delivery(chosen, "engine")) == ["n-server"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Dockerfile").write_text("FROM scratch")
    return tmp_path


def built_from(settings: Settings, folder: Path | None) -> Settings:
    source = SourcesSettings.model_validate({"engine": str(folder) if folder else None})
    return settings.model_copy(update={"sources": source})


def labelled(run: Recorder, folder: Path) -> None:
    """The image in the store is of the folder as it is."""
    labels = {docker.SOURCE_LABEL: Source(folder=folder).digest()}
    run.on("image", "inspect", stdout=f"{ID} {json.dumps(labels)}")


def test_an_image_is_built_again_only_when_its_source_has_changed(
    settings: Settings, folder: Path, run: Recorder
) -> None:
    chosen, said = built_from(settings, folder), list[str]()
    labelled(run, folder)
    assert images.why_in_store(chosen, "engine") == f"built from this {folder} ({SHORT})"

    (folder / "new.py").touch()
    assert images.why_in_store(chosen, "engine") is None

    images.obtain(chosen, "engine", said.append)
    (command,) = run.asked("build")
    assert command.argv[-2:] == (settings.images.engine.name, str(folder))
    assert f"{docker.SOURCE_LABEL}={Source(folder=folder).digest()}" in command.argv
    assert said == [f"building {folder}"]
    assert images.obtain_commands(chosen, "engine") == [command]


def test_images_of_one_folder_are_built_one_after_the_other(
    settings: Settings, folder: Path, run: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two cold builds at once would make two sets of the layers that the images can share."""
    (folder / "Dockerfile").write_text("FROM scratch AS one\nFROM scratch AS two\n")
    written = {
        role: {"folder": str(folder), "target": target} for role, target in (("engine", "one"), ("gateway", "two"))
    }
    chosen = settings.model_copy(update={"sources": SourcesSettings.model_validate(written)})
    under_way, most = list[str](), list[int]()

    def slowly(command: Command, *, check: bool = True) -> Result:
        if command.argv[1] == "build":
            under_way.append(command.argv[-2])
            most.append(len(under_way))
            time.sleep(0.1)
            under_way.pop()
        return run(command, check=check)

    monkeypatch.setattr(images, "run", slowly)
    said: dict[images.Role, list[str]] = {"engine": [], "gateway": []}
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda role: images.obtain(chosen, role, said[role].append), said))

    assert most == [1, 1]
    built = {
        role: (said[role][-1], *command.argv[4:6])
        for role, command in zip(sorted(said), sorted(run.asked("build"), key=str), strict=True)
    }
    assert built == {
        "engine": (f"building {folder}, target one", "--target", "one"),
        "gateway": (f"building {folder}, target two", "--target", "two"),
    }
    assert sorted(len(words) for words in said.values()) == [1, 2]


@pytest.fixture
def project(folder: Path, run: Recorder, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Gradle project whose build leaves a jar."""
    for name in ("gradlew", "build.gradle.kts"):
        (folder / name).write_text(name)
    (folder / "gradlew").chmod(0o755)
    jar = folder / "build" / "libs" / "engine.jar"

    def gradle_too(command: Command, *, check: bool = True) -> Result:
        if command.argv[0].endswith("gradlew"):
            jar.parent.mkdir(parents=True, exist_ok=True)
            jar.write_text("classes")
        return run(command, check=check)

    monkeypatch.setattr(gradle, "run", gradle_too)
    return folder


def test_a_java_source_is_compiled_then_its_own_dockerfile_is_built(
    settings: Settings, project: Path, run: Recorder
) -> None:
    chosen = built_from(settings, project)
    planned = images.obtain_commands(chosen, "engine")

    images.obtain(chosen, "engine", lambda _: None)

    ran = [command.argv[:2] for command in run.commands if "inspect" not in command.argv]
    assert ran == [(f"{project}/gradlew", "clean"), ("docker", "build")]
    assert [command.argv[:2] for command in planned] == ran


def test_a_source_that_was_only_touched_is_compiled_but_its_image_stays(
    settings: Settings, project: Path, run: Recorder
) -> None:
    """So nothing rolls out: the jar holds the same classes."""
    chosen = built_from(settings, project)
    images.obtain(chosen, "engine", lambda _: None)
    labelled(run, project)
    assert images.why_in_store(chosen, "engine")
    run.commands.clear()

    later = time.time() + 5
    os.utime(project / "build.gradle.kts", (later, later))
    assert images.why_in_store(chosen, "engine") is None
    images.obtain(chosen, "engine", lambda _: None)

    assert run.asked("clean")
    assert not run.asked("docker", "build", "--tag")
    assert images.why_in_store(chosen, "engine")


def test_an_image_that_is_not_built_here_needs_only_be_there(settings: Settings, run: Recorder) -> None:
    chosen = built_from(settings, None)
    name = chosen.images.engine.name
    assert images.why_in_store(chosen, "engine") == f"{name} is in Docker's store"

    run.on("image", "inspect", code=1)
    assert images.why_in_store(chosen, "engine") is None

    images.obtain(chosen, "engine", lambda _: None)
    assert run.asked("pull")
    assert images.obtain_commands(chosen, "engine") == run.asked("pull")


def test_an_image_that_can_not_be_pulled_says_what_to_do(settings: Settings, run: Recorder) -> None:
    run.on("pull", code=1, stderr="manifest unknown")

    with pytest.raises(
        ToolError,
        match=r"is not in Docker's store and can't be pulled; correct `images` or `sources` in the settings",
        check=by(causes.IMAGE_MISSING),
    ) as caught:
        images.obtain(settings, "redpanda", lambda _: None)

    assert "manifest unknown" in caught.value.details


def test_what_is_imported_can_not_be_pushed() -> None:
    with pytest.raises(ValueError, match="r is imported, not pushed"):
        images.push(Delivery(role="grafana", source="s", id=ID, reference="r", pushed=None))
