"""A search for a capacity has no verdict of its own; its report is one all the same."""

from pathlib import Path

import pytest

from lab.present import reading, report
from tests.lab.present.made_run import MadeCase, change, make, write

TRIES = ("try-01-1020", "try-02-2040")


@pytest.fixture
def search(tmp_path: Path) -> Path:
    made = make(tmp_path, *(MadeCase(name=name) for name in TRIES))
    folder = made.rename(made.with_name("20261122T180000Z-capacity-single"))
    (folder / "verdict.json").unlink()
    tries = [
        {"name": TRIES[0], "rate": 1020, "outcome": "held", "reason": "p99 4.0 ms, 0.00% errors"},
        {"name": TRIES[1], "rate": 2040, "outcome": "did not hold", "reason": "p99 240 ms"},
    ]
    found = {"conclusion": ["between 1,020 and 2,040 orders/min"], "topology": "single", "profile": "full"}
    write(
        folder / "capacity.json",
        {**found, "tries": tries, "bracket": {"held": 1020, "failed": 2040}, "broke_off": None},
    )
    return folder


def test_what_was_found_is_not_judged(search: Path) -> None:
    read = reading.read(search)

    assert (read.verdict, read.reason, read.gaps) == ("NOT JUDGED", "between 1,020 and 2,040 orders/min", ())
    assert read.title == "The capacity of single"
    assert [(case.case, case.title) for case in read.cases] == [
        (TRIES[0], "at 1,020 orders/min"),
        (TRIES[1], "at 2,040 orders/min"),
    ]
    assert read.cases[1].reasons == ("did not hold: p99 240 ms",)
    assert read.reproduce[-2] == "LAB_SETTINGS=rerun.yaml ./invokew capacity --topology=single"


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [({"broke_off": "the search was interrupted"}, "INVALID"), ({"bracket": {"held": None}}, "FAIL")],
)
def test_a_search_that_found_nothing_says_so(search: Path, changes: dict[str, object], verdict: str) -> None:
    change(search / "capacity.json", **changes)

    assert reading.read(search).verdict == verdict


@pytest.mark.parametrize("name", ["capacity.json", f"{TRIES[0]}/samples.csv.gz", f"{TRIES[1]}/measurements.json"])
def test_a_search_without_its_evidence_is_invalid(search: Path, name: str) -> None:
    (search / name).unlink()

    assert name in report.write(search).read_text()
    assert reading.read(search).verdict == "INVALID"
