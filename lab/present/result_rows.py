"""The rows of the tables of cases as the terminal has them: one a case, and below it its shards, windows or rounds."""

from collections.abc import Iterable, Iterator, Sequence

from lab.core.figures import figure
from lab.core.windows import DURING, WHOLE
from lab.judge.bound import Bound
from lab.present import case_tables
from lab.present.case_document import CaseReport
from lab.present.figure import Table

COLUMNS = ("case", *case_tables.FIGURES, "verdict")
REPETITIONS = ("case", "bound", "by round", "pooled", "95 % interval", "limit")
MOST = 9
"""Rounds in a row: of more the least and the highest figure, as the report has them all."""


def rows(cases: Iterable[CaseReport]) -> Iterator[Sequence[str]]:
    """The cases' rows with these columns of what the page shows."""
    for case in cases:
        first, *rounds = _fitting(case_tables.cases([case]), "verdict")
        yield first
        yield from (_below(name, *texts) for name, *texts in rounds)
        if case.measured and len(case.measured.loaded) > 1:
            yield from (_below(f"shard {name}", *texts) for name, *texts in _fitting(case_tables.shards(case)))
        for name, *texts, rise in _fitting(case_tables.windows(case), "p99 / before"):
            if name != WHOLE:
                yield _below(name, *texts, f"rise {rise}" if name == DURING and rise else "")


def _below(name: str, *texts: str) -> Sequence[str]:
    return f"  {name}", *texts


def _fitting(table: Table | None, last: str = "") -> Iterator[Sequence[str]]:
    """Each row's name and figures, and of the column `last` its text; empty where the table has no such column."""
    if table is None:
        return
    for row in table.rows:
        texts = dict(zip(table.head, row, strict=True))
        yield row[0], *(texts[name] for name in case_tables.FIGURES), texts.get(last, "")


def repetitions(cases: Iterable[CaseReport]) -> Iterator[tuple[Bound, Sequence[str]]]:
    """Each bound of each case that was repeated, and its row."""
    for case in cases:
        table, judged = case_tables.repetitions(case), [bound for bound in case.bounds if bound.by_repetition]
        for bound, row in zip(judged, table.rows if table else (), strict=True):
            name, pooled, ends, limit, _, *by_round = row
            yield bound, (case.case, name, _by_round(bound, by_round), pooled, ends, limit)


def _by_round(bound: Bound, texts: Sequence[str]) -> str:
    if len(texts) <= MOST:
        return " · ".join(texts)
    return " to ".join(figure(one(bound.by_repetition), bound.unit) for one in (min, max))
