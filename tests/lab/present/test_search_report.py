"""A search for a capacity has no verdict of its own; its report is one all the same."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.judge.rate_search import Interval
from lab.present import reading, report
from lab.store.files import CapacityFile
from tests.lab.present.made_run import MadeCase, keep, kept, make, rewrite
from tests.lab.searches import capacity, failed, held

TRIES = ("try-01-1020", "try-02-2040")


@pytest.fixture
def search(tmp_path: Path) -> Path:
    made = make(tmp_path, *(MadeCase(name=name) for name in TRIES))
    folder = made.rename(made.with_name("20261122T180000Z-capacity-single"))
    (folder / "verdict.json").unlink()
    tries = (replace(held(1020), name=TRIES[0]), replace(failed(2040), name=TRIES[1], reason="p99 240 ms"))
    found = capacity(*tries, topology="single", shards=1)
    conclusion = ("between 1,020 and 2,040 orders/min",)
    keep(folder, CapacityFile(conclusion=conclusion, matches=None, speed_up=None, capacity=found))
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
    assert read.reproduce[-2] == "LAB_SETTINGS=rerun.yaml ./invokew capacity --topology=single --runtime=k3d"


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"broke_off": "the search was interrupted"}, "INVALID"),
        ({"interval": Interval(rate=900, low=None, high=1020)}, "FAIL"),
    ],
)
def test_a_search_that_found_nothing_says_so(search: Path, changes: dict[str, Any], verdict: str) -> None:
    found = kept(search, CapacityFile).capacity
    rewrite(search, CapacityFile, capacity=replace(found, **changes))

    assert reading.read(search).verdict == verdict


@pytest.mark.parametrize("name", ["capacity.json", f"{TRIES[0]}/samples.csv.gz", f"{TRIES[1]}/measurements.json"])
def test_a_search_without_its_evidence_is_invalid(search: Path, name: str) -> None:
    (search / name).unlink()

    assert name in report.write(search).read_text()
    assert reading.read(search).verdict == "INVALID"
