"""A run's objectives: what was asked, what was measured, how sure that is, and how far from the limit it is."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lab.core.figures import UNKNOWN, beside, interval, margin
from lab.judge.bound import Bound, Status
from lab.judge.repeated import WORST_FIRST, limit, title
from lab.present.case_document import CaseReport
from lab.present.figure import Table

HEAD = ("objective", "limit", "measured", "95 % interval", "margin", "")


@dataclass(frozen=True, kw_only=True)
class Objective:
    """A row: its texts under `HEAD` but the last, and what the bound came to."""

    texts: tuple[str, ...]
    status: Status


def objectives(cases: Iterable[CaseReport]) -> tuple[Objective, ...]:
    """A row a bound of each case, by all of its repetitions; what the verdict turns on first, else in their order."""
    rows = [row for case in cases for row in _rows(case)]
    return tuple(sorted(rows, key=lambda row: WORST_FIRST.index(row.status)))


def table(cases: Iterable[CaseReport]) -> Table | None:
    """The same as texts; None where no case has an objective."""
    rows = tuple((*one.texts, one.status.value) for one in objectives(cases))
    return Table(head=HEAD, rows=rows) if rows else None


def _rows(case: CaseReport) -> Iterator[Objective]:
    for bound in case.bounds:
        shown = UNKNOWN if bound.low is None or bound.high is None else interval(bound.low, bound.high, bound.unit)
        yield Objective(
            texts=(f"{case.case}: {title(bound)}", _limit(bound), _measured(bound), shown, _margin(bound)),
            status=bound.status,
        )


def _limit(bound: Bound) -> str:
    return UNKNOWN if bound.limit is None else limit(bound).removeprefix("limit ")


def _measured(bound: Bound) -> str:
    return UNKNOWN if bound.figure is None or bound.limit is None else beside(bound.figure, bound.limit, bound.unit)


def _margin(bound: Bound) -> str:
    """From the end of the interval that is nearest to the limit; none where it reaches across."""
    if bound.limit is None or bound.status in {Status.UNDECIDED, Status.UNMEASURED}:
        return UNKNOWN
    is_below = (bound.status is Status.MET) is not bound.is_more_better
    nearest = bound.high if is_below else bound.low
    nearest = bound.figure if nearest is None else nearest
    # What decides a bound may not be its figure's own interval: another window's, say.
    return margin(nearest, bound.limit, is_below=is_below)
