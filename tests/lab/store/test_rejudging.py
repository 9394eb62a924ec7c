"""The example run in docs/, judged again: by its own settings as it was, by others as they say."""

import json
import re
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.commands import run_commands
from lab.core.errors import InvalidRunError, LabError, SloMissedError, UsageError
from lab.core.paths import ROOT
from lab.judge.verdict import Outcome, broken_case
from lab.settings.loading import load
from lab.store import inventory, rejudging, stored_run
from lab.store.files import CapacityFile, MeasurementsFile
from lab.store.folder import Folder
from tests.lab.made import case
from tests.lab.present.made_run import judged, keep
from tests.lab.searches import capacity, held

EXAMPLE = ROOT / "docs" / "examples" / "run"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return shutil.copytree(EXAMPLE, tmp_path / "20261128T200000Z-asr1-single")


def test_the_example_is_small_whole_and_has_the_verdict_of_its_raw_files() -> None:
    folder = Folder(EXAMPLE)
    told = stored_run.read(folder)
    kept = folder.read(MeasurementsFile, "a2")

    assert told.plan is not None
    assert kept is not None
    assert rejudging.measured_again(folder, "a2", told.plan.cases[0], told.plan.topology) == kept.measurements
    assert rejudging.judged_again(folder, told, told.plan) == told.verdict
    assert folder.gaps == ()
    assert sum(path.stat().st_size for path in EXAMPLE.rglob("*") if path.is_file()) <= 450_000


def test_by_the_run_s_settings_it_has_the_verdict_that_it_had(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_commands.judge(str(run), "run")

    recorded, again, a2, incomplete = capsys.readouterr().out.splitlines()
    assert recorded == "recorded:     PASS (PROCESS, SMOKE)"
    assert again == "judged again: PASS (PROCESS, SMOKE), by the run settings"
    assert a2.startswith("  a2: PASS: p99 ")
    assert incomplete == "  without the other cases this is not asr1's verdict"


def test_by_a_limit_below_its_p99_it_has_another(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And nothing in its folder changes. That the path alone takes longer is no excuse where a control ran."""
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    below = tmp_path / "below.yaml"
    below.write_text(yaml.safe_dump({"cases": {"a2": {"slo": {"p99_ms": 0.1}}}}))
    monkeypatch.setenv("LAB_SETTINGS", str(below))

    with pytest.raises(SloMissedError, match=r"asr1 is FAIL \(PROCESS, SMOKE\), for the reasons above"):
        run_commands.judge(str(run), "current")
    assert re.search(r"\n  a2: FAIL: p99 .* \(limit 0\.1 ms\)\n", capsys.readouterr().out)

    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"cases": {"a2": {"smoke": {"duration": "60s"}}}}, "cases.a2.duration"),
        ({"cases": {"a2": {"smoke": {"duration": "15s"}, "rate": 2040}}}, "cases.a2.rate, cases.a2.duration"),
        ({"cases": {"a2": {"hot": {"symbol": "TEST-ASSET-A", "share": 0.8}}}}, "cases.a2.hot"),
        ({"cases": {"a2": {"book": {"orders": 100, "levels": 10}}}}, "cases.a2.book"),
        ({"cases": {"a2": {"clean": True}}}, "cases.a2.clean"),
        ({"topologies": {"single": {"shards": {"a": ["TEST-ASSET-D", "TEST-ASSET-A"]}}}}, "topologies.single"),
    ],
    ids=str,
)
def test_by_settings_of_another_load_it_is_invalid_and_its_engine_not_wrong(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: dict[str, Any], said: str
) -> None:
    """What was sent is the run's; held against other orders each fill would be another one, and another rate reached."""
    (tmp_path / "other.yaml").write_text(yaml.safe_dump(asked))
    monkeypatch.setenv("LAB_SETTINGS", str(tmp_path / "other.yaml"))
    told = stored_run.read(Folder(run))
    suite = told.planned(load())
    assert suite is not None

    verdict = rejudging.judged_again(Folder(run), told, suite)

    assert (verdict.outcome, verdict.exit_code) == (Outcome.INVALID, InvalidRunError.exit_code)
    assert verdict.cases[0].reason.startswith(f"it had another load than is asked by {said}; run it anew")


def test_the_lines_in_the_docs_give_the_verdict_that_the_example_has() -> None:
    (lines,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "verdict.md").read_text(), re.DOTALL)

    ended = subprocess.run([sys.executable, "-c", lines], cwd=ROOT, capture_output=True, text=True, check=True)

    assert ended.stdout.strip() == str(stored_run.read(Folder(EXAMPLE)).verdict)


def test_a_case_that_left_nothing_is_invalid_for_the_reason_it_had(run: Path) -> None:
    shutil.rmtree(run / "a2")
    broken = broken_case(case("a2"), "no k6")
    judged(run, cases=(broken,))
    folder = Folder(run)
    told = stored_run.read(folder)

    assert told.plan is not None
    assert rejudging.judged_again(folder, told, told.plan).cases == (broken,)


@pytest.mark.parametrize(
    ("name", "error", "said"),
    [
        ("a2/prometheus.json", InvalidRunError, r"can't be judged again: a2/prometheus\.json is cut short"),
        ("a2/recording.json", InvalidRunError, r"can't be judged again: a2/recording\.json is cut short"),
        ("a2/samples.csv.gz", InvalidRunError, r"can't be judged again: a2/samples\.csv\.gz"),
        ("settings.json", UsageError, "the run settings don't describe asr1"),
    ],
)
def test_a_run_without_its_raw_files_is_not_judged(run: Path, name: str, error: type[LabError], said: str) -> None:
    (run / name).write_bytes((run / name).read_bytes()[:20])

    with pytest.raises(error, match=said):
        run_commands.judge(str(run), "run")


@pytest.mark.parametrize("name", ["a2/records.tsv.gz", "a2/control/samples.csv.gz"])
@pytest.mark.parametrize("is_lost", [True, False])
def test_evidence_that_is_optional_is_missed_where_the_run_kept_it(run: Path, name: str, is_lost: bool) -> None:
    """Without its records an engine is not checked, and without a control nothing is excused: as if none had been."""
    (run / name).unlink() if is_lost else (run / name).write_bytes(b"")

    with pytest.raises(InvalidRunError):
        run_commands.judge(str(run), "run")


def test_a_control_whose_k6_left_no_points_excuses_nothing_as_it_did_when_the_run_was_judged(run: Path) -> None:
    (run / "a2" / "control" / "samples.csv.gz").write_bytes(b"")
    inventory.write(run)
    folder = Folder(run)
    told = stored_run.read(folder)

    assert told.plan is not None
    measured = rejudging.measured_again(folder, "a2", told.plan.cases[0], told.plan.topology)

    assert folder.gaps == ()
    assert measured is not None
    assert measured.control is not None
    assert "has none of k6's columns" in (measured.control.untrusted or "")


def test_a_search_has_no_verdict_to_judge(run: Path) -> None:
    (run / "verdict.json").unlink()
    keep(run, CapacityFile(conclusion=(), matches=None, speed_up=None, capacity=capacity(held(1020))))

    with pytest.raises(UsageError, match="is a search for a capacity"):
        run_commands.judge(str(run), "run")


def test_a_run_of_another_schema_is_refused_by_every_command(run: Path) -> None:
    verdict = json.loads((run / "verdict.json").read_text())
    del verdict["schema"]
    (run / "verdict.json").write_text(json.dumps(verdict))

    for refused in (
        partial(run_commands.judge, str(run), "run"),
        partial(run_commands.report, str(run), dry=False),
        partial(run_commands.compare, str(run), str(EXAMPLE), fail_on_regression=False, dry=False),
    ):
        with pytest.raises(UsageError, match=r"verdict\.json has schema none, this version of the lab reads 1"):
            refused()
