"""The page of a comparison; what a reader sees of it is looked at in a real browser, where one is installed."""

import re
from pathlib import Path

import pytest

from lab.compare import comparison, page
from lab.compare.comparison import Comparison
from tests.lab.compare.runs import run_in
from tests.lab.report.browser import look, program
from tests.lab.report.made_run import MadeCase

BROWSER = pytest.mark.skipif(program() is None, reason="no Chromium is installed; CI has one")
LONG = "word" * 60


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """A case that is worse, one that isn't, one that is INVALID, and a machine with an endless name."""
    runs = tmp_path_factory.mktemp("runs")
    outage = MadeCase(name="a4", has_outage=True, seconds=120)
    invalid = MadeCase(name="a3", verdict="INVALID", reasons=(LONG,))
    return comparison.compare(
        run_in(runs, "20261122T180000Z-asr1-single", MadeCase(), outage, MadeCase(name="a3")),
        run_in(runs, "20261122T190000Z-asr1-single", MadeCase(slow=40), outage, invalid, processor=LONG),
    )


@pytest.fixture(scope="module")
def written(found: Comparison, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return page.write(found, tmp_path_factory.mktemp("page") / "compare.html")


def test_the_page_is_in_the_second_runs_folder() -> None:
    assert page.file(Path("/runs/one"), Path("/runs/other")) == Path("/runs/other/compare-one.html")


def test_the_page_says_what_is_worse_first_and_shows_every_figure(found: Comparison) -> None:
    text = page.html(found)

    assert text.index("worse: a2 client p50") < text.index("What differs") < text.index('id="case-a2"')
    for case in found.cases:
        for row in case.rows:
            assert text.count(f'<th scope="row">{row.name}</th>') >= len(found.cases) - 1
    assert "not judged (INVALID after)" in text
    assert text.count("<svg") == 2 * len(found.cases)


def test_the_page_needs_nothing_but_itself(found: Comparison) -> None:
    text = page.html(found)

    assert not re.search(r"""(?:src|href)\s*=\s*["'](?!#)|@import|url\(|https?://(?!www\.w3\.org)""", text)
    assert "default-src 'none'" in text


def test_the_same_runs_give_the_same_page(found: Comparison) -> None:
    assert page.html(found) == page.html(found)


@BROWSER
@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("opened", [False, True], ids=["closed", "opened"])
def test_the_page_fits_its_window(written: Path, width: int, opened: bool) -> None:
    seen = look(written, width=width, opened=opened)

    assert (seen["over"], seen["cut"], seen["wrong"], seen["console"]) == ([], [], [], [])
    assert seen["scrolls"] <= width
    assert len(seen["plots"]) == seen["lines"] == 3


@BROWSER
def test_pointing_at_a_figure_tells_its_change(written: Path) -> None:
    assert look(written, width=1280)["told"].startswith("client p50: ")


@BROWSER
def test_the_page_fits_paper(written: Path) -> None:
    printed = written.with_name("printed.html")
    text = written.read_text().replace("@media (max-width: 40rem)", "@media (max-width: 1px)")
    printed.write_text(text.replace("@media print", "@media all"))

    seen = look(printed, width=688)

    assert seen["scrolls"] <= 688
    assert seen["cut"] == []
