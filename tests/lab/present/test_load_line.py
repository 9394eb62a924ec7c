import re
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from lab.present.load_line import fitted, whole
from lab.run.case_progress import Progress
from lab.run.watch import Seen
from tests.lab.made import SETTINGS, case

SEEN = Seen(rate=1020.4, errors=0, error_share=0.0, p99=2.345, matches=1224.2)
WORST = Seen(rate=99_999.0, errors=99_999, error_share=1.0, p99=60_000.0, matches=99_999.0)


def under_way(elapsed: float | None = 100.0, *, doing: str = "load", requests: int = 0, **seen: Any) -> Progress:
    return Progress(case=case(), doing=doing, requests=requests, elapsed=elapsed, seen=replace(SEEN, **seen))


@pytest.mark.parametrize(
    ("progress", "said"),
    [
        (under_way(None, doing="restarting the shards"), "a2 normal load: restarting the shards"),
        (under_way(None, doing="seeding the book", requests=3), "a2 normal load: seeding the book, 3 requests"),
        (under_way(), "a2 normal load: 100/300 s · 1,020 orders/min · p99 2.35 ms · 1,224 matches/min · 0 errors"),
        (
            under_way(301.0, errors=17, error_share=0.0123),
            "a2 normal load: 300/300 s · 1,020 orders/min · p99 2.35 ms · 1,224 matches/min · 17 errors (1.23 %)",
        ),
        (
            under_way(0.4, rate=None, errors=None, error_share=None, p99=None, matches=None),
            "a2 normal load: 0/300 s · - orders/min · p99 - · - matches/min · - errors",
        ),
        (
            under_way(age=23.0),
            "a2 normal load: 100/300 s · 1,020 orders/min · p99 2.35 ms · 1,224 matches/min · prometheus told 23 s ago · 0 errors",
        ),
    ],
)
def test_a_case_under_way_is_one_line(progress: Progress, said: str) -> None:
    assert str(whole(progress)) == said


@pytest.mark.parametrize("name", SETTINGS.cases)
@pytest.mark.parametrize("seen", [SEEN, WORST, replace(WORST, age=99.0), Seen()])
def test_no_case_needs_more_than_80_columns(name: str, seen: Seen) -> None:
    one = Progress(case=case(name), doing="load", elapsed=1000.0, seen=seen)

    assert fitted(one, 80).cell_len <= 80


def test_where_there_is_no_room_for_their_age_old_figures_are_dashes() -> None:
    assert str(fitted(under_way(age=23.0), 80)) == "a2 100/300 s · 1,020/min · p99 - · - matches · 0 errors"


def test_a_line_that_is_still_too_long_is_cut_and_not_wrapped() -> None:
    (drawn,) = Console(width=40).render_lines(fitted(under_way(), 40))

    assert "".join(part.text for part in drawn) == "a2 100/300 s · 1,020/min · p99 2.35 ms …"


@pytest.mark.parametrize(
    ("changes", "missed"),
    [({}, []), ({"p99": 200.0}, ["p99 200 ms"]), ({"errors": 3, "error_share": 0.01}, ["3 errors (1 %)"])],
)
def test_what_misses_its_bound_stands_out(changes: dict[str, Any], missed: list[str]) -> None:
    shown = whole(under_way(**changes))

    assert [re.sub("^ · ", "", shown.plain[one.start : one.end]) for one in shown.spans if one.style == "red"] == missed
