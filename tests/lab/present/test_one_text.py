import html
import io
import math
from xml.etree import ElementTree as ET

import pytest

from lab.compare import resampling, wording
from lab.core import figures
from lab.core.windows import WHOLE
from lab.judge.verdict import broken_case, judge, judge_case
from lab.present import junit, markdown, report_page
from lab.present.case_document import CaseReport
from lab.present.document import Report
from lab.present.results import Display
from tests.lab.made import case, client, measured, shard, suite


@pytest.mark.parametrize(
    ("p99", "text"),
    [
        (3.5, "3.5 ms"),
        (1234.5, "1,234 ms"),
        (0.000_4, "< 0.001 ms"),
        (0.0, "0 ms"),
        (math.inf, "infinite"),
        (None, "-"),
    ],
)
def test_a_figure_is_the_same_text_wherever_it_is_shown(p99: float | None, text: str) -> None:
    """On the terminal, on the page, in Markdown, in JUnit and in a comparison."""
    seen = None if p99 is None else measured("a2", p99=p99, shards=(shard(client=client(p99)),))
    verdict = judge(suite("a2"), [judge_case(case(), seen) if seen else broken_case(case(), "k6 broke")])
    (judged,) = verdict.cases
    report = Report(
        run="r1",
        suite="asr1",
        title="ASR 1",
        profile="full",
        runtime="k3d",
        not_shown=(),
        began="",
        verdict=verdict.outcome,
        reason=verdict.reason,
        recorded=verdict.outcome,
        exit_code=verdict.exit_code,
        gaps=(),
        notes=(),
        cases=(
            CaseReport(
                case="a2",
                title="normal load",
                verdict=judged.outcome,
                reasons=judged.reasons,
                figures=seen.client[WHOLE] if seen else None,
                measured=seen,
            ),
        ),
        warnings=(),
        facts={},
        places=(),
        settings=None,
        reproduce=(),
    )
    shown, out = Display(suite("a2")), io.StringIO()
    shown.console.file = out
    shown.show(verdict, {"a2": seen} if seen else {}, "runs/r1")

    terminal = next(line for line in out.getvalue().splitlines() if line.startswith("a2"))
    row = next(line for line in markdown.markdown(report).splitlines() if line.startswith("| a2"))
    suites = ET.fromstring(junit.junit(report))  # noqa: S314 - our own
    assert figures.ms(p99) == text
    assert f" {text} " in terminal
    assert f"<td>{text}</td>" in html.unescape(report_page.html(report))
    assert f"| {text} |" in row.replace("\\", "")
    assert wording.value(resampling.CLIENT_P99, p99) == text
    if seen:
        assert f"p99 {text} at the client" in " ".join(suites.itertext())
