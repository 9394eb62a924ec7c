"""Writes a report as Markdown for a pull request: the verdict, a table of the cases, why."""

import re
from collections.abc import Sequence

from lab.present import case_tables, objectives
from lab.present.case_document import CaseReport
from lab.present.document import Report
from lab.present.figure import Table

MOST_GAPS = 5
SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|!~&@])")
"""What Markdown or GitHub would take for something else than text."""


def markdown(report: Report) -> str:
    """The text."""
    lines = [
        f"## {_text(report.mark)}: {_text(report.title)}",
        "",
        _text(report.reason),
        "",
        *_gaps(report),
        *(_table(table, words=1) if (table := objectives.table(report.cases)) else []),
        *([*(f"- {_text(line)}" for line in report.not_shown), ""] if report.not_shown else []),
        *_table(case_tables.cases(report.cases)),
        *(line for case in report.cases for line in _case(case)),
        "",
        _about(report),
    ]
    return "\n".join(lines) + "\n"


def _about(report: Report) -> str:
    run = report.run.replace("`", "")
    return f"Run `{run}`, profile {report.profile}, runtime {report.runtime or 'unknown'}, {_text(report.began)}"


def _gaps(report: Report) -> list[str]:
    """Beyond those that the reason names."""
    more = len(report.gaps) - MOST_GAPS
    lines = [f"- missing evidence: {_text(gap.file)} {_text(gap.why)}" for gap in report.gaps[:MOST_GAPS]]
    if more > 0:
        lines.append(f"- and {more} more files")
    return [*lines, ""] if lines else []


def _case(case: CaseReport) -> list[str]:
    lines = [f"- **{_text(case.case)}** {_text(case.verdict)}: {_text('; '.join(case.reasons))}"]
    lines += [f"  - note: {_text(line)}" for line in case.notes]
    lines += [f"  {line}" for one in case.repetitions for line in _case(one)]
    table = case_tables.repetitions(case)
    return [*lines, "", *_table(table)] if table else lines


def _table(table: Table, *, words: int = 2) -> list[str]:
    """A table whose first columns are words."""
    return [
        _row(table.head),
        _row(["---"] * words + ["---:"] * (len(table.head) - words)),
        *(_row([_text(cell) for cell in row]) for row in table.rows),
        "",
    ]


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _text(words: str) -> str:
    """Text that is nothing but text, in one line."""
    return SPECIAL.sub(r"\\\1", " ".join(words.split()))
