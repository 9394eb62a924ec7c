"""The verdict on a case over its repetitions: each bound by the median of its figures, if all are valid; pure."""

from collections.abc import Sequence

from lab.core.figures import beside, figure, interval, share
from lab.judge.bound import Bound, Spread, Status, undecided
from lab.judge.median import FEWEST, place, spread
from lab.judge.verdict import CaseVerdict, Outcome, outcome_of
from lab.settings.suites import Case

NAMES = {
    "p99_ms": "p99",
    "error_rate": "errors",
    "rise": "p99 during the outage / before",
    "step_ms": "largest step of p99 by stage",
    "matches": "matches kept",
    "keeps_up": "matches against the baseline's",
    "keeps_up_cpu": "CPU per order against the baseline's",
    "keeps_up_p99": "p99 against the baseline's",
    "isolation": "p99 against the reference's",
}
COMPARED = ("rise", "keeps_up", "keeps_up_cpu", "keeps_up_p99", "isolation")
"""The bounds that hold one measurement against another: what differs by less than its noise is not told apart."""


def judge_repeated(case: Case, repetitions: Sequence[CaseVerdict]) -> CaseVerdict:
    """Judge a case by all of its repetitions.

    One that is INVALID makes the case INVALID: left out, a worse figure could give a better verdict.

    Args:
        case: What was asked.
        repetitions: The verdict on each, in their order; `case` of each is its own name.
    """
    bounds = _bounds(repetitions)
    broken = tuple(f"{one.case}: {one.reason}" for one in repetitions if not one.is_valid)
    invalid = tuple(f"{one.case}: {one.reason}" for one in repetitions if one.outcome is Outcome.INVALID)
    outcome, reasons = outcome_of(case, bounds, broken=broken, invalid=invalid)
    return CaseVerdict(
        case=case.id,
        outcome=outcome,
        reasons=reasons,
        bounds=bounds,
        is_valid=not broken,
        is_fault_broken=any(one.is_fault_broken for one in repetitions),
        repetitions=tuple(repetitions),
    )


def _bounds(repetitions: Sequence[CaseVerdict]) -> tuple[Bound, ...]:
    """Each bound over all repetitions; none of them where a repetition has not all of its figures."""
    by_bound = list(zip(*(one.bounds for one in repetitions), strict=False))
    whole = all(len(one.bounds) == len(by_bound) for one in repetitions)
    if not whole or any(bound.figure is None for some in by_bound for bound in some):
        return ()
    return tuple(_median(some) for some in by_bound)


def _median(some: Sequence[Bound]) -> Bound:
    """The bound as the median repetition has it: whether that one met it is whether the case does."""
    by_figure = sorted(some, key=_figure)
    middle = by_figure[place(len(some), is_more_better=some[0].is_more_better) - 1]
    around = spread([_figure(one) for one in some], is_more_better=middle.is_more_better)
    alike = {bound.status for bound in some}
    is_unsure = middle.name in COMPARED and middle.status is not Status.MET and _reaches(around, middle)
    is_undecided = alike == {Status.UNDECIDED} or (is_unsure and alike != {Status.MISSED})
    return Bound(
        name=middle.name,
        kind=middle.kind,
        status=Status.UNDECIDED if is_undecided else Status.of(is_met=middle.status is Status.MET),
        line=_line(middle, around, is_undecided=is_undecided),
        of=middle.of,
        figure=middle.figure,
        limit=middle.limit,
        unit=middle.unit,
        is_more_better=middle.is_more_better,
        low=around.low,
        high=around.high,
        decided_by=more(len(some)) if is_undecided else None,
        advice=middle.advice,
        spread=around,
    )


def more(count: int) -> int:
    """The repetitions that may decide what so many did not."""
    return max(FEWEST + 3, 2 * count)


def _figure(bound: Bound) -> float:
    assert bound.figure is not None  # noqa: S101 - whoever calls has looked
    return bound.figure


def _reaches(around: Spread, bound: Bound) -> bool:
    """Whether an interval has a part within the limit."""
    limit = bound.limit or 0.0
    return around.high >= limit if bound.is_more_better else around.low <= limit


def title(bound: Bound) -> str:
    """What a bound over repetitions is about, for people."""
    name = NAMES.get(bound.name, bound.name)
    return f"{bound.of}: {name}" if bound.of else name


def limit(bound: Bound) -> str:
    """A bound's limit, for people."""
    shown = figure(bound.limit, bound.unit)
    return f"at least {shown}" if bound.is_more_better else f"limit {shown}"


def _beside(bound: Bound) -> str:
    return figure(bound.figure, bound.unit) if bound.limit is None else beside(bound.figure, bound.limit, bound.unit)


def _line(bound: Bound, around: Spread, *, is_undecided: bool) -> str:
    count = len(around.figures)
    each = ", ".join(figure(one, bound.unit) for one in around.figures)
    ends = interval(around.low, around.high, bound.unit)
    unsure = f"their range {ends}, which holds the true median in {share(around.coverage)}"
    return (
        f"{title(bound)} {_beside(bound)}, the median of {count}: {each}; "
        f"{unsure if around.is_range else f'95 % interval {ends}'}{undecided(more(count)) if is_undecided else ''} "
        f"({limit(bound)})"
    )
