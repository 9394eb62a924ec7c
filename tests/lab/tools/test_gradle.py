"""When Gradle has to run, what it is told, and what is said when it fails."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.core.errors import ToolError, UsageError
from lab.process.shell import Command, Result
from lab.tools import gradle
from lab.tools.gradle import bring_up_to_date, why_stale

LONG_AGO, JAR_BUILT, LATER = 1_000_000, 2_000_000, 3_000_000
SOURCES = ("gradlew", "build.gradle.kts", "settings.gradle.kts", "src/main/java/Engine.java")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Sources of long ago, and a jar built of them."""
    for name in SOURCES:
        write(tmp_path / name, at=LONG_AGO)
    (tmp_path / "gradlew").chmod(0o755)
    write(tmp_path / "Dockerfile", at=LATER)
    write(tmp_path / "build/libs/engine.jar", at=JAR_BUILT)
    settle(tmp_path)
    return tmp_path


def write(path: Path, *, at: float, text: str = "x") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (at, at))


def settle(folder: Path) -> None:
    """Folders are as old as the sources."""
    for path in folder.rglob("*"):
        if path.is_dir():
            os.utime(path, (LONG_AGO, LONG_AGO))


def test_a_jar_that_is_newer_than_its_sources_is_left_alone(project: Path) -> None:
    assert why_stale(project) is None
    assert bring_up_to_date(project, fail) == "Gradle not needed: no source is newer than build/libs/*.jar"


def fail(words: str) -> None:
    pytest.fail(words)


STALE: dict[str, tuple[Callable[[Path], object], str]] = {
    "no jar": (lambda folder: (folder / "build/libs/engine.jar").unlink(), "there is no build/libs/*.jar"),
    "a source edited": (lambda folder: write(folder / SOURCES[3], at=LATER), f"{SOURCES[3]} is newer than build/libs/engine.jar"),
    "a source added": (lambda folder: write(folder / "src/main/resources/a.txt", at=LATER), "is newer than build/libs/engine.jar"),
    "a source deleted": (lambda folder: (folder / SOURCES[3]).unlink(), "src/main/java is newer than build/libs/engine.jar"),
    "the build file edited": (lambda folder: write(folder / "build.gradle.kts", at=LATER), "build.gradle.kts is newer than build/libs/engine.jar"),
    "a jar of an older version beside it": (lambda folder: write(folder / "build/libs/engine-0.jar", at=LONG_AGO - 1), "is newer than build/libs/engine-0.jar"),
    "a package called build": (lambda folder: write(folder / "src/main/java/build/A.java", at=LATER), "src/main/java"),
}  # fmt: skip


@pytest.mark.parametrize("change", STALE)
def test_a_jar_is_stale_with_any_change_of_its_sources(project: Path, change: str) -> None:
    make, reason = STALE[change]

    make(project)

    assert reason in (why_stale(project) or "")


@pytest.mark.parametrize(
    "path", ["build/classes/Engine.class", ".gradle/8.10/fileHashes.bin", ".git/index", ".idea/a.xml", "Dockerfile"]
)
def test_what_no_class_is_made_of_makes_no_jar_stale(project: Path, path: str) -> None:
    write(project / path, at=LATER)

    assert why_stale(project) is None


@pytest.mark.parametrize("lacking", ["gradlew", "build.gradle.kts"])
def test_a_folder_without_gradle_is_none_of_its_business(project: Path, lacking: str) -> None:
    (project / "build/libs/engine.jar").unlink()
    (project / lacking).unlink()

    assert why_stale(project) is None
    assert bring_up_to_date(project, fail) == ""


def test_a_build_file_in_groovy_will_do(project: Path) -> None:
    (project / "build.gradle.kts").rename(project / "build.gradle")

    write(project / SOURCES[3], at=LATER)

    assert why_stale(project)


def test_the_build_is_the_spec_s_in_the_source_s_own_folder(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Infrastructure spec 6.2; and no daemon stays behind."""
    monkeypatch.setenv("GRADLE_OPTS", "-Xmx512m")

    command = gradle.build_command(project)

    assert command.argv == (f"{project}/gradlew", "clean", "build", "-x", "test")
    assert command.cwd == project
    assert command.env == {"GRADLE_OPTS": "-Xmx512m -Dorg.gradle.daemon=false"}


class Gradle:
    """Stands in for `lab.process.shell.run`: each build does what it is given to do, or leaves a jar."""

    def __init__(self, folder: Path, *builds: Callable[[], object], code: int = 0, stderr: str = "") -> None:
        self.folder, self.builds, self.code, self.stderr, self.count = folder, builds, code, stderr, 0

    def __call__(self, command: Command, *, check: bool) -> Result:
        assert not check
        build = self.builds[self.count] if self.count < len(self.builds) else self.leave_jar
        self.count += 1
        build()
        return Result(command=command, code=self.code, stdout="", stderr=self.stderr, seconds=7.2)

    def leave_jar(self) -> None:
        write(self.folder / "build/libs/engine.jar", at=LATER + self.count)


def test_a_build_says_why_and_how_long(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(project / SOURCES[3], at=LATER)
    said: list[str] = []
    monkeypatch.setattr(gradle, "run", Gradle(project))

    assert bring_up_to_date(project, said.append) == "Gradle took 7.2 s"
    assert said == [f"./gradlew clean build -x test in {project}: {SOURCES[3]} is newer than build/libs/engine.jar"]
    assert why_stale(project) is None


def test_a_source_edited_during_the_build_is_built_too(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "build/libs/engine.jar").unlink()
    said: list[str] = []
    edited = Gradle(project)

    def build_and_edit() -> None:
        edited.leave_jar()
        write(project / SOURCES[3], at=LATER, text="edited")

    edited.builds = (build_and_edit,)
    monkeypatch.setattr(gradle, "run", edited)

    bring_up_to_date(project, said.append)

    assert edited.count == 2
    assert said[1].endswith(f"{SOURCES[3]} changed meanwhile")


def test_a_build_that_writes_into_its_own_sources_ends(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as a version file with the time in it: newer than the jar after every build."""
    (project / "build/libs/engine.jar").unlink()
    build = Gradle(project)

    def generate() -> None:
        build.leave_jar()
        write(project / "src/main/resources/version", at=LATER + 1000 + build.count)

    build.builds = (generate,) * 9
    monkeypatch.setattr(gradle, "run", build)

    bring_up_to_date(project, lambda _: None)
    settle(project)

    assert build.count == 2
    assert why_stale(project) is None


def test_sources_that_never_stand_still_are_an_error(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "build/libs/engine.jar").unlink()
    build = Gradle(project)

    def generate() -> None:
        build.leave_jar()
        write(project / f"src/main/java/Made{build.count}.java", at=LATER)

    build.builds = (generate,) * 9
    monkeypatch.setattr(gradle, "run", build)

    with pytest.raises(ToolError, match=r"does not match its sources: src/main/java/Made3.java changed meanwhile; run"):
        bring_up_to_date(project, lambda _: None)


ADVICE = "\n* Try:\n> Run with --stacktrace option to get the stack trace.\n> Get more help at https://help.gradle.org.\n\nBUILD FAILED in 3s\n"
COMPILER = "Engine.java:3: error: ';' expected\n1 error\n\nFAILURE: Build failed with an exception.\n\n* What went wrong:\nExecution failed for task ':compileJava'."
NO_JDK = "\nERROR: JAVA_HOME is not set and no 'java' command could be found in your PATH.\n\nPlease set the JAVA_HOME variable in your environment to match the\nlocation of your Java installation.\n"
OFFLINE = (
    '\nException in thread "main" java.net.UnknownHostException: services.gradle.org\n'
    + "\tat java.base/sun.nio.ch.NioSocketImpl.connect(NioSocketImpl.java:567)\n" * 20
    + "\tat org.gradle.wrapper.GradleWrapperMain.main(Unknown Source)\n"
)
FAILURES = [
    (OFFLINE, ('Exception in thread "main" java.net.UnknownHostException: services.gradle.org',) * 2),
    (COMPILER + "\n" + ADVICE, ("Engine.java:3: error: ';' expected", "Execution failed for task ':compileJava'.")),
    (NO_JDK, ("ERROR: JAVA_HOME is not set and no 'java' command could be found in your PATH.", "location of your Java installation.")),
]  # fmt: skip


@pytest.mark.parametrize(("said", "ends"), FAILURES, ids=["no network", "compiler", "no JDK"])
def test_a_failure_is_told_in_gradle_s_own_words(
    project: Path, monkeypatch: pytest.MonkeyPatch, said: str, ends: tuple[str, str]
) -> None:
    write(project / SOURCES[3], at=LATER)
    monkeypatch.setattr(gradle, "run", Gradle(project, lambda: None, code=1, stderr=said))

    with pytest.raises(ToolError) as caught:
        bring_up_to_date(project, lambda _: None)

    assert caught.value.summary == (
        f"Gradle can't build {project} (exit code 1); correct what it reports, then run './invokew images'"
    )
    assert (caught.value.details[0], caught.value.details[-1]) == ends


@pytest.mark.parametrize("error", [None, KeyboardInterrupt()])
def test_a_build_that_does_not_end_well_leaves_no_jar_to_be_taken_for_good(
    project: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException | None
) -> None:
    """Gradle writes the jar before its checks fail, and one that was interrupted may have written half of it."""
    write(project / SOURCES[3], at=LATER)

    def half_way() -> None:
        write(project / "build/libs/engine.jar", at=LATER + 1)
        if error:
            raise error

    monkeypatch.setattr(gradle, "run", Gradle(project, half_way, code=1))

    with pytest.raises((ToolError, KeyboardInterrupt)):
        bring_up_to_date(project, lambda _: None)

    assert gradle.why_stale(project) == "there is no build/libs/*.jar"


def test_a_build_that_leaves_no_jar_is_an_error_whatever_it_said(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "build/libs/engine.jar").unlink()
    monkeypatch.setattr(gradle, "run", Gradle(project, lambda: None))

    with pytest.raises(ToolError, match=r"left no build/libs/\*.jar, which the Dockerfile copies"):
        bring_up_to_date(project, lambda _: None)


def test_a_gradlew_that_lost_its_mode_says_how_to_mend_it(project: Path) -> None:
    (project / "build/libs/engine.jar").unlink()
    (project / "gradlew").chmod(0o644)

    with pytest.raises(UsageError, match=r"gradlew is not executable; run 'chmod \+x .*gradlew'"):
        bring_up_to_date(project, lambda _: None)


def test_a_gradlew_with_the_line_ends_of_windows_says_so(project: Path) -> None:
    (project / "build/libs/engine.jar").unlink()
    (project / "gradlew").write_bytes(b"#!/bin/sh\r\nexit 0\r\n")

    with pytest.raises(UsageError, match=r"the lines of .*gradlew end in CR LF, which no shell reads; run 'dos2unix "):
        bring_up_to_date(project, lambda _: None)
