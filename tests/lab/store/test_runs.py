import errno
import json
import math
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from lab.core.errors import PreflightError
from lab.judge.repeated import judge_repeated
from lab.judge.speedup import Searched, SpeedUp
from lab.judge.verdict import judge, judge_case
from lab.store import runs as runs_
from lab.store.files import CapacityFile, MeasurementsFile, RecordingFile, SettingsFile, Stored, VerdictFile
from lab.store.runs import LEAST_FREE, Run, require_room, write_text
from tests.lab.judge.recordings import honest
from tests.lab.made import SETTINGS, case, measured, suite
from tests.lab.searches import capacity, failed, held

NOON = datetime(2026, 11, 22, 12, 0, 5, tzinfo=UTC)


def test_a_run_is_named_by_time_suite_and_topology(tmp_path: Path) -> None:
    run = Run.create(tmp_path, suite(), NOON)

    assert run.id == "20261122T120005Z-asr1-single"
    assert run.testid("a2") == "20261122T120005Z-asr1-single-a2"
    assert (tmp_path / "latest").read_text() == run.id + "\n"


def test_two_runs_in_a_second_have_folders_of_their_own(tmp_path: Path) -> None:
    first, second = (Run.create(tmp_path, suite(), NOON) for _ in range(2))

    assert first.path.is_dir()
    assert second.id == f"{first.id}-2"
    assert (tmp_path / "latest").read_text() == second.id + "\n"


def test_a_folder_is_made_for_the_first_run_and_nothing_is_left_in_it(tmp_path: Path) -> None:
    require_room(tmp_path / "runs")

    assert not list((tmp_path / "runs").iterdir())


def test_a_file_in_the_place_of_the_runs_folder_is_refused_and_stays(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("mine")

    with pytest.raises(PreflightError, match="runs is no folder, so no run can be kept: move it away"):
        require_room(tmp_path / "runs")

    assert (tmp_path / "runs").read_text() == "mine"


def test_a_folder_that_takes_no_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), "any")

    monkeypatch.setattr(runs_, "TemporaryFile", refuse)

    with pytest.raises(
        PreflightError, match="takes no files, so no run can be kept: Read-only file system; let this user"
    ):
        require_room(tmp_path / "runs")


def test_a_full_disk_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=LEAST_FREE - 1))

    with pytest.raises(PreflightError, match=r"are free where .*runs is, so no run can be kept \(limit 64 MiB\)"):
        require_room(tmp_path / "runs")


def test_values_are_kept_as_json(tmp_path: Path) -> None:
    run = Run.create(tmp_path, suite(), NOON)
    run.case("a2")

    run.write(MeasurementsFile(measurements=measured(p99=math.inf)), "a2")

    kept = json.loads((run.path / "a2" / "measurements.json").read_text())
    assert kept["schema"] == 1
    assert kept["measurements"]["client"]["whole"]["p99"] == "Infinity"  # JSON knows none


def never(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


MANY = (math.inf, 250.0, 4.0)
SLOW = [judge_case(case(), measured(p99=p99)) for p99 in MANY]
FILES = (
    MeasurementsFile(measurements=measured("b4", p99=math.inf)),
    MeasurementsFile(measurements=measured("a4", ratio=math.inf)),
    VerdictFile(run="r1", rounds=3, exit_code=6, verdict=judge(suite("a2"), [judge_repeated(case(), SLOW)])),
    CapacityFile(
        conclusion=("x",),
        matches=28_800.0,
        speed_up=SpeedUp(
            of=Searched(topology="multi", shards=3, runs=("r2",), rate=27_000.0),
            against=Searched(topology="single", shards=1, runs=("r1",), rate=10_000.0),
            ratio=2.7,
            low=2.5,
            high=2.9,
        ),
        capacity=capacity(held(1020), failed(2040)),
    ),
    SettingsFile(profile="smoke", cases=("a2",), settings=SETTINGS),
    RecordingFile.of(honest("a4")),
)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.FILE)
def test_what_a_model_writes_is_strict_json_and_reads_as_the_same(file: Stored) -> None:
    """Infinite numbers too."""
    json.loads(file.text(), parse_constant=never)

    assert type(file).model_validate_json(file.text()) == file


def test_the_settings_are_kept_as_they_are_written(tmp_path: Path) -> None:
    run = Run.create(tmp_path, suite(), NOON)

    run.write(SettingsFile(profile="full", cases=("a4",), settings=SETTINGS))

    kept = json.loads((run.path / "settings.json").read_text())
    assert kept["settings"]["cases"]["a4"]["fault"] == {"after": 60, "for": 120}


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "verdict.json"
    write_text(path, "old")
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))

    with pytest.raises(OSError, match="disk full"):
        write_text(path, "new")

    assert path.read_text() == "old"
