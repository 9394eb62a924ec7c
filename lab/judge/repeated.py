"""The verdict on a case over its repetitions: each bound by their pooled figure; pure."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

from lab.core.figures import beside, figure, interval
from lab.judge.bound import Bound, Kind, Status, undecided
from lab.judge.pooled import Pooled, deciding, outliers, pooled
from lab.judge.reason import Bends, Reason, darkens
from lab.judge.verdict import CaseVerdict, decide
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
    "finished": "orders finished of those accepted",
    "correct": "divergences from the replay",
    "lost": "accepted orders lost",
}
OBJECTIVES = {"p99_ms", "error_rate"}
"""The bounds of the objective itself, whose figure is to be below the limit: the others' may be at it."""

WORST_FIRST = (Status.MISSED, Status.UNMEASURED, Status.UNDECIDED, Status.MET)


def judge_repeated(case: Case, repetitions: Sequence[CaseVerdict]) -> CaseVerdict:
    """Judge a case by all of its repetitions.

    What went wrong around one of them bends the pooled figures as it does its own: left out, a repetition that can't be
    judged would count for more than a bad one.

    Args:
        case: What was asked.
        repetitions: The verdict on each, in their order; `case` of each is its own name.
    """
    bounds = _bounds(repetitions)
    bends = _of_the_right if any(map(_is_wrong, repetitions)) else _as_they_are
    around = [
        replace(reason, line=f"{one.case}: {reason.line}", bends=bends(reason))
        for one in repetitions
        for reason in one.around
    ]
    outcome, reasons, notes = decide(case, bounds, around)
    return CaseVerdict(
        case=case.id,
        outcome=outcome,
        reasons=reasons,
        notes=notes,
        bounds=bounds,
        around=tuple(around),
        is_valid=all(one.is_valid for one in repetitions),
        is_fault_broken=any(one.is_fault_broken for one in repetitions),
        repetitions=tuple(repetitions),
    )


def _is_wrong(one: CaseVerdict) -> bool:
    """Whether its engines did something wrong that nothing around it explains: what went on around others can't."""
    missed = [bound for bound in one.bounds if bound.kind is Kind.CORRECTNESS and bound.status is Status.MISSED]
    return any(not any(reason.spoils(bound) for reason in one.around) for bound in missed)


def _as_they_are(reason: Reason) -> Bends:
    return reason.bends


def _of_the_right(reason: Reason) -> Bends:
    """What a reason bends, but for what was wrong."""
    return tuple(one for one in reason.bends if one not in darkens(Kind.CORRECTNESS))


def _bounds(repetitions: Sequence[CaseVerdict]) -> tuple[Bound, ...]:
    """Each bound over the repetitions that have it."""
    each: dict[tuple[str, str], list[tuple[Bound, str]]] = {}
    for one in repetitions:
        for bound in one.bounds:
            each.setdefault((bound.name, bound.of), []).append((bound, one.case))
    return tuple(together([bound for bound, _ in some], [name for _, name in some]) for some in each.values())


def together(some: Sequence[Bound], names: Sequence[str]) -> Bound:
    """A bound over the repetitions of these names: what all of them come to, else what their pooled interval does.

    One that was not measured in each of them can be missed by the others, but not met or left undecided. The objective
    itself is not met where one of them surely missed it that is none of their kind: what happened there, no mean tells.
    """
    # What is wrong once is wrong.
    if some[0].kind is Kind.CORRECTNESS:
        return _named(*min(zip(some, names, strict=True), key=lambda one: WORST_FIRST.index(one[0].status)))
    known = [bound for bound in some if bound.status is not Status.UNMEASURED]
    unknown = [(bound, name) for bound, name in zip(some, names, strict=True) if bound.status is Status.UNMEASURED]
    if not known:
        return _named(*unknown[0])
    first, alike = replace(known[0], limit=fmean(bound.limit or 0.0 for bound in known)), {one.status for one in known}
    around = pooled([_at(first.limit or 0.0, bound) for bound in known])
    status = first.status if alike in ({Status.MET}, {Status.MISSED}) else _status(first, around)
    split = _split(some, names)
    if split and status is Status.MET:
        status = Status.UNDECIDED
    if unknown and status is not Status.MISSED:
        return _named(*unknown[0])
    is_open = status is Status.UNDECIDED
    wanted = deciding(len(known), around, first.limit or 0.0) if is_open and not split else None
    return replace(
        first,
        status=status,
        line=_line(
            first, [bound.figure or 0.0 for bound in known], around, undecided(wanted) + split if is_open else ""
        ),
        figure=around.figure,
        low=around.low,
        high=around.high,
        decided_by=wanted,
        advice=_advice(known) if is_open and not wanted else "",
        by_repetition=() if unknown else tuple(bound.figure or 0.0 for bound in known),
    )


def _split(some: Sequence[Bound], names: Sequence[str]) -> str:
    """In which repetitions the objective was surely missed and most of the others far below, for people; else empty."""
    if some[0].name not in OBJECTIVES:
        return ""
    missed = [
        name
        for bound, name, is_far in zip(some, names, outliers(some), strict=True)
        if is_far and bound.status is Status.MISSED
    ]
    return f" (surely missed in {', '.join(missed)})" if missed else ""


def _at(limit: float, bound: Bound) -> Bound:
    """A bound as far from this limit as it is from its own: a floor makes one of its own in each repetition."""
    if not bound.limit or not limit or bound.limit == limit:
        return bound
    times = limit / bound.limit

    def moved(value: float | None) -> float | None:
        return None if value is None else value * times

    return replace(bound, figure=moved(bound.figure), low=moved(bound.low), high=moved(bound.high), limit=limit)


def _named(bound: Bound, name: str) -> Bound:
    """A bound as it came to in the repetition of this name."""
    return replace(bound, line=f"{name}: {bound.line}")


def _advice(some: Sequence[Bound]) -> str:
    return next((bound.advice for bound in some if bound.advice), "")


def _status(bound: Bound, around: Pooled) -> Status:
    return Status.of_interval(
        around.low,
        around.high,
        bound.limit or 0.0,
        is_more_better=bound.is_more_better,
        is_exclusive=bound.name in OBJECTIVES,
    )


def title(bound: Bound) -> str:
    """What a bound over repetitions is about, for people."""
    name = NAMES.get(bound.name, bound.name)
    return f"{bound.of}: {name}" if bound.of else name


def limit(bound: Bound) -> str:
    """A bound's limit, for people."""
    shown = figure(bound.limit, bound.unit)
    return f"at least {shown}" if bound.is_more_better else f"limit {shown}"


def _line(bound: Bound, figures: Sequence[float], around: Pooled, doubt: str) -> str:
    each = ", ".join(figure(one, bound.unit) for one in figures)
    shown = beside(around.figure, bound.limit or 0.0, bound.unit)
    return (
        f"{title(bound)} {shown} over {len(figures)} repetitions: {each}; 95 % interval "
        f"{interval(around.low, around.high, bound.unit)}{doubt} ({limit(bound)})"
    )
