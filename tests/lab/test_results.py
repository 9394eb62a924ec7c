import io
import re

import pytest

from lab.bench import Progress
from lab.results import Display, progress_line, rows
from lab.verdict import broken_case, judge, judge_case
from tests.lab.made import case, measured, shard, suite


def display() -> tuple[Display, io.StringIO]:
    shown, out = Display(suite()), io.StringIO()
    shown.console.file = out
    return shown, out


@pytest.mark.parametrize(
    ("elapsed", "requests", "p99", "line"),
    [
        (None, 3, None, "a2 normal load: seeding the book, 3 requests"),
        (0.1, 2, None, "a2 normal load: 0/300 s · 2.0 requests/s"),
        (100.0, 1700, 2.345, "a2 normal load: 100/300 s · 17.0 requests/s · p99 so far 2.3 ms"),
        (301.0, 5117, 2.0, "a2 normal load: 300/300 s · 17.0 requests/s · p99 so far 2.0 ms"),
    ],
)
def test_a_case_under_way_is_one_line(elapsed: float | None, requests: int, p99: float | None, line: str) -> None:
    assert progress_line(Progress(case=case(), elapsed=elapsed, requests=requests, p99=p99)) == line


def test_without_a_terminal_progress_is_a_line_now_and_then() -> None:
    shown, out = display()

    with shown:
        for second in range(40):
            shown.progress(Progress(case=case(), elapsed=float(second), requests=second * 17, p99=None))

    assert re.findall(r"(\d+)/300 s", out.getvalue()) == ["0", "15", "30"]


def test_the_table_has_a_row_a_case_and_three_below_one_with_an_outage() -> None:
    numbers = {name: measured(name) for name in ("a1", "a2", "a4")}
    verdict = judge(suite(), [judge_case(case(name), one) for name, one in numbers.items()])

    table = [row for row, _ in rows(verdict, numbers)]

    assert [row[0] for row in table] == ["a1", "a2", "a4", "  before", "  during", "  after"]
    assert table[1] == ("a2", "1020 of 1020", "1.0 ms", "1.5 ms", "3.0 ms", "2.0 ms", "0.00%", "1224", "PASS")
    assert table[4][-1] == "rise 1.00 [0.80, 1.30]"


def test_a_case_that_broke_has_a_row_too() -> None:
    verdict = judge(suite("a2"), [broken_case(case("a2"), "k6 can't be started")])

    (row, _), *_ = rows(verdict, {})

    assert row[0] == "a2"
    assert row[-1] == "INVALID"


def test_a_missing_figure_is_a_dash() -> None:
    nothing = measured("a2", shards=(shard(p99=float("inf")),))
    verdict = judge(suite("a2"), [judge_case(case("a2"), nothing)])

    assert rows(verdict, {"a2": nothing})[0][0][5] == "-"


def test_the_verdict_its_reason_warnings_and_the_evidence_are_shown() -> None:
    shown, out = display()
    numbers = {"a2": measured("a2", warnings=("its series may have gaps",))}
    verdict = judge(suite("a2", profile="smoke"), [judge_case(case("a2"), numbers["a2"])])

    shown.show(verdict, numbers, "runs/r1")

    text = out.getvalue()
    assert "PASS (SMOKE): a2: p99 3.0 ms at the client, 2.0 ms in the engine (limit 200 ms)" in text
    assert "note: a2: its series may have gaps" in text
    assert "evidence: runs/r1" in text
