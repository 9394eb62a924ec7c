"""Gradle: builds the jar that a Java source's Dockerfile takes, when there is none or its sources are newer."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from lab.core import figures
from lab.core.causes import BUILD_FAILED
from lab.core.errors import ToolError, UsageError
from lab.process.shell import Command, Result, last_lines, run
from lab.process.steps import Say

BUILD_FILES = ("build.gradle.kts", "build.gradle")
JARS = "build/libs/*.jar"
TEMPORARY = frozenset({"tmp", "reports", "test-results", "kotlin"})
"""Folders of Gradle's output that differ from one build of the same sources to the next; no image is made of them."""
NO_SOURCE = "Dockerfile"
TRIES = 3
"""Builds: a second one when sources changed during the first, a third when it was no end then."""


def is_project(folder: Path) -> bool:
    """Whether the folder brings its own Gradle, as the spec's 6.2 has it."""
    return (folder / "gradlew").is_file() and _has_build_file(folder)


def is_output(folder: Path) -> bool:
    """Whether Gradle writes this folder; a package may be called `build` too."""
    return folder.name == "build" and _has_build_file(folder.parent)


def build_command(folder: Path) -> Command:
    """The spec's build; no daemon, since one would idle in half a gigabyte beside what is measured."""
    options = f"{os.environ.get('GRADLE_OPTS', '')} -Dorg.gradle.daemon=false".strip()
    argv = (str(folder / "gradlew"), "clean", "build", "-x", "test")
    return Command(argv=argv, env={"GRADLE_OPTS": options}, cwd=folder, deadline=1200)


def why_stale(folder: Path) -> str | None:
    """Why Gradle has to run; None if it hasn't: the jars are as new as the sources, or it is no Gradle project."""
    if not is_project(folder):
        return None
    jar = min(folder.glob(JARS), key=_modified, default=None)
    if jar is None:
        return f"there is no {JARS}"
    newest = max(_stamps(folder).items(), key=lambda item: item[1])
    if newest[1] <= _modified(jar):
        return None
    return f"{newest[0].relative_to(folder)} is newer than {jar.relative_to(folder)}"


def bring_up_to_date(folder: Path, say: Say) -> str:
    """Have jars that are of the present sources.

    Returns:
        What became of it; nothing where Gradle isn't used.

    Raises:
        ToolError: Gradle failed, left no jar, or the sources never stood still.
        UsageError: gradlew can't be run.
    """
    if not is_project(folder):
        return ""
    reason = why_stale(folder)
    if reason is None:
        return f"Gradle not needed: no source is newer than {JARS}"
    try:
        return _build_of_its_sources(folder, reason, say)
    except BaseException:
        # A jar of a build that didn't end well would look like one that did.
        for jar in folder.glob(JARS):
            jar.unlink(missing_ok=True)
        raise


def _build_of_its_sources(folder: Path, reason: str, say: Say) -> str:
    """Build until the sources did not change meanwhile."""
    own: set[Path] = set()
    for _ in range(TRIES):
        say(f"./gradlew clean build -x test in {folder}: {reason}")
        before = _stamps(folder)
        seconds = _build(folder)
        after = _stamps(folder)
        changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
        changed -= {path for path in changed if path.is_dir()}
        # Someone edited it, or the build writes into its own sources: then the next one changes the same.
        if changed <= own:
            _date(folder, max(after.values()))
            return f"Gradle took {figures.seconds(seconds)}"
        own = changed
        reason = f"{min(changed).relative_to(folder)} changed meanwhile"
    raise ToolError(
        f"Gradle's build of {folder} does not match its sources: {reason}; run './invokew images' again",
        cause=BUILD_FAILED,
    )


def complaint(result: Result) -> tuple[str, ...]:
    """What Gradle said went wrong, without the advice that follows."""
    text, _, _ = (result.stderr.strip() or result.stdout).partition("\n* Try:")
    return last_lines(text)


def _has_build_file(folder: Path) -> bool:
    return any((folder / name).is_file() for name in BUILD_FILES)


def _build(folder: Path) -> float:
    """One build; how many seconds it took."""
    command = build_command(folder)
    if not os.access(command.argv[0], os.X_OK):
        raise UsageError(f"{command.argv[0]} is not executable; run 'chmod +x {command.argv[0]}'")
    with Path(command.argv[0]).open("rb") as script:
        if script.readline().endswith(b"\r\n"):
            raise UsageError(
                f"the lines of {command.argv[0]} end in CR LF, which no shell reads; run 'dos2unix {command.argv[0]}', "
                "and give it 'text eol=lf' in .gitattributes"
            )
    result = run(command, check=False)
    if not result.ok:
        raise ToolError(
            f"Gradle can't build {folder} (exit code {result.code}); correct what it reports, "
            "then run './invokew images'",
            details=complaint(result),
            cause=BUILD_FAILED,
        )
    if not any(folder.glob(JARS)):
        raise ToolError(
            f"Gradle built {folder} but left no {JARS}, which the Dockerfile copies; correct its build file",
            cause=BUILD_FAILED,
        )
    return result.seconds


def _date(folder: Path, newest: int) -> None:
    """Let no jar look older than the sources it was built from: the build itself may have written some of them."""
    for jar in folder.glob(JARS):
        if _modified(jar) < newest:
            os.utime(jar, ns=(newest, newest))


def _stamps(folder: Path) -> dict[Path, int]:
    """When each source was written, and each folder of sources, where a deletion leaves its trace (ns)."""
    found = {}
    for path in _sources(folder):
        with suppress(FileNotFoundError):  # an editor's own, gone again
            found[path] = _modified(path)
    return found


def _sources(folder: Path) -> Iterator[Path]:
    """All but what Gradle writes, what tools hide behind a dot, and the Dockerfile."""
    for top, folders, names in os.walk(folder):
        here = Path(top)
        folders[:] = [name for name in folders if not name.startswith(".") and not is_output(here / name)]
        yield from (here / name for name in names if not name.startswith(".") and name != NO_SOURCE)
        if not _has_build_file(here):  # one that has is written by Gradle too
            yield here


def _modified(path: Path) -> int:
    return path.lstat().st_mtime_ns
