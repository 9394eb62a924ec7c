"""A folder that has lost something: the report is still written, names it, and is INVALID."""

import gzip
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab.judge.verdict import CaseVerdict, Outcome
from lab.present import reading, report
from lab.store.files import ErrorFile, EventsFile, VerdictFile
from lab.store.folder import OF_A_CASE
from tests.lab.present.made_run import MadeCase, judged, keep, kept, make

RUN_FILES = ("verdict.json", "settings.json", "provenance.json")
NEEDED = (*RUN_FILES, *(f"{case}/{name}" for case in ("a2", "a4") for name in OF_A_CASE))


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short run: the report is written anew for each file that it may lack."""
    return make(tmp_path_factory.mktemp("runs"), MadeCase(seconds=30), MadeCase(name="a4", has_outage=True, seconds=60))


def cut(path: Path, keep: float) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])


def require_told(folder: Path, name: str) -> None:
    """Every form of the report says INVALID and names the file."""
    page = report.write(folder)
    said = json.loads((folder / report.JSON).read_text())

    assert said["verdict"] == "INVALID"
    assert name in {gap["file"] for gap in said["gaps"]}
    assert name in page.read_text()
    assert "INVALID</p>" in page.read_text()
    assert "INVALID" in (folder / report.MARKDOWN).read_text().splitlines()[0]
    assert '<error message="evidence is missing' in (folder / report.JUNIT).read_text()


def test_a_complete_folder_has_its_own_verdict(run: Path) -> None:
    read = reading.read(run)

    assert (read.verdict, read.gaps, read.notes) == ("PASS", (), ())
    assert read.reason == "all met"


@pytest.mark.parametrize("name", NEEDED)
def test_a_file_that_is_missing_is_named(run: Path, name: str) -> None:
    (run / name).unlink()

    require_told(run, name)


@pytest.mark.parametrize("keep", [0, 0.5, 0.98])
@pytest.mark.parametrize("name", [one for one in NEEDED if not one.endswith(".log")])
def test_a_file_that_is_cut_short_is_named(run: Path, name: str, keep: float) -> None:
    cut(run / name, keep)

    require_told(run, name)


@pytest.mark.parametrize("change_it", [Path.unlink, lambda path: cut(path, 0.9)], ids=["missing", "cut"])
@pytest.mark.parametrize("name", NEEDED)
def test_of_a_sealed_folder_every_file_is_named(run: Path, name: str, change_it: Any) -> None:
    """Also logs, whose end is no different from their middle."""
    report.seal(run)
    assert reading.read(run).verdict == "PASS"

    change_it(run / name)

    require_told(run, name)


def test_a_sealed_file_that_was_edited_is_named(run: Path) -> None:
    report.seal(run)
    judged(run, reason="better than it was")

    assert [gap.file for gap in reading.read(run).gaps] == ["verdict.json"]


def test_a_seal_that_is_cut_short_is_named(run: Path) -> None:
    report.seal(run)
    cut(run / "evidence.json", 0.5)

    require_told(run, "evidence.json")


def test_what_a_broken_off_case_never_kept_is_told_apart(run: Path) -> None:
    """A FAIL that rests on another case stays one."""
    shutil.rmtree(run / "a4")
    (run / "a4").mkdir()
    keep(run, EventsFile(events=()), "a4")
    keep(run, ErrorFile(traceback=("Traceback", "ToolError: k6 can't be started")), "a4")
    broken = CaseVerdict(case="a4", outcome=Outcome.INVALID, reasons=("k6 can't be started",), is_valid=False)
    a2, _ = kept(run, VerdictFile).verdict.cases
    judged(run, outcome=Outcome.FAIL, reason="a2: p99 240 ms", cases=(a2, broken))

    read = reading.read(run)

    assert (read.verdict, read.reason, read.gaps) == ("FAIL", "a2: p99 240 ms", ())
    assert "a4/measurements.json" in {note.file for note in read.notes}
    assert "ToolError: k6 can&#39;t be started" in report.write(run).read_text()


def test_without_measurements_the_orders_speak_for_themselves(run: Path) -> None:
    before = reading.read(run).cases[0].figures
    (run / "a2" / "measurements.json").unlink()

    after = reading.read(run).cases[0].figures

    assert before
    assert after
    assert after.p99 == pytest.approx(before.p99, rel=0.01)
    assert after.orders == pytest.approx(before.orders, abs=1)


def test_points_that_break_off_are_shown_as_far_as_they_go(run: Path) -> None:
    with gzip.open(run / "a2" / "samples.csv.gz", "rb") as file:
        lines = file.read().splitlines()
    (run / "a2" / "samples.csv.gz").write_bytes(gzip.compress(b"\n".join(lines[:400]))[:-4])

    read = reading.read(run)

    assert [gap.file for gap in read.gaps] == ["a2/samples.csv.gz"]
    assert "breaks off after" in read.gaps[0].why
    assert 300 < sum(slot.orders for slot in read.cases[0].slots) < 400


def test_points_that_are_fewer_than_were_measured_are_named(run: Path) -> None:
    """A file that ends well may still not be the one that was measured."""
    with gzip.open(run / "a2" / "samples.csv.gz", "rb") as file:
        lines = file.read().splitlines()
    (run / "a2" / "samples.csv.gz").write_bytes(gzip.compress(b"\n".join(lines[:400])))

    require_told(run, "a2/samples.csv.gz")


def test_a_case_that_the_verdict_does_not_name_is_shown(run: Path) -> None:
    (run / "verdict.json").unlink()
    (run / "settings.json").unlink()

    assert [case.case for case in reading.read(run).cases] == ["a2", "a4"]


def test_a_case_without_its_evidence_is_invalid_and_says_what_the_run_said(run: Path) -> None:
    (run / "a4" / "events.json").unlink()

    whole, spoilt = reading.read(run).cases

    assert (whole.verdict, spoilt.verdict) == ("PASS", "INVALID")
    assert spoilt.reasons == (
        "evidence is missing: a4/events.json is missing",
        "the run itself recorded PASS: p99 4.0 ms at the client, 4.8 ms in the engine (limit 200 ms)",
    )


def test_a_name_that_leads_out_of_the_folder_is_not_followed(run: Path) -> None:
    judged(run, cases=(CaseVerdict(case="../../etc", outcome=Outcome.PASS, reasons=()),))

    read = reading.read(run)

    assert "../../etc" not in {case.case for case in read.cases}
    assert read.verdict == "INVALID"


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)


def planted(value: Any, way: list[int], other: Any) -> Any:
    """The value with another one somewhere inside."""
    if not way or not isinstance(value, (dict, list)) or not value:
        return other
    if isinstance(value, dict):
        key = sorted(value)[way[0] % len(value)]
        return {**value, key: planted(value[key], way[1:], other)}
    index = way[0] % len(value)
    return [*value[:index], planted(value[index], way[1:], other), *value[index + 1 :]]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from([one for one in NEEDED if one.endswith(".json")]),
    way=st.lists(st.integers(0, 30), max_size=7),
    other=ANY,
)
def test_whatever_json_a_file_holds_a_report_is_written(run: Path, name: str, way: list[int], other: Any) -> None:
    before = (run / name).read_text()
    try:
        (run / name).write_text(json.dumps(planted(json.loads(before), way, other)))

        assert report.write(run).exists()
    finally:
        (run / name).write_text(before)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"schema": None}, "has schema none, this version of the lab reads 1: make the run anew, or read it with"),
        ({"schema": 2}, "has schema 2, this version of the lab reads 1"),
        ({"rounds": "many"}, "does not fit its schema: rounds: Input should be a valid integer"),
        ({"more": 1}, "does not fit its schema: more: Extra inputs are not permitted"),
    ],
)
def test_a_file_of_another_schema_or_form_is_named_with_its_reason(run: Path, changes: Any, why: str) -> None:
    told = {**json.loads((run / "verdict.json").read_text()), **changes}
    (run / "verdict.json").write_text(json.dumps({key: value for key, value in told.items() if value is not None}))

    (gap,) = reading.read(run).gaps

    assert gap.file == "verdict.json"
    assert gap.why.startswith(why)
