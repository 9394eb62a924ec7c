import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lab.core import causes
from lab.core.errors import ToolError
from lab.process import ledger
from lab.process.shell import Command
from lab.run import k6_process
from lab.run.k6_process import K6Process, end_orphans
from tests.lab.caused import by

FAKE = Path(__file__).parents[1] / "fake_k6.py"


@pytest.fixture(autouse=True)
def books(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A ledger of the test's own."""
    monkeypatch.setattr(k6_process, "LEDGER", tmp_path / "processes")
    return tmp_path / "processes"


def process(tmp_path: Path, *, deadline: float = 60, **told: object) -> K6Process:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        api = f"127.0.0.1:{probe.getsockname()[1]}"
    argv = (sys.executable, str(FAKE), "--address", api, f"csv={tmp_path / 's.csv.gz'}")
    command = Command(argv=argv, env={"FAKE_K6": json.dumps(told)}, deadline=deadline)
    return K6Process(command, api=api, folder=tmp_path)


def follow(running: K6Process) -> None:
    while running.look():
        time.sleep(0.02)


def test_it_is_watched_until_it_ends_from_its_first_iteration_on(tmp_path: Path) -> None:
    with process(tmp_path, code=99) as running:
        before = running.load_began
        follow(running)

    assert running.exit_code == 99
    assert running.requests == 7
    assert "fake k6 runs" in running.log.read_text()
    assert before is None
    assert running.load_began is not None
    assert running.load_began >= running.started


def test_leaving_stops_it_so_that_it_writes_its_results_and_it_is_in_the_ledger_until_then(
    tmp_path: Path, books: Path
) -> None:
    with process(tmp_path, endless=True, points=3) as running:
        while running.load_began is None:
            running.look()
        assert [entry.purpose for entry in ledger.alive(folder=books)] == ["load generator"]

    assert running.exit_code == 105
    assert (tmp_path / "s.csv.gz").exists()
    assert ledger.alive(folder=books) == ()


def test_past_its_deadline_it_is_stopped(tmp_path: Path) -> None:
    with process(tmp_path, endless=True, deadline=1.0) as running:
        follow(running)

    assert running.overdue
    assert running.exit_code is not None


def test_a_k6_that_is_killed_from_outside_is_no_error_of_the_lab(tmp_path: Path) -> None:
    with process(tmp_path, endless=True) as running:
        running.look()
        os.killpg(running._process.pid, signal.SIGKILL)
        running._process.wait()
        follow(running)

    assert running.exit_code == -9


def test_k6_sees_none_of_the_users_own_k6_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """K6_VUS or K6_DURATION in a shell would replace what the script says."""
    monkeypatch.setenv("K6_DURATION", "1s")
    code = "import os, sys; sys.exit(1 if 'K6_DURATION' in os.environ else 0)"
    argv = (sys.executable, "-c", code)

    with K6Process(Command(argv=argv), api="127.0.0.1:1", folder=tmp_path) as running:
        follow(running)

    assert running.exit_code == 0


def test_fails_when_k6_is_not_there(tmp_path: Path) -> None:
    missing = K6Process(Command(argv=("/nowhere/k6",)), api="127.0.0.1:1", folder=tmp_path)

    with pytest.raises(ToolError, match="k6 can't be started", check=by(causes.TOOL_MISSING)), missing:
        pass


def test_what_a_killed_runner_left_behind_is_ended_and_nothing_else(tmp_path: Path, books: Path) -> None:
    sleepers = [subprocess.Popen((sys.executable, "-c", "import time; time.sleep(60)")) for _ in range(2)]
    for sleeper, purpose in zip(sleepers, ("load generator", "port-forward"), strict=True):
        ledger.register(sleeper.pid, purpose=purpose, argv=(), folder=books)

    assert end_orphans() == 1

    assert [entry.purpose for entry in ledger.alive(folder=books)] == ["port-forward"]
    for sleeper in sleepers:
        sleeper.kill()
        sleeper.wait()
