"""What `attach` and `abort` do with the run that a cluster keeps."""

import json
import shutil
from pathlib import Path
from typing import cast

import pytest

from lab.cluster import left_behind
from lab.cluster.kept_files import KeptFiles, KeptRun
from lab.commands import kept_run_commands
from lab.conduct import keeping
from lab.conduct import suite as conducted
from lab.core.errors import UsageError
from lab.core.paths import ROOT
from lab.judge.verdict import Verdict, judge, judge_case
from lab.present import report
from lab.runtime import choice
from lab.settings.settings import Settings
from lab.settings.suites import Suite
from lab.store.interrupted_run import InterruptedRun
from tests.lab.doubles import lab_of
from tests.lab.made import case, measured
from tests.lab.runtimes import FakeRuntime


class Kept:
    """What a cluster keeps of a run."""

    def __init__(self, run: str, *, ended: bool, holder: str = "") -> None:
        self._told = KeptRun(run=run, holder=holder or keeping.holder(), ended=ended)

    def find(self) -> KeptRun:
        return self._told

    def tell(self, run: KeptRun) -> None:
        self._told = run


@pytest.fixture
def attached(runtime: FakeRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example run, kept by a cluster as a run of this checkout; nobody conducts it."""
    folder = shutil.copytree(ROOT / "docs" / "examples" / "run", tmp_path / "20261128T200000Z-asr1-single")
    monkeypatch.setattr(kept_run_commands, "RUNS", tmp_path)
    monkeypatch.setattr(kept_run_commands, "of", lab_of)
    monkeypatch.setattr(choice, "to_look", lambda *_: runtime)
    monkeypatch.setattr(choice, "named", lambda *_: runtime)
    monkeypatch.setattr(keeping, "followed", lambda _files, kept, _say: kept)
    return folder


def test_attach_says_the_verdict_of_a_run_that_has_ended(
    attached: Path, runtime: FakeRuntime, capsys: pytest.CaptureFixture[str]
) -> None:
    runtime.files = cast("KeptFiles", Kept(attached.name, ended=True))

    kept_run_commands.attach(runtime="", dry=False)

    assert "PASS (PROCESS, SMOKE)\n  a2: PASS: p99 " in capsys.readouterr().out


def test_attach_goes_on_with_a_run_that_nobody_conducts_as_it_was_begun(
    attached: Path, runtime: FakeRuntime, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    (attached / "evidence.json").unlink()
    (attached / "verdict.json").unlink()  # which says the runtime
    told = json.loads((attached / "settings.json").read_text())
    (attached / "settings.json").write_text(json.dumps(told | {"cases": ["a2", "a4"]}))
    runtime.files = cast("KeptFiles", Kept(attached.name, ended=False, holder="elsewhere:/lab"))
    gone_on: list[InterruptedRun] = []

    def run_suite(_place: object, suite: Suite, *, rounds: int, again: InterruptedRun) -> Verdict:
        gone_on.append(again)
        assert (suite.seed, rounds, suite.runtime) == (told["seed"], 1, runtime.name)
        return judge(suite, [judge_case(case("a2"), measured("a2"))])

    monkeypatch.setattr(keeping, "fetch", lambda *_: attached)
    undone: list[str] = []

    def undo(_: object, *, gone: str) -> list[str]:
        undone.append(gone)
        return []

    monkeypatch.setattr(left_behind, "undo", undo)
    monkeypatch.setattr(conducted, "run_suite", run_suite)

    kept_run_commands.attach(runtime="", dry=False)

    (found,) = gone_on
    assert (list(found.ended), found.left) == (["a2"], ["a4"])
    assert "begin" in runtime.asked
    assert undone == ["elsewhere"], "the load and the outage of the machine that is gone are undone first"


def test_attach_where_no_run_is_kept_says_how_one_begins(attached: Path) -> None:
    del attached

    with pytest.raises(
        UsageError, match=r"no run to attach to: the runtime process keeps none; '\./invokew asr1' begins"
    ):
        kept_run_commands.attach(runtime="", dry=False)


def test_abort_ends_the_load_and_the_outage_and_keeps_what_there_is(
    attached: Path, runtime: FakeRuntime, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files = Kept(attached.name, ended=False)
    runtime.files = cast("KeptFiles", files)
    monkeypatch.setattr(left_behind, "undo", lambda _, *, gone: [f"brought the broker back{gone}"])
    monkeypatch.setattr(report, "conclude", lambda folder: f"report of {folder.name}")

    kept_run_commands.abort(runtime="", dry=False)

    assert files.find().ended
    said = capsys.readouterr().out.splitlines()
    assert said[1:] == ["brought the broker back", f"report of {attached.name}", f"evidence: {attached}"]


def test_abort_of_a_run_that_has_ended_is_refused(attached: Path, runtime: FakeRuntime) -> None:
    runtime.files = cast("KeptFiles", Kept(attached.name, ended=True))

    with pytest.raises(UsageError, match="has ended"):
        kept_run_commands.abort(runtime="", dry=False)
