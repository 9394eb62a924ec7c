import json
import socket
import time
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from lab.core.windows import load_window
from lab.judge.verdict import broken_case, judge_case
from lab.run import grafana
from lab.run.grafana import Grafana
from lab.run.marks import AFTER, BEFORE, Mark, leave, mark, of_cases
from lab.store.runs import Run
from tests.lab.made import case, measured
from tests.lab.served import served

ANSWERS = {"/api/annotations": (200, {"id": 1})}
MARKS = [
    Mark(name=name, case="a2", text=f"{name}: PASS", testid=f"r1-{name}", load=load_window(start, 60))
    for name, start in (("a2", 100_000.0), ("a2-2", 200_000.0))
]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    made = Run(tmp_path, "r1")
    made.path.mkdir()
    return made


def kept(run: Run) -> Any:
    return json.loads((run.path / "grafana.json").read_text())


def shown(link: str) -> tuple[str, str, str]:
    """From, to and the test of a link."""
    query = parse_qs(urlsplit(link).query)
    return query["from"][0], query["to"][0], query["var-testid"][0]


def test_a_load_is_marked_with_its_verdict_under_tags_that_find_it_and_alone_chooses_its_test(run: Run) -> None:
    with served(ANSWERS) as server:
        leave(Grafana(server.url, password="x"), run, MARKS[:1])

    assert shown(kept(run)["run"])[2] == "r1-a2"

    assert server.asked[0][2] == {
        "text": "a2: PASS", "time": 100_000, "timeEnd": 160_000,
        "tags": ["load", "run:r1", "case:a2", "testid:r1-a2"],
    }  # fmt: skip


def test_the_links_show_the_run_and_each_load_and_a_little_around_them(run: Run) -> None:
    with served(ANSWERS) as server:
        (said,) = leave(Grafana(server.url, password="x"), run, MARKS)

    assert said == f"grafana: {kept(run)['run']}"
    assert shown(kept(run)["run"]) == (f"{100_000 - BEFORE:.0f}", f"{260_000 + AFTER:.0f}", "$__all")
    assert {name: shown(link) for name, link in kept(run)["cases"].items()} == {
        "a2": (f"{100_000 - BEFORE:.0f}", f"{160_000 + AFTER:.0f}", "r1-a2"),
        "a2-2": (f"{200_000 - BEFORE:.0f}", f"{260_000 + AFTER:.0f}", "r1-a2-2"),
    }


def test_a_load_that_broke_off_is_not_marked_into_the_future(run: Run) -> None:
    now = time.time() * 1000

    with served(ANSWERS) as server:
        leave(Grafana(server.url, password="x"), run, [replace(MARKS[0], load=load_window(now - 1000, 300))])

    assert now <= server.asked[0][2]["timeEnd"] + 1 <= now + 2000


def test_a_grafana_that_never_answers_costs_one_deadline_a_warning_and_the_link(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grafana, "DEADLINE", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        silent = Grafana(f"http://127.0.0.1:{mute.getsockname()[1]}", password="x")
        began = time.monotonic()
        lines = [leave(silent, run, MARKS * 10), leave(silent, run, MARKS)]
        took = time.monotonic() - began

    assert took < 2 * 0.3
    assert all(said[0].startswith("note: the run is not marked on the dashboard: grafana at") for said in lines)
    assert not (run.path / "grafana.json").exists()


def test_without_a_grafana_or_a_measured_load_nothing_is_asked_nor_said(run: Run) -> None:
    assert leave(None, run, MARKS) == []
    assert leave(Grafana("http://127.0.0.1:1", password="x"), run, []) == []
    assert list(run.path.iterdir()) == []


def test_each_case_that_was_measured_has_a_mark_with_its_verdict() -> None:
    numbers = {"a2": measured("a2"), "a4": measured("a4", problems=("k6 crashed",))}
    verdicts = [
        judge_case(case("a2"), numbers["a2"]),
        broken_case(case("a3-100"), "k6 can't be started"),
        judge_case(case("a4"), numbers["a4"]),
    ]

    marks = of_cases(numbers, verdicts)

    assert [one.text.split(" ")[:2] for one in marks] == [["a2:", "PASS:"], ["a4:", "INVALID:"]]
    assert [one.testid for one in marks] == [numbers["a2"].testid, numbers["a4"].testid]


def test_a_try_is_marked_under_the_name_of_its_folder() -> None:
    one = mark("try-03-24000", measured("a2"), "held: p99 3.0 ms")

    assert (one.name, one.text) == ("try-03-24000", "try-03-24000: held: p99 3.0 ms")
