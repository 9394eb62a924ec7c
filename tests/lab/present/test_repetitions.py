"""A run whose cases were repeated: every form of its report has the rounds, and what they come to together."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from lab.measure.measurements import EngineLatency
from lab.measure.stretches import Stretch
from lab.present import reading, report
from lab.present.case_tables import cases, repetitions
from lab.present.document import Report
from lab.present.repetitions import shown
from lab.store.files import VerdictFile
from tests.lab.made import shard
from tests.lab.present.made_run import START, MadeCase, figures, judged, kept, make, repeated


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = repeated(tmp_path_factory.mktemp("runs"), 3.0, 250.0, 4.0)
    report.seal(made)
    report.write(made)
    return made


@pytest.fixture(scope="module")
def read(folder: Path) -> Report:
    return reading.read(folder)


def test_the_rounds_stand_below_their_case(read: Report) -> None:
    (a2,) = read.cases

    assert (read.verdict, read.gaps) == ("CONDITIONAL", ())
    assert (a2.case, a2.title, a2.verdict) == ("a2", "normal load", "UNDECIDED")
    assert [(one.case, one.title, one.verdict) for one in a2.repetitions] == [
        ("a2", "round 1", "PASS"),
        ("a2-2", "round 2", "FAIL"),
        ("a2-3", "round 3", "PASS"),
    ]
    assert all(one.slots and one.settings and one.settings.slo.p99_ms == 200.0 for one in a2.repetitions)


def test_the_table_of_cases_has_a_row_a_round(read: Report) -> None:
    rows = cases(read.cases).rows

    assert [row[:3] for row in rows] == [
        ("a2 normal load", "UNDECIDED", "3 times"),
        ("a2 round 1", "PASS", "1,020 of 1,020"),
        ("a2-2 round 2", "FAIL", "1,020 of 1,020"),
        ("a2-3 round 3", "PASS", "1,020 of 1,020"),
    ]


def test_each_bound_has_its_figures_its_median_and_its_interval(read: Report) -> None:
    table = repetitions(read.cases[0])

    assert table is not None
    assert table.head == ("bound", "pooled", "95 % interval", "limit", "", "round 1", "round 2", "round 3")
    assert table.rows[0] == (
        "p99", "14.4 ms", "3 to 250 ms", "200 ms", "undecided", "3 ms", "250 ms", "4 ms"
    )  # fmt: skip
    assert repetitions(read.cases[0].repetitions[0]) is None


def test_the_round_of_the_middle_figure_is_open(read: Report) -> None:
    assert shown(read.cases[0]) == 3


def test_json_has_the_bounds_as_they_were_judged(folder: Path) -> None:
    (a2,) = json.loads((folder / "report.json").read_text())["cases"]

    assert {name: a2["bounds"][0][name] for name in ("figure", "limit", "unit", "is_more_better", "status")} == {
        "figure": pytest.approx(14.4, abs=0.1),
        "limit": 200.0,
        "unit": "ms",
        "is_more_better": False,
        "status": "undecided",
    }
    assert a2["bounds"][0]["by_repetition"] == [3.0, 250.0, 4.0]
    assert [one["case"] for one in a2["repetitions"]] == ["a2", "a2-2", "a2-3"]


def test_an_infinite_figure_is_kept_and_shown_as_endless(tmp_path: Path) -> None:
    a2, *_ = reading.read(repeated(tmp_path, 3.0, float("inf"))).cases
    table = repetitions(a2)

    assert a2.bounds[0].figure == float("inf")
    assert table is not None
    assert table.rows[0][:5] == ("p99", "infinite", "3 ms to infinite", "200 ms", "undecided")


def test_junit_has_one_test_case_with_what_its_rounds_came_to(folder: Path) -> None:
    suite = ET.parse(folder / "junit.xml").getroot()  # noqa: S314 - our own

    (one,) = suite.findall("testcase")
    assert (suite.get("tests"), suite.get("failures")) == ("1", "1")
    assert one.get("time") == "180.0"
    assert "a2-2 FAIL: p99 250 ms at the client" in (one.findtext("failure") or "")


def test_markdown_has_the_rounds_and_their_table(folder: Path) -> None:
    text = (folder / "report.md").read_text()

    assert "| a2 normal load | UNDECIDED | 3 times |" in text
    assert "- **a2** UNDECIDED: p99 14.4 ms over 3 repetitions: 3 ms, 250 ms, 4 ms" in text
    assert "  - **a2-2** FAIL: p99 250 ms at the client" in text
    assert "| p99 | 14.4 ms | 3 to 250 ms | 200 ms | undecided | 3 ms | 250 ms | 4 ms |" in text


def test_the_commands_make_it_again_in_as_many_rounds(read: Report) -> None:
    assert any(line.endswith("./invokew asr1 --repeat=3 --runtime=k3d") for line in read.reproduce)


def test_every_link_of_the_page_leads_somewhere(folder: Path) -> None:
    page = (folder / "report.html").read_text()

    for name in ("a2", "a2-2", "a2-3"):
        assert page.count(f'id="case-{name}"') == 1
    assert 'href="#case-a2-2"' in page


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    return shutil.copytree(folder, tmp_path / folder.name)


def test_a_round_without_its_evidence_spoils_its_case(copy: Path) -> None:
    """Its median rests on all of them."""
    (copy / "a2-2" / "samples.csv.gz").unlink()

    found = reading.read(copy)

    (a2,) = found.cases
    assert (found.verdict, a2.verdict) == ("INVALID", "INVALID")
    assert a2.reasons[0] == "evidence is missing: a2-2/samples.csv.gz is missing"
    assert [one.verdict for one in a2.repetitions] == ["PASS", "INVALID", "PASS"]


def test_rounds_are_shown_as_cases_when_no_verdict_says_whose_they_are(copy: Path) -> None:
    (copy / "verdict.json").unlink()

    found = reading.read(copy)

    assert found.verdict == "INVALID"
    assert [one.case for one in found.cases] == ["a2", "a2-2", "a2-3"]


@pytest.mark.parametrize("name", ["../a2", ""])
def test_a_round_by_another_name_leads_nowhere(copy: Path, name: str) -> None:
    (a2,) = kept(copy, VerdictFile).verdict.cases
    first, second, third = a2.repetitions
    judged(copy, cases=(replace(a2, repetitions=(first, replace(second, case=name), third)),))

    found = reading.read(copy)

    assert found.verdict == "INVALID"
    assert [one.case for one in found.cases[0].repetitions] == ["a2", "a2-3"]


def test_a_folder_without_a_cases_files_is_no_case(copy: Path) -> None:
    (copy / "failure" / "a2").mkdir(parents=True)
    (copy / "failure" / "a2" / "events.txt").write_text("x")

    assert [one.case for one in reading.read(copy).cases] == ["a2"]


def test_the_worst_stretch_is_drawn_and_told(tmp_path: Path) -> None:
    made = make(tmp_path, MadeCase())
    figures(made, stretches=(Stretch(start=START + 20_000, end=START + 50_000, orders=510, p99=7.5),))

    page = report.write(made).read_text()

    assert page.count('class="worst"') == 2  # wide and narrow
    assert "The bar is the worst stretch: p99 7.5 ms of 510 orders, 0:20 to 0:50." in page


def test_an_engine_beyond_its_buckets_is_shown_as_above_them(tmp_path: Path) -> None:
    """Its last bound, 1 s, says nothing of 30 s."""
    made = make(tmp_path, MadeCase())
    beyond = EngineLatency(orders=850, p50=1.0, p95=3.0, p99=1000.0, is_beyond=True)
    figures(made, shards=(shard(latency={"whole": beyond}),))

    assert cases(reading.read(made).cases).rows[0][6] == "> 1,000 ms"
