"""The rows of the table of repetitions: one a bound, with its figure in each round, their median and how sure it is."""

from lab.core.figures import figure
from lab.judge.bound import Bound
from lab.judge.repeated import title
from lab.judge.verdict import Verdict
from lab.present import cells

COLUMNS = ("", "case", "bound", "by round", "median", "95 % interval", "limit")
MOST = 9
"""Figures in a row: of more the least and the highest, as the report has them all."""
Row = tuple[tuple[str, ...], bool | None]
"""A row's texts, and whether its bound was met: None if that is undecided."""


def rows(verdict: Verdict) -> list[Row]:
    """A row for each bound of each case that was repeated."""
    return [
        ((case.case, *texts), None if bound.is_undecided else bound.is_met)
        for case in verdict.cases
        if case.repetitions
        for bound in case.bounds
        if (texts := _texts(bound))
    ]


def _texts(bound: Bound) -> tuple[str, ...]:
    around = bound.spread
    if around is None or bound.figure is None:
        return ()
    figures = around.figures if len(around.figures) <= MOST else (min(around.figures), max(around.figures))
    return (
        title(bound),
        (" · " if figures is around.figures else " to ").join(figure(one, bound.unit) for one in figures),
        *cells.of_spread(bound, around),
    )
