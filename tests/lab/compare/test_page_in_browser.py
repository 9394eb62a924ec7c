"""What a reader sees of a comparison's page, in a real browser; the module is skipped where none is installed."""

from pathlib import Path

import pytest

from lab.compare import comparison_page
from lab.compare.comparison import Comparison
from tests.lab.present.browser import look, require

require()


@pytest.fixture(scope="module")
def written(found: Comparison, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return comparison_page.write(found, tmp_path_factory.mktemp("page") / "compare.html")


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("opened", [False, True], ids=["closed", "opened"])
def test_the_page_fits_its_window(written: Path, width: int, opened: bool) -> None:
    seen = look(written, width=width, opened=opened)

    assert (seen["over"], seen["cut"], seen["wrong"], seen["console"]) == ([], [], [], [])
    assert seen["scrolls"] <= width
    assert len(seen["plots"]) == seen["lines"] == 3


def test_pointing_at_a_figure_tells_its_change(written: Path) -> None:
    assert look(written, width=1280)["told"].startswith("client p50: ")


def test_the_page_fits_paper(written: Path) -> None:
    printed = written.with_name("printed.html")
    text = written.read_text().replace("@media (max-width: 40rem)", "@media (max-width: 1px)")
    printed.write_text(text.replace("@media print", "@media all"))

    seen = look(printed, width=688)

    assert seen["scrolls"] <= 688
    assert seen["cut"] == []
