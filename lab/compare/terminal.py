"""Shows runs and comparisons on the terminal: tables there, the same as aligned text elsewhere."""

from collections.abc import Iterable, Sequence
from typing import Any

from lab.compare import wording
from lab.compare.comparison import Compared, Comparison
from lab.compare.differences import GROUPS, sentence
from lab.compare.rule import Assessment
from lab.core.figures import UNKNOWN, clock, ms, number
from lab.present.console import console
from lab.store.listing import Listed

STYLES = {
    Assessment.WORSE: "red",
    Assessment.BETTER: "green",
    Assessment.NOISE: "yellow",
    Assessment.SAME: "",
    Assessment.UNJUDGED: "dim",
    Assessment.UNKNOWN: "dim",
}
VERDICTS = {"PASS": "green", "CONDITIONAL": "yellow", "UNDECIDED": "yellow", "FAIL": "red", "INVALID": "magenta"}
RUNS = (
    "run",
    "suite",
    "topology",
    "profile",
    "runtime",
    "verdict",
    "began (UTC)",
    "took",
    "case",
    "p99",
    "matches/min",
    "",
)
WIDEST = 1000
"""Letters of a line that has room for all."""
SHOWN = 12
"""Differences of one group; the page has them all."""
LONG = 72
"""Letters of a value that differs."""


def runs(some: Iterable[Listed], *, latest: str, baselines: dict[str, str]) -> None:
    """Print a line for each run.

    Args:
        some: The runs.
        latest: The id of the newest.
        baselines: Of each kind, the id of its baseline.
    """
    from rich.text import Text  # noqa: PLC0415 - 40 ms that other commands need not pay

    table = _table(RUNS, left={0, 1, 2, 3, 4, 5, 6, 8, 11})
    for run in some:
        table.add_row(
            run.run,
            run.suite,
            run.topology,
            run.profile,
            run.runtime,
            Text(run.verdict, style=VERDICTS.get(run.verdict, "")),
            run.began or UNKNOWN,
            clock(run.seconds),
            run.judged or UNKNOWN,
            ms(run.p99),
            number(run.matches),
            ", ".join(_marks(run, latest, baselines)),
        )
    _print(table)


def _marks(run: Listed, latest: str, baselines: dict[str, str]) -> Iterable[str]:
    if run.run == latest:
        yield "latest"
    if baselines.get(run.kind) == run.run:
        yield "baseline"
    if run.damage:
        first, *more = run.damage.split("; ")
        yield f"damaged: {first}{f' and {len(more)} more' if more else ''}"


def comparison(found: Comparison, why: str) -> None:
    """Print what differs, then each case's figures.

    Args:
        found: The comparison.
        why: How the first run was chosen.
    """
    _print(*_head(found, why), *_differing(found), *found.apart)
    for case in found.cases:
        _print("", f"{case.case} {case.title}: {' -> '.join(case.verdicts)}{_times(case)}", _figures(case))
    _print("")


def _head(found: Comparison, why: str) -> list[str]:
    return [
        f"before: {found.before.run}: {found.before.mark}{f' ({why})' if why else ''}",
        f"after:  {found.after.run}: {found.after.mark}",
        sentence(found.differences),
    ]


def _differing(found: Comparison) -> Iterable[str]:
    for group in GROUPS:
        some = [one for one in found.differences if one.group == group]
        yield from (f"  {group}: {one.key}: {_cut(one.before)} -> {_cut(one.after)}" for one in some[:SHOWN])
        if len(some) > SHOWN:
            yield f"  {group}: and {len(some) - SHOWN} more, see the page"


def _cut(text: str) -> str:
    return text if len(text) <= LONG else f"{text[: LONG - 1]}…"


def _times(case: Compared) -> str:
    return (
        ""
        if max(case.executions) == 1 or not any(case.executions)
        else f" (run {case.executions[0]} and {case.executions[1]} times)"
    )


def _figures(case: Compared) -> Any:
    from rich.text import Text  # noqa: PLC0415

    table = _table(("figure", *wording.HEAD, "is"), left={0, len(wording.HEAD) + 1})
    for row in case.rows:
        figures = zip(wording.HEAD, wording.cells(row), strict=True)
        table.add_row(
            row.name,
            *(Text(cell, style="dim" if name == wording.NOISE else "") for name, cell in figures),
            Text(f"{wording.MARKS[row.assessment]} {wording.said(row)}", style=STYLES[row.assessment]),
        )
    return table


def _table(head: Sequence[str], *, left: set[int]) -> Any:
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=None, pad_edge=False)
    for place, name in enumerate(head):
        table.add_column(name, justify="left" if place in left else "right", no_wrap=True)
    return table


def _print(*parts: Any) -> None:
    for part in parts:
        needed = console(width=WIDEST).measure(part).maximum
        # Nothing is cut: a terminal that is too narrow wraps the lines.
        console(soft_wrap=True, width=max(console().width, needed)).print(part)
