"""What a reader sees of the page, in a real browser; the module is skipped where none is installed."""

from pathlib import Path

import pytest

from lab.present import report
from tests.lab.present.browser import look, require
from tests.lab.present.made_run import MadeCase, make, provenance, repeated

require()

WIDTHS = pytest.mark.parametrize("width", [1280, 400])
LONG = "word" * 60


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One of everything: an outage, a ramp over three shards, a text without a place to break."""
    folder = make(
        tmp_path_factory.mktemp("runs"),
        MadeCase(),
        MadeCase(name="a4", has_outage=True, seconds=120, slow=60, verdict="FAIL", reasons=(LONG, "p99 " * 60)),
        MadeCase(name="b3", shards=("a", "b", "c"), seconds=120, rate=3000, stages=(30, 30, 60)),
        reason=f"{LONG} {'reason ' * 60}",
    )
    provenance(folder, processor=LONG)
    return report.write(folder)


@WIDTHS
@pytest.mark.parametrize("opened", [False, True], ids=["closed", "opened"])
def test_the_page_fits_its_window(page: Path, width: int, opened: bool) -> None:
    """Wide tables scroll by themselves; no text of a plot is cut."""
    seen = look(page, width=width, opened=opened)

    assert seen["width"] == width
    assert seen["scrolls"] <= width
    assert seen["over"] == []
    assert seen["cut"] == []


@pytest.fixture(scope="module")
def rounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of a case that was run nine times: its table is wider than any window."""
    return report.write(repeated(tmp_path_factory.mktemp("repeated"), *(3.0 + n for n in range(8)), 12_345.6))


@WIDTHS
@pytest.mark.parametrize("opened", [False, True], ids=["closed", "opened"])
def test_a_page_with_repetitions_fits_its_window(rounds: Path, width: int, opened: bool) -> None:
    seen = look(rounds, width=width, opened=opened)

    assert seen["scrolls"] <= width
    assert seen["over"] == []
    assert seen["cut"] == []
    assert seen["wrong"] == []
    assert seen["console"] == []
    assert len(seen["plots"]) == seen["lines"]
    assert sum("Latency at the client" in one for one in seen["plots"]) == (9 if opened else 1)


@WIDTHS
def test_plots_are_there_and_nothing_goes_wrong(page: Path, width: int) -> None:
    """From a file, without a network, without an error on the console."""
    seen = look(page, width=width, opened=True)

    assert len(seen["plots"]) == seen["lines"] > 20
    assert seen["wrong"] == []
    assert seen["console"] == []


def test_the_page_fits_paper(page: Path) -> None:
    """A4 between its margins is 688 px wide; nothing can be scrolled there, and what is closed stays away."""
    printed = page.with_name("printed.html")
    text = page.read_text().replace("@media (max-width: 40rem)", "@media (max-width: 1px)")
    printed.write_text(text.replace("@media print", "@media all"))

    seen = look(printed, width=688)

    assert seen["scrolls"] <= 688
    assert seen["cut"] == []


def test_pointing_at_a_plot_tells_its_figures(page: Path) -> None:
    assert look(page, width=1280)["told"].startswith("0:00 to 0:10\np99")


def test_a_page_that_overflows_is_seen_to(page: Path) -> None:
    """The measure itself can fail."""
    text = page.read_text().replace("<main>", '<main><p style="width:3000px">wide</p><script>missing()</script>')
    other = page.with_name("wrong.html")
    other.write_text(text)

    seen = look(other, width=400)

    assert seen["scrolls"] > 400
    assert any("wide" in one for one in seen["over"])
    assert seen["wrong"]
