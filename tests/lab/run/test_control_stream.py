"""The control's stream: by the real k6 against a small server."""

import csv
import gzip
import os
import signal
import time
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from lab.core.errors import ToolError
from lab.measure.control import FOLDER
from lab.process import shell
from lab.run import k6_process, steady
from lab.run.control_stream import ControlStream
from lab.run.here import Here
from lab.run.k6_process import K6Process
from lab.tools import k6
from tests.k6 import path as real_k6
from tests.lab.served import Served, served

RATE = 20


@pytest.fixture(autouse=True)
def _own_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(k6_process, "LEDGER", tmp_path / "processes")


def control(takes: float = 0.0) -> AbstractContextManager[Served]:
    """A server that answers after a while (s)."""
    return served({"/orders": (200, "")}, takes=takes)


def stream(url: str, folder: Path, program: str | None = None) -> ControlStream:
    here = Here(program=program or real_k6(), entry="", remote_write=None)
    return ControlStream(here.steady, url, rate=RATE, folder=folder, lasts=60, clock=1.0)


def rows(folder: Path) -> list[dict[str, str]]:
    """The requests, each by its duration's row."""
    with gzip.open(folder / FOLDER / k6.SAMPLES, "rt", encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["metric_name"] == "http_req_duration"]


def due(row: dict[str, str]) -> float:
    return float(row["metadata"].removeprefix("due="))


def test_it_flows_when_it_begins_and_ends_with_its_context(tmp_path: Path) -> None:
    with control() as server:
        with stream(server.url, tmp_path) as flowing:
            began = len(server.asked)
            time.sleep(1)
        ended = len(server.asked)
        time.sleep(0.2)

    assert flowing.problem is None
    assert began > 0
    assert len(server.asked) == ended >= began + RATE / 2
    assert {path.name for path in (tmp_path / FOLDER).iterdir()} == {k6.SAMPLES, k6.LOG}


def test_each_request_says_when_it_was_due_and_has_an_orders_form(tmp_path: Path) -> None:
    with control() as server, stream(server.url, tmp_path):
        time.sleep(1)

    found = sorted(rows(tmp_path), key=due)
    assert {row["name"] for row in found} == {"control"}
    steps = [later - earlier for earlier, later in zip(map(due, found), map(due, found[1:]), strict=False)]
    assert steps == [1000 / RATE] * len(steps)
    assert abs(due(found[0]) - time.time() * 1000) < 60_000
    assert {(path, tuple(sorted(body))) for path, _, body, _ in server.asked} == {
        ("/orders", ("orderId", "price", "quantity", "side", "symbol", "type"))
    }


def test_a_control_that_is_slow_gets_its_requests_on_time_still(tmp_path: Path) -> None:
    """An open model: who waits for an answer keeps no other request back."""
    with control(takes=0.4) as server, stream(server.url, tmp_path):
        time.sleep(1)

    found = rows(tmp_path)
    assert len(found) >= RATE / 2
    late = sorted(float(row["timestamp"]) / 1000 - float(row["metric_value"]) - due(row) for row in found)
    assert late[len(late) // 2] < 200


@pytest.mark.parametrize(("clock", "problem"), [(0.9, None), (-3.0, "its clock is 3 s apart"), (None, "could not be")])
def test_a_stream_by_another_clock_is_a_problem(
    clock: float | None, problem: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it has of its way lies at other times than the orders."""
    monkeypatch.setattr(K6Process, "clock", clock)
    with control() as server, stream(server.url, tmp_path) as flowing:
        time.sleep(0.2)

    assert (flowing.problem is None) == (problem is None)
    assert (problem or "") in (flowing.problem or "")


def test_a_k6_that_is_not_there_is_a_problem_and_breaks_nothing(tmp_path: Path) -> None:
    with stream("http://127.0.0.1:1", tmp_path, "/nowhere/k6") as flowing:
        pass

    assert "k6 can't be started" in str(flowing.problem)


def test_a_k6_that_ends_during_the_load_is_a_problem(tmp_path: Path) -> None:
    with control() as server, stream(server.url, tmp_path) as flowing:
        made = flowing._runner
        assert isinstance(made, K6Process)
        os.killpg(made._process.pid, signal.SIGKILL)
        made._process.wait()

    assert str(flowing.problem).startswith("k6 was killed by signal 9")


def test_a_script_that_throws_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "broken.js"
    script.write_text("throw new Error('no such luck');")
    monkeypatch.setattr(steady, "SCRIPT", script)

    with stream("http://127.0.0.1:1", tmp_path) as flowing:
        pass

    assert "no such luck" in str(flowing.problem)


def test_an_interrupt_while_it_starts_ends_its_k6(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise ToolError("interrupted")

    monkeypatch.setattr(shell, "require_going", interrupted)
    flowing = stream("http://127.0.0.1:1", tmp_path)

    with pytest.raises(ToolError, match="interrupted"):
        flowing.__enter__()

    assert flowing._runner.exit_code is not None
