import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.process import ledger
from lab.process.ledger import Identity, identity

DEAF = "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); signal.pause()"
WILLING = "import signal; print('here', flush=True); signal.pause()"


@pytest.fixture
def processes() -> Iterator[list[subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        process.kill()
        process.communicate()


def start(processes: list[subprocess.Popen[bytes]], program: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen((sys.executable, "-c", program), stdout=subprocess.PIPE)
    processes.append(process)
    assert process.stdout is not None
    process.stdout.readline()
    return process


@pytest.mark.parametrize(("off", "alive"), [(0, True), (2, True), (-3600, False)])
def test_a_process_is_itself_though_the_clock_was_set_a_little_and_no_other_of_its_pid(off: float, alive: bool) -> None:
    me = identity()

    assert me.pid == os.getpid()
    assert Identity(pid=me.pid, started=me.started + off).alive is alive


def test_a_zombie_is_not_alive(processes: list[subprocess.Popen[bytes]]) -> None:
    process = start(processes, WILLING)
    known = identity(process.pid)
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)

    assert not known.alive


def test_what_is_registered_is_listed_until_it_ends(tmp_path: Path, processes: list[subprocess.Popen[bytes]]) -> None:
    process = start(processes, WILLING)
    entry = ledger.register(process.pid, purpose="a forward", argv=["kubectl", "port-forward"], folder=tmp_path)

    assert ledger.alive(folder=tmp_path) == (entry,)

    process.kill()
    process.wait()

    assert ledger.alive(folder=tmp_path) == ()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("program", [WILLING, DEAF], ids=["it heeds SIGTERM", "it ignores SIGTERM"])
def test_what_is_registered_is_stopped_gently_then_for_good(
    tmp_path: Path,
    processes: list[subprocess.Popen[bytes]],
    program: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ledger, "GRACE", 0.2)
    process = start(processes, program)
    entry = ledger.register(process.pid, purpose="p", argv=[], folder=tmp_path)

    ledger.stop([entry], folder=tmp_path)

    assert not entry.identity.alive
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_took_over_the_pid_is_left_alone(
    tmp_path: Path, processes: list[subprocess.Popen[bytes]]
) -> None:
    process = start(processes, WILLING)
    entry = ledger.Entry(identity=Identity(pid=process.pid, started=1.0), purpose="p", argv=())

    ledger.stop([entry], folder=tmp_path)

    assert process.poll() is None


@pytest.mark.parametrize("page", ["", "{}", "[]", '{"identity": {"pid": 1}}', '{"identity": [1]}'])
def test_a_page_that_cannot_be_read_names_no_process(tmp_path: Path, page: str) -> None:
    (tmp_path / "1.json").write_text(page)

    assert ledger.alive(folder=tmp_path) == ()
