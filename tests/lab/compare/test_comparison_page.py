"""The page of a comparison."""

import re
from pathlib import Path

from lab.compare import comparison_page
from lab.compare.comparison import Comparison


def test_the_page_is_in_the_second_runs_folder() -> None:
    assert comparison_page.file(Path("/runs/one"), Path("/runs/other")) == Path("/runs/other/compare-one.html")


def test_the_page_says_what_is_worse_first_and_shows_every_figure(found: Comparison) -> None:
    text = comparison_page.html(found)

    assert (
        text.index("worse: a3 PASS -&gt; INVALID, a2 client p50")
        < text.index("What differs")
        < text.index('id="case-a2"')
    )
    for case in found.cases:
        for row in case.rows:
            assert text.count(f'<th scope="row">{row.name}</th>') >= len(found.cases) - 1
    assert "not judged (INVALID after)" in text
    assert text.count("<svg") == 2 * len(found.cases)


def test_the_page_needs_nothing_but_itself(found: Comparison) -> None:
    text = comparison_page.html(found)

    assert not re.search(r"""(?:src|href)\s*=\s*["'](?!#)|@import|url\(|https?://(?!www\.w3\.org)""", text)
    assert "default-src 'none'" in text


def test_the_same_runs_give_the_same_page(found: Comparison) -> None:
    assert comparison_page.html(found) == comparison_page.html(found)
