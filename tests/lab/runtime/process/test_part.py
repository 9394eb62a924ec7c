"""Programs that are owned: how they end, what is known of that, and what becomes of those whose owner is gone."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from lab.core import causes
from lab.core.errors import ToolError
from lab.process.ledger import Identity, identity
from lab.runtime.process import group, orphans, part, programs
from lab.runtime.process.part import Part
from lab.runtime.process.programs import Child
from tests.lab.caused import by
from tests.lab.waiting import wait_until

SLEEPS = "import time; print('ready', flush=True); time.sleep(60)"
PARENT = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {SLEEPS!r}]); time.sleep(60)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"
GONE = Identity(pid=2**22 - 7, started=1.0)
"""A command that is no more."""


def program(text: str, name: str = "me-shard-a", **changes: str) -> Part:
    return Part(
        name=name,
        argv=(sys.executable, "-c", text),
        env={"SHARD_ID": "a", **changes},
        cwd="/",
        source="engine-0123456789ab",
        digest="0123456789abcdef",
        shard="a",
        http=1,
        metrics=2,
    )


def runs(process: psutil.Process) -> bool:
    """Whether it does, and is not a zombie that waits for somebody to take note of its end."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def started(text: str = SLEEPS, name: str = "me-shard-a", owner: Identity | None = None) -> Child:
    """A part that was started, and has said that it is ready if it ever does."""
    child = programs.start(program(text, name), owner=owner)
    wait_until(lambda: "ready" not in text or "ready" in part.log(name).read_text())
    return child


def test_a_part_that_was_started_is_known_to_any_later_command(folder: Path) -> None:
    child = started()

    assert programs.known() == {"me-shard-a": child}
    assert child.alive
    assert child.pod == f"me-shard-a-{child.identity.pid}"
    assert child.exit_code is None


def test_a_part_is_ended_with_all_that_it_has_started(folder: Path) -> None:
    child = started(PARENT)
    wait_until(lambda: len(child.processes()) == 2)
    processes = child.processes()

    assert programs.stop("me-shard-a")

    assert not any(map(runs, processes))
    assert programs.known() == {}
    assert not programs.stop("me-shard-a")


def test_a_part_that_does_not_hear_is_killed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group, "GRACE", 0.3)
    child = started(DEAF)

    programs.stop("me-shard-a")

    assert not child.alive


def test_how_a_part_ended_is_known(folder: Path) -> None:
    child = started("import sys; sys.exit(3)")

    wait_until(lambda: child.exit_code == 3)
    wait_until(lambda: not child.alive)
    assert child.ended_at == pytest.approx(time.time() * 1000, abs=20_000)
    with pytest.raises(
        ToolError,
        match=r"me-shard-a ended with 3 as soon as it was started; .* --name=a'",
        check=by(causes.PROGRAM_ENDED),
    ):
        programs.require_alive(child)


def test_the_log_before_is_kept(folder: Path) -> None:
    first = started("print('first')")
    wait_until(lambda: not first.alive)

    started("print('second')")

    wait_until(lambda: part.last_lines("me-shard-a") == ("second",))
    assert part.log("me-shard-a", previous=True).read_text() == "first\n"


def test_a_part_gets_nothing_of_the_users_environment_but_what_every_program_needs(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.setenv("KAFKA_BOOTSTRAP", "elsewhere:9092")

    child = started()

    found = child.environment()
    assert found["SHARD_ID"] == "a"
    assert "PATH" in found
    assert not {"PYTHONPATH", "KAFKA_BOOTSTRAP"} & found.keys()


def test_what_a_killed_command_left_is_swept_and_what_stands_until_down_is_not(folder: Path) -> None:
    stays = started(name="edge-gateway", owner=None)
    mine = started(name="me-shard-b", owner=identity())
    orphan = started(owner=GONE)

    assert orphans.sweep() == ["me-shard-a"]

    assert (stays.alive, mine.alive, orphan.alive) == (True, True, False)
    assert orphans.sweep() == []


def test_parts_that_are_handed_over_run_until_down_though_one_has_ended(folder: Path) -> None:
    """An `up` that fails since an engine ended at once hands over what it had begun."""
    stays = started(name="edge-gateway", owner=GONE)
    ended = started("pass", owner=GONE)
    wait_until(lambda: not ended.alive)
    assert orphans.left_behind() == ["edge-gateway"]

    orphans.hand_over(None)

    assert orphans.left_behind() == []
    assert orphans.sweep() == []
    assert stays.alive


def test_a_part_whose_page_was_never_written_is_swept(folder: Path) -> None:
    """Its command was killed between the start and the page."""
    child = started(owner=identity())
    (folder / "me-shard-a.json").unlink()

    assert orphans.sweep() == ["me-shard-a"]
    wait_until(lambda: not child.alive)


def test_what_is_left_of_a_part_whose_leader_was_killed_is_ended(folder: Path) -> None:
    child = started()
    (process,) = child.processes()
    os.kill(child.identity.pid, signal.SIGKILL)
    wait_until(lambda: not child.alive)
    assert process.is_running()

    programs.stop("me-shard-a")

    wait_until(lambda: not runs(process))


def test_a_program_of_others_that_has_the_number_by_now_is_left_alone(folder: Path) -> None:
    """Process groups are numbered anew: what has no mark of the lab is no part of it."""
    foreign = subprocess.Popen([sys.executable, "-c", SLEEPS], start_new_session=True)
    try:
        group.end(Identity(pid=foreign.pid, started=1.0), folder / "me-shard-a.json")

        assert foreign.poll() is None
    finally:
        foreign.kill()
        foreign.wait()


def test_a_program_that_is_not_there_says_so(folder: Path) -> None:
    child = programs.start(Part(**{**vars(program("")), "argv": ("/nowhere/java", "-jar", "x.jar")}), owner=None)

    wait_until(lambda: child.exit_code == 127)
    assert "/nowhere/java" in part.last_lines("me-shard-a")[0]
