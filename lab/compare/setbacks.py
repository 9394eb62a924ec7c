"""What of a run's verdicts is worse than in the run before, whatever the figures say; pure.

A gate on figures alone stays open where there are none: in a case that broke, that was left out, or whose bound is not
decided any more.
"""

from collections.abc import Iterator, Mapping

from lab.judge.bound import Status
from lab.judge.verdict import Outcome
from lab.present.case_document import CaseReport
from lab.present.document import Report
from lab.settings.suites import CAPACITY

RANKS: Mapping[Outcome, int] = {
    Outcome.PASS: 0,
    Outcome.UNDECIDED: 1,
    Outcome.CONDITIONAL: 1,
    Outcome.FAIL: 2,
    Outcome.INVALID: 2,
}
"""How bad an outcome is. FAIL and INVALID are alike: neither says that the objective is met."""

SCALED: Mapping[Status, int] = {Status.MET: 0, Status.UNDECIDED: 1, Status.MISSED: 2}
"""The same of a scaling; one that nobody searched for says nothing of what it is."""


def setbacks(before: Report, after: Report) -> Iterator[str]:
    """What got worse from one run of a suite to another, a few words each: `a4 PASS -> INVALID`, `a2 is missing`."""
    if before.suite == CAPACITY:
        if _is_worse(before.verdict, after.verdict):
            yield f"{CAPACITY} {before.verdict} -> {after.verdict}"
        return
    found = [*_of_cases(before, after), *_of_scaling(before, after)]
    yield from found
    is_alike = {case.case for case in before.cases} == {case.case for case in after.cases}
    # Neither of a case: evidence of the run itself is lost, or searches that nobody had made before tell.
    if not found and is_alike and _is_worse(before.verdict, after.verdict):
        yield f"{after.suite} {before.verdict} -> {after.verdict}"


def _of_cases(before: Report, after: Report) -> Iterator[str]:
    there = {case.case: case for case in after.cases}
    for case in before.cases:
        other = there.get(case.case)
        if other is None:
            yield f"{case.case} is missing"
            continue
        if _is_worse(case.verdict, other.verdict):
            yield f"{case.case} {case.verdict} -> {other.verdict}"
        if other.verdict not in {Outcome.INVALID, Outcome.NOT_JUDGED}:
            yield from _of_bounds(case, other)


def _of_scaling(before: Report, after: Report) -> Iterator[str]:
    if before.scaling and after.scaling:
        was, now = before.scaling.status, after.scaling.status
        if was in SCALED and now in SCALED and SCALED[now] > SCALED[was]:
            yield f"scaling is {now}"


def _is_worse(before: Outcome, after: Outcome) -> bool:
    """Whether an outcome is worse; a case without an objective can only break, one that lost its objective is worse."""
    if after is Outcome.NOT_JUDGED:
        return before is not Outcome.NOT_JUDGED
    if before is Outcome.NOT_JUDGED:
        return after is Outcome.INVALID
    return RANKS[after] > RANKS[before]


def _of_bounds(before: CaseReport, after: CaseReport) -> Iterator[str]:
    there = {(bound.name, bound.of): bound.status for bound in after.bounds}
    for bound in before.bounds:
        status = there.get((bound.name, bound.of))
        if bound.status is Status.MET and status is not Status.MET:
            what = " ".join(filter(None, (bound.name, bound.of)))
            yield f"{after.case} {what} is {status or 'not judged any more'}"
