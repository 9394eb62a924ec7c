import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.cluster import journal, watchdog
from lab.cluster.journal import now_ms
from lab.cluster.watchdog import DONE, rescue, wait
from lab.core.errors import FaultError, ToolError
from tests.lab.doubles import keep_ledger_in
from tests.lab.outages import Cluster, broker, outage

FAR = now_ms() + 3_600_000


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        try:
            os.close(end)
        except OSError:
            continue


def test_it_ends_when_the_runner_says_that_it_is_done(pipe: tuple[int, int]) -> None:
    os.write(pipe[1], DONE)

    assert wait(pipe[0], FAR) == ""


def test_it_acts_when_the_pipe_ends() -> None:
    """However the runner ended: the kernel closes its side."""
    reads, writes = os.pipe()
    os.close(writes)

    assert wait(reads, FAR) == "the runner is gone"
    os.close(reads)


def test_it_acts_when_the_outage_is_late(pipe: tuple[int, int]) -> None:
    assert wait(pipe[0], now_ms() + 20) == "the outage has lasted too long"
    assert wait(pipe[0], now_ms() - 3_600_000) == "the outage has lasted too long"


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Cluster:
    made = Cluster()
    monkeypatch.setattr("lab.cluster.kube.Kube", lambda _access: made)
    monkeypatch.setattr("lab.cluster.readiness.wait_ready", lambda *_what, **_deadline: None)
    monkeypatch.setattr(watchdog, "RETRY", 0.001)
    return made


@pytest.fixture
def kubeconfig(tmp_path: Path) -> str:
    file = tmp_path / "kubeconfig"
    file.touch()
    return str(file)


@pytest.mark.parametrize(
    ("is_there", "is_reached", "said"),
    [(True, True, "recovered"), (False, True, "recovered"), (True, False, "gave up")],
    ids=["it scales back", "the broker was taken down with the lab", "the kubeconfig is gone"],
)
def test_it_removes_the_journal_once_nothing_is_left_to_undo(
    cluster: Cluster, kubeconfig: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], *, is_there: bool, is_reached: bool, said: str
) -> None:  # fmt: skip
    """Where there is no way to the cluster the journal stays for the next command."""
    left = outage(kubeconfig=kubeconfig if is_reached else str(tmp_path / "removed"), replicas=3)
    cluster.found = broker(replicas=0, mark=left) if is_there else None
    journal.write(left, path=tmp_path / "fault.json")

    rescue(left, tmp_path / "fault.json")

    assert said in capsys.readouterr().err
    assert (tmp_path / "fault.json").exists() is not is_reached
    assert cluster.found is None or cluster.replicas == (3 if is_reached else 0)


def test_it_tries_again_until_the_cluster_answers(
    cluster: Cluster,
    kubeconfig: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    left = outage(kubeconfig=kubeconfig)
    cluster.found = broker(replicas=0, mark=left)
    answers = iter([ToolError("connection refused"), ToolError("connection refused")])
    find = cluster.find

    def answer(*what: str, **where: str) -> Any:
        for error in answers:
            raise error
        return find(*what, **where)

    monkeypatch.setattr(cluster, "find", answer)
    rescue(left, tmp_path / "fault.json")

    assert cluster.replicas == 1
    assert capsys.readouterr().err.count("connection refused") == 2


@pytest.fixture
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "LOG", tmp_path / "watchdog.log")
    keep_ledger_in(tmp_path / "processes", monkeypatch)


@pytest.mark.usefixtures("_state")
def test_the_process_watches_on_its_own_and_ends_when_dismissed(tmp_path: Path) -> None:
    """In a session of its own: a Ctrl-C at the terminal doesn't reach it."""
    path = tmp_path / "fault.json"

    dog = watchdog.start(outage(), path=path)
    session, pages = os.getsid(dog.process.pid), list((tmp_path / "processes").iterdir())
    dog.dismiss()

    assert session == dog.process.pid
    assert [page.name for page in pages] == [f"{dog.process.pid}.json"]
    assert dog.process.returncode == 0
    assert list((tmp_path / "processes").iterdir()) == []
    assert (tmp_path / "watchdog.log").read_text() == ""


@pytest.mark.usefixtures("_state")
def test_the_process_acts_when_its_runner_is_gone(tmp_path: Path) -> None:
    """Here the kubeconfig is gone too, so that it has nothing to act on and says so."""
    dog = watchdog.start(outage(), path=tmp_path / "fault.json")
    assert dog.process.stdin
    dog.process.stdin.close()
    dog.process.wait(timeout=30)

    said = (tmp_path / "watchdog.log").read_text()
    assert "the runner is gone: undoing the outage of redpanda" in said
    assert "gave up" in said


@pytest.mark.usefixtures("_state")
def test_fails_when_the_process_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))

    with pytest.raises(FaultError, match="watchdog does not start"):
        watchdog.start(outage(), path=tmp_path / "fault.json")
