from pathlib import Path

import pytest

from lab.compare import terminal
from lab.core.windows import Window
from lab.store import listing
from lab.store.files import CapacityFile, MeasurementsFile
from tests.lab.compare.runs import run_in
from tests.lab.present.made_run import MadeCase, figures, keep, kept
from tests.lab.searches import capacity, held

ID = "20261122T180000Z-asr1-single"


def test_a_line_tells_what_the_judged_case_came_to(tmp_path: Path) -> None:
    """A1 has no objective: the first case that has one of p99 is A2."""
    found = listing.listed(run_in(tmp_path, ID, MadeCase(name="a1", verdict="NOT JUDGED"), MadeCase()))

    measured = kept(tmp_path / ID, MeasurementsFile, "a2").measurements
    assert (found.run, found.kind, found.verdict) == (ID, "asr1 single full k3d", "PASS")
    assert (found.judged, found.p99) == ("a2", measured.client["whole"].p99)
    assert found.matches == pytest.approx(1224)
    assert found.began == "2026-11-22 18:00"
    assert found.damage == ""


def test_how_long_it_took_is_from_its_id_to_the_end_of_its_last_load(tmp_path: Path) -> None:
    folder = run_in(tmp_path, ID)
    figures(folder, load=Window(name="load", start=0, end=1_795_370_490_000))

    assert listing.listed(folder).seconds == 90.0


def test_a_damaged_run_is_listed_as_such(tmp_path: Path) -> None:
    folder = run_in(tmp_path, ID)
    (folder / "verdict.json").write_text('{"suite": ')
    (folder / "provenance.json").unlink()

    found = listing.listed(folder)

    assert found.verdict == "INVALID"
    assert found.damage == "verdict.json is cut short or no JSON; provenance.json is missing"


def test_a_run_of_another_schema_is_listed_as_such(tmp_path: Path) -> None:
    folder = run_in(tmp_path, ID)
    (folder / "verdict.json").write_text('{"suite": "asr1", "verdict": "PASS"}')

    found = listing.listed(folder)

    assert (found.verdict, found.damage) == ("INVALID", "verdict.json has schema none, this version of the lab reads 1")


def test_an_empty_folder_is_listed_too(tmp_path: Path) -> None:
    (tmp_path / ID).mkdir()

    found = listing.listed(tmp_path / ID)

    assert (found.kind, found.verdict, found.p99, found.seconds) == ("asr1 single full unknown", "INVALID", None, None)


def test_a_search_is_listed_with_the_matches_at_its_capacity(tmp_path: Path) -> None:
    folder = run_in(tmp_path, "20261122T180000Z-capacity-shards-12", MadeCase(name="try-01-5040"))
    found = capacity(held(20_000), topology="shards-12", runtime="process")
    keep(folder, CapacityFile(conclusion=(), matches=24_000.4, speed_up=None, capacity=found))

    line = listing.listed(folder)

    assert (line.kind, line.matches, line.p99, line.verdict) == (
        "capacity shards-12 full process",
        24_000.4,
        None,
        "NOT JUDGED",
    )


def test_the_second_run_of_a_second_is_of_the_same_topology(tmp_path: Path) -> None:
    folder = run_in(tmp_path, f"{ID}-2")

    assert listing.listed(folder).topology == "single"


def test_runs_come_newest_first_and_other_folders_are_none(tmp_path: Path) -> None:
    for name in (ID, "20261123T000000Z-asr1-single", "notes", ".part"):
        (tmp_path / name).mkdir()

    assert listing.ids(tmp_path) == ["20261123T000000Z-asr1-single", ID]
    assert listing.ids(tmp_path / "none") == []


def test_the_table_marks_the_newest_the_baseline_and_the_damaged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, broken = run_in(tmp_path, ID), tmp_path / "20261122T190000Z-asr1-single"
    broken.mkdir()

    terminal.runs(
        [listing.listed(one) for one in (broken, whole)], latest=broken.name, baselines={"asr1 single full k3d": ID}
    )

    lines = capsys.readouterr().out.splitlines()
    assert "latest, damaged: verdict.json is missing" in lines[1]
    assert lines[2].rstrip().endswith("baseline")
    assert lines[2].startswith(ID)
