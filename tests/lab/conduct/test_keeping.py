"""A run is kept beside its lab while it is conducted, and followed or gone on with from elsewhere."""

import os
import signal
import time
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from typing import Any, cast

import pytest

from lab.cluster.kept_files import KeptFiles, KeptRun
from lab.conduct import keeping
from lab.core.errors import ToolError, UsageError
from lab.process import lock
from lab.store import packing
from lab.store.runs import Run
from tests.lab.doubles import lab_of
from tests.lab.made import SETTINGS
from tests.lab.runtimes import FakeRuntime

HERE = KeptRun(run="r1", holder=keeping.holder())
ELSEWHERE = KeptRun(run="r1", holder="server:/lab", renewed="1")


class Files:
    """What a cluster keeps; `told` is what is said of the run, one after the other."""

    def __init__(self, *told: KeptRun) -> None:
        self._told = list(told)
        self.parts: dict[str, bytes] = {}
        self.said: list[KeptRun] = []
        self.error: ToolError | None = None

    def find(self) -> KeptRun | None:
        return (self._told.pop(0) if len(self._told) > 1 else self._told[0]) if self._told else None

    def begin(self, run: KeptRun) -> None:
        self.tell(run)

    def tell(self, run: KeptRun) -> None:
        if self.error:
            raise self.error
        self.said.append(run)

    def keep(self, part: str, packed: bytes) -> None:
        if self.error:
            raise self.error
        self.parts[part] = packed

    def packed(self) -> list[bytes]:
        return list(self.parts.values())


class Listener:
    def __init__(self) -> None:
        self.said: list[str] = []

    def begin(self, case: str, title: str) -> None:
        self.said.append(f"{case} {title}")

    def end(self, verdict: Any) -> None: ...

    def tried(self, one: Any) -> None: ...

    def say(self, line: str) -> None:
        self.said.append(line)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time goes by as fast as it is asked for."""
    now = iter(range(10_000))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(now)))
    monkeypatch.setattr(time, "sleep", lambda _: None)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    made = Run(tmp_path, "r1")
    (made.path / "a1").mkdir(parents=True)
    (made.path / "settings.json").write_text("{}")
    (made.path / "a1" / "measurements.json").write_text("{}")
    return made


def on(files: Any) -> FakeRuntime:
    return FakeRuntime(lab_of(SETTINGS), files=files)


def test_what_there_is_of_a_run_is_kept_from_its_begin_and_says_what_it_is_at(run: Run, tmp_path: Path) -> None:
    files, listener = Files(), Listener()

    with keeping.keeping(on(files), run, listener) as told:
        told.begin("a2", "normal load")
        keeping.end(on(files), run)

    for packed in files.packed():
        packing.unpack(packed, tmp_path / "there")
    assert sorted(path.name for path in (tmp_path / "there").rglob("*.json")) == ["measurements.json", "settings.json"]
    assert (files.said[0].run, files.said[0].holder) == ("r1", keeping.holder())
    assert files.said[-1].ended
    assert listener.said == ["a2 normal load"]


def test_a_cluster_that_refuses_costs_one_note(run: Run) -> None:
    files, listener = Files(), Listener()
    files.error = ToolError("the cluster is full")

    with keeping.keeping(on(files), run, listener):
        keeping.end(on(files), run)

    assert listener.said == ["note: the run is not kept in the cluster: the cluster is full"]


def test_a_run_that_is_conducted_elsewhere_is_followed_to_its_end() -> None:
    told = [replace(ELSEWHERE, renewed=str(n), doing=doing) for n, doing in enumerate(["a2", "a2", "a4"])]
    said: list[str] = []

    found = keeping.followed(cast("KeptFiles", Files(*told, replace(ELSEWHERE, ended=True))), ELSEWHERE, said.append)

    assert found.ended
    assert said == ["a2", "a4"]


def test_one_of_which_nobody_says_anything_is_left() -> None:
    assert keeping.followed(cast("KeptFiles", Files(ELSEWHERE)), ELSEWHERE, lambda _: None) == ELSEWHERE


@pytest.mark.parametrize(
    ("told", "refused"),
    [
        pytest.param([], False, id="none is kept"),
        pytest.param([replace(ELSEWHERE, ended=True)], False, id="it has ended"),
        pytest.param([HERE], False, id="it is this checkout's own"),
        pytest.param([ELSEWHERE], False, id="nobody goes on with it"),
        pytest.param([ELSEWHERE, replace(ELSEWHERE, renewed="2")], True, id="somebody does"),
    ],
)
def test_a_run_begins_only_where_nobody_else_conducts_one(told: list[KeptRun], refused: bool) -> None:
    with pytest.raises(UsageError, match="attach' follows it") if refused else nullcontext():
        keeping.require_alone(cast("KeptFiles", Files(*told)), lambda _: None)


def test_the_cluster_s_files_go_before_what_an_earlier_visit_left_here(run: Run, tmp_path: Path) -> None:
    files = Files()
    files.parts[""] = packing.pack(run.path)
    (tmp_path / "runs" / "r1").mkdir(parents=True)
    (tmp_path / "runs" / "r1" / "settings.json").write_text("old")

    assert (keeping.fetch(cast("KeptFiles", files), ELSEWHERE, tmp_path / "runs") / "settings.json").read_text() == "{}"


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (replace(ELSEWHERE, ended=True), "ended by server:/lab"),
        (ELSEWHERE, "taken over by server:/lab"),
    ],
    ids=["ended", "taken over while this machine slept"],
)
def test_whoever_conducts_a_run_that_another_checkout_ended_or_took_over_is_interrupted(
    run: Run, monkeypatch: pytest.MonkeyPatch, found: KeptRun, says: str
) -> None:
    signals: SimpleQueue[tuple[int, int]] = SimpleQueue()
    monkeypatch.setattr(keeping, "RENEW", 0.001)
    monkeypatch.setattr(os, "kill", lambda *told: signals.put(told))
    files, listener = Files(found), Listener()

    with keeping.keeping(on(files), run, listener):
        assert signals.get(timeout=10) == (os.getpid(), signal.SIGINT)

    assert listener.said == [says]


def test_an_end_that_was_overwritten_is_said_again() -> None:
    ended = KeptRun(run="r1", holder=keeping.holder(), renewed="1", ended=True)
    files = Files(replace(ELSEWHERE, renewed="2"), ended)

    keeping.end_conducting(cast("KeptFiles", files), ELSEWHERE, lambda _: None)

    assert files.said == [ended, ended]


def test_an_end_waits_for_the_command_of_this_checkout_that_conducts_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """It brings the broker back and writes what there is; what it overwrote meanwhile is said again."""
    ended, said = replace(HERE, ended=True), list[str]()
    holders = iter(["'case a4' (pid 7)"] * 3)
    monkeypatch.setattr(lock, "holder", lambda: next(holders, None))
    monkeypatch.setattr(keeping, "PAUSE", 0.001)
    files = Files(HERE, ended)

    keeping.end_conducting(cast("KeptFiles", files), HERE, said.append)

    assert files.said == [ended, ended]
    assert said == ["telling 'case a4' (pid 7) to end it (up to 120 s)"]
    assert next(holders, None) is None
