"""Where the images' sources are, and which changes of one make its image stale."""

import os
import shutil
import socket
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as example_settings
from hypothesis import strategies as st

from lab.bringup import delivery, sources
from lab.bringup.sources import Source
from lab.core.errors import UsageError
from lab.core.paths import ROOT
from lab.settings import loading
from lab.settings.settings import Settings, SourcesSettings
from tests.lab.doubles import lab_of


def digest(folder: Path, target: str | None = None) -> str:
    return Source(folder=folder, target=target).digest()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "engine").mkdir()
    (tmp_path / "Dockerfile").write_text("FROM scratch")
    (tmp_path / "engine" / "app.py").write_text("pass")
    return tmp_path


CHANGES: dict[str, Callable[[Path], object]] = {
    "content": lambda folder: (folder / "Dockerfile").write_text("FROM other"),
    "a name": lambda folder: (folder / "Dockerfile").rename(folder / "Containerfile"),
    "a folder's name": lambda folder: (folder / "engine").rename(folder / "motor"),
    "the mode": lambda folder: (folder / "engine" / "app.py").chmod(0o755),
    "a new file": lambda folder: (folder / "engine" / "new.py").touch(),
    "a file gone": lambda folder: (folder / "engine" / "app.py").unlink(),
    "a link": lambda folder: (folder / "link").symlink_to("Dockerfile"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_hash_changes_with_all_that_a_build_sees(folder: Path, change: str) -> None:
    before = digest(folder)

    CHANGES[change](folder)

    assert digest(folder) != before


def gradle_project(folder: Path) -> Path:
    for name in ("gradlew", "build.gradle.kts"):
        (folder / name).write_text(name)
    (folder / "build" / "libs").mkdir(parents=True)
    return folder


def write(path: Path, text: str = "anything") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


CACHES = ["__pycache__/a.pyc", "engine/__pycache__/a.pyc", ".mypy_cache/x", ".ruff_cache/x", ".pytest_cache/v/x", ".hypothesis/x", ".git/index", ".gradle/8.10/checksums.lock", ".idea/workspace.xml"]  # fmt: skip


@pytest.mark.parametrize("cache", CACHES)
def test_the_hash_ignores_what_tools_leave_behind(folder: Path, cache: str) -> None:
    before = digest(folder)

    write(folder / cache)

    assert digest(folder) == before


@pytest.mark.parametrize("output", ["build/tmp/compileJava/previous.bin", "build/reports/problems.html"])
def test_of_gradle_s_output_the_hash_ignores_what_differs_from_build_to_build(folder: Path, output: str) -> None:
    before = digest(gradle_project(folder))

    write(folder / output)

    assert digest(folder) == before


@pytest.mark.parametrize("seen", ["build/libs/lib.jar", "build/install/bin/engine", "src/build/tmp/Order.java"])
def test_the_hash_changes_with_what_a_dockerfile_takes_of_gradle_s_output(folder: Path, seen: str) -> None:
    before = digest(gradle_project(folder))

    write(folder / seen)

    assert digest(folder) != before


def jar(path: Path, content: str, *, year: int) -> None:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(zipfile.ZipInfo("Engine.class", date_time=(year, 1, 1, 0, 0, 0)), content)


def test_a_jar_is_what_is_in_it_whenever_it_was_built(folder: Path) -> None:
    built = gradle_project(folder) / "build" / "libs" / "engine.jar"
    jar(built, "one", year=2025)
    before = digest(folder)

    jar(built, "one", year=2026)
    assert digest(folder) == before

    jar(built, "two", year=2026)
    assert digest(folder) != before


def test_the_hash_is_that_of_the_folder_wherever_and_whenever_it_is(folder: Path, tmp_path: Path) -> None:
    before = digest(folder)
    (folder / "Dockerfile").touch()
    (folder / "engine" / "app.py").chmod(0o600)

    assert digest(folder) == before
    assert len(before) == 16


def test_a_pipe_or_a_socket_is_left_out_and_never_waited_for(folder: Path) -> None:
    before = digest(folder)
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / "socket"))

    assert digest(folder) == before


def test_a_link_to_nowhere_such_as_an_editor_s_lock_is_no_error(folder: Path) -> None:
    (folder / ".#app.py").symlink_to("user@host.1234")

    assert digest(folder)


NAMES = st.sampled_from(["a", "b", "ab", "c/a", "c/b", "d/e/f"])
TREES = st.dictionaries(NAMES, st.tuples(st.binary(max_size=3), st.booleans()), max_size=5)


@example_settings(deadline=None, max_examples=60)
@given(TREES, TREES)
def test_two_folders_have_one_hash_exactly_when_they_hold_the_same(
    tmp_path_factory: pytest.TempPathFactory, one: dict[str, tuple[bytes, bool]], other: dict[str, tuple[bytes, bool]]
) -> None:
    hashes = []
    for tree in (one, other):
        folder = tmp_path_factory.mktemp("tree")
        for name, (content, executable) in tree.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
            (folder / name).chmod(0o755 if executable else 0o644)
        hashes.append(digest(folder))

    assert (hashes[0] == hashes[1]) == (one == other)


def with_engine(settings: Settings, written: object) -> Settings:
    return settings.model_copy(update={"sources": SourcesSettings.model_validate({"engine": written})})


def test_a_source_is_taken_from_the_project_s_root_or_from_anywhere(
    settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(folder.parent))

    assert sources.of(settings, "engine") == Source(folder=ROOT / "workloads", target="engine")
    assert sources.of(with_engine(settings, str(folder)), "engine") == Source(folder=folder)
    assert sources.of(with_engine(settings, f"~/{folder.name}"), "engine") == Source(folder=folder)


def test_what_is_not_built_here_has_no_source(settings: Settings) -> None:
    assert sources.of(with_engine(settings, None), "engine") is None
    assert sources.of(settings, "redpanda") is None


@pytest.mark.parametrize("written", [None, {"folder": "/home/me/engine"}])
def test_the_control_is_the_project_s_own_whatever_the_sources_say(settings: Settings, written: object) -> None:
    assert sources.of(with_engine(settings, written), "control") == Source(folder=ROOT / "workloads", target="control")


def test_a_target_is_one_that_the_dockerfile_has(folder: Path, settings: Settings) -> None:
    (folder / "Dockerfile").write_text("FROM a AS base\nFROM base AS One\nCOPY engine /\n")

    written = {"folder": str(folder), "target": "one"}
    assert sources.of(with_engine(settings, written), "engine") == Source(folder=folder, target="one")
    with pytest.raises(UsageError) as caught:
        sources.of(with_engine(settings, {**written, "target": "two"}), "engine")
    assert f"sources.engine.target: {folder}/Dockerfile has no stage 'two'; it has base, one" in caught.value.summary


@pytest.mark.parametrize(
    ("edited", "changes"),
    [
        ("engine/pipeline.py", {"engine"}),
        ("gateway/shard.py", {"gateway"}),
        ("gateway/new.py", {"gateway"}),
        ("control/routes.py", {"control"}),
        ("serving/protocol.py", {"engine", "gateway", "control"}),
        ("requirements.txt", {"engine", "gateway", "control"}),
        ("Dockerfile", {"engine", "gateway", "control"}),
        (".dockerignore", {"engine", "gateway", "control"}),
        ("requirements.in", set()),
    ],
)
def test_an_edit_makes_another_image_of_those_workloads_that_it_is_in(
    tmp_path: Path, edited: str, changes: set[str]
) -> None:
    """So an edit to the gateway rolls out no engine."""
    folder = tmp_path / "workloads"
    shutil.copytree(ROOT / "workloads", folder)
    before = {target: digest(folder, target) for target in ("engine", "gateway", "control")}

    with (folder / edited).open("a") as file:
        file.write("# edited\n")

    assert {target for target, was in before.items() if digest(folder, target) != was} == changes


def test_a_source_that_can_not_be_built_is_named_by_the_setting_s_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = tmp_path / "local.yaml"
    monkeypatch.setenv("LAB_SETTINGS", str(local))
    (tmp_path / "empty").mkdir()
    for lacks in ("there is no folder {}/none", "{}/empty has no Dockerfile"):
        named = lacks.format(tmp_path)
        local.write_text(f"name: mine\nsources:\n  engine: {next(w for w in named.split() if w.startswith('/'))}\n")

        with pytest.raises(UsageError) as caught:
            sources.of(loading.load(), "engine")

        assert caught.value.summary == (
            f"{local}:3: sources.engine: {named}; correct it, or set it to null and have the image in Docker's store"
        )


def test_a_wrong_source_is_told_when_the_steps_are_made_before_any_begins(settings: Settings) -> None:
    with pytest.raises(UsageError, match=r"sources.engine: there is no folder /nowhere"):
        delivery.have(lab_of(with_engine(settings, "/nowhere")), "engine", ())


def test_a_source_that_can_not_be_read_is_an_error_of_its_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(sources, "_content", refuse)

    with pytest.raises(UsageError, match=r"can't be read: .*Permission denied; Docker couldn't build it either"):
        digest(folder)
