"""Holds one run against another: what differs, the verdicts, and each figure of the cases that both have."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.compare import case_evidence, resampling, rule
from lab.compare.differences import Difference, differences
from lab.compare.resampling import Estimate, Range
from lab.compare.rule import Assessment, Change
from lab.compare.searched import capacity
from lab.compare.setbacks import setbacks
from lab.compare.stretch import Execution
from lab.judge.verdict import Outcome
from lab.present import reading
from lab.present.case_document import CaseReport
from lab.present.document import Report
from lab.settings.suites import CAPACITY

BEYOND = 5
"""Orders beyond a percentile without which it is but one of the slowest."""
FEW = "too few orders"
SEEDS = 1, 2
"""Of the bootstraps of the first and the second run: apart, and the same each time."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A figure of both runs.

    Args:
        name: The figure's.
        before: In the first run; None if it isn't known.
        after: In the second.
        noise: The interval of each by its own noise.
        change: From one to the other; None if one isn't known.
        assessment: Of the change.
        note: Why, where that isn't plain.
    """

    name: str
    before: float | None
    after: float | None
    noise: tuple[Range | None, Range | None]
    change: Change | None
    assessment: Assessment
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A case that both runs have; a search's has the name `capacity`.

    Args:
        case: Its id.
        title: For people.
        verdicts: Its outcome in each run.
        executions: How often each run has it.
        rows: Its figures.
    """

    case: str
    title: str
    verdicts: tuple[Outcome, Outcome]
    executions: tuple[int, int]
    rows: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two runs.

    Args:
        before: The first.
        after: The second.
        differences: Between them.
        cases: Those that both have.
        setbacks: What of the verdicts got worse, a few words each.
        apart: What can't be compared, a line each.
    """

    before: Report
    after: Report
    differences: tuple[Difference, ...]
    cases: tuple[Compared, ...]
    setbacks: tuple[str, ...]
    apart: tuple[str, ...]

    @property
    def is_judged(self) -> bool:
        """Whether any figure was assessed."""
        return any(
            row.assessment not in {Assessment.UNJUDGED, Assessment.UNKNOWN} for case in self.cases for row in case.rows
        )

    @property
    def is_worse(self) -> bool:
        """Whether a verdict or a figure is."""
        return bool(self.worse)

    @property
    def worse(self) -> tuple[str, ...]:
        """The verdicts and figures that are, as text: `a4 PASS -> FAIL`, `a2 client p99`."""
        return (*self.setbacks, *self.named(Assessment.WORSE))

    def named(self, assessment: Assessment) -> tuple[str, ...]:
        """The figures with an assessment, as text: `a2 client p99`."""
        return tuple(
            f"{case.case} {row.name}" for case in self.cases for row in case.rows if row.assessment is assessment
        )


def compare(before: Path, after: Path) -> Comparison:
    """Compare the runs in two folders.

    Raises:
        NotADirectoryError: There is no such folder.
    """
    first, second = reading.read(before), reading.read(after)
    alike = first.runtime == second.runtime or not (first.runtime and second.runtime)
    cases = (_searches(before, after, first, second) or tuple(_cases(before, after, first, second))) if alike else ()
    return Comparison(
        before=first,
        after=second,
        differences=differences(first, second),
        cases=cases,
        setbacks=tuple(setbacks(first, second)) if alike and first.suite == second.suite else (),
        apart=tuple(_apart(first, second, {one.case for one in cases})),
    )


def _cases(before: Path, after: Path, first: Report, second: Report) -> Iterator[Compared]:
    for one in _of(first):
        other = next((case for case in _of(second) if case.case == one.case), None)
        if other is None:
            continue
        executions = (
            case_evidence.executions(before, one),
            case_evidence.executions(after, other),
        )
        yield Compared(
            case=one.case,
            title=other.title or one.title,
            verdicts=(one.verdict, other.verdict),
            executions=(len(executions[0]), len(executions[1])),
            rows=rows(executions[0], executions[1], unjudged(one.verdict, other.verdict)),
        )


def _of(report: Report) -> tuple[CaseReport, ...]:
    """Its cases; a search's are tries, which no other search has alike."""
    return () if report.suite == CAPACITY else report.cases


def unjudged(before: Outcome, after: Outcome) -> str:
    """Why figures of a case with such verdicts are shown and no more; empty if they are judged."""
    if Outcome.INVALID in {before, after}:
        return (
            f"{Outcome.INVALID} {'in both' if before == after else 'before' if before == Outcome.INVALID else 'after'}"
        )
    return "no objective" if Outcome.NOT_JUDGED in {before, after} else ""


def rows(before: Sequence[Execution], after: Sequence[Execution], why_not: str = "") -> tuple[Row, ...]:
    """The figures of one case.

    Args:
        before: Its executions in the first run.
        after: In the second.
        why_not: Why they are not judged; empty if they are.
    """
    first, second = (resampling.estimates(some, seed) for some, seed in zip((before, after), SEEDS, strict=True))
    orders = min((_orders(some) for some in (before, after)), default=0)
    return tuple(
        row(name, first.get(name), second.get(name), why_not=why_not, is_few=_is_few(name, orders))
        for name in dict.fromkeys((*first, *second))
    )


def row(name: str, before: Estimate | None, after: Estimate | None, *, why_not: str = "", is_few: bool = False) -> Row:
    """One figure."""
    changed = rule.change(before, after) if before and after else None
    assessment, note = Assessment.UNKNOWN, ""
    if before and changed:
        assessment = rule.assess(name, before.value, changed)
        if is_few and assessment is not Assessment.SAME:
            assessment, note = Assessment.NOISE, FEW
    if why_not and changed:
        assessment, note = Assessment.UNJUDGED, why_not
    return Row(
        name=name,
        before=before.value if before else None,
        after=after.value if after else None,
        noise=(rule.interval(before) if before else None, rule.interval(after) if after else None),
        change=changed,
        assessment=assessment,
        note=note,
    )


def _orders(executions: Sequence[Execution]) -> int:
    return sum(len(stretch.latencies) for one in executions for stretch in one)


def _is_few(name: str, orders: int) -> bool:
    share = resampling.SHARES.get(name)
    return share is not None and orders * (1 - share) < BEYOND


def _searches(before: Path, after: Path, first: Report, second: Report) -> tuple[Compared, ...]:
    """The capacities, if both runs are searches for one."""
    if first.suite != CAPACITY or second.suite != CAPACITY:
        return ()
    return (
        Compared(
            case=CAPACITY,
            title=second.title,
            verdicts=(first.verdict, second.verdict),
            executions=(1, 1),
            rows=(
                row(
                    rule.CAPACITY,
                    capacity(before),
                    capacity(after),
                    why_not=unjudged(first.verdict, second.verdict)
                    if Outcome.INVALID in {first.verdict, second.verdict}
                    else "",
                ),
            ),
        ),
    )


def _apart(first: Report, second: Report, both: set[str]) -> Iterator[str]:
    if first.suite != second.suite:
        yield f"{first.run} is of {first.suite}, {second.run} of {second.suite}"
    if first.runtime and second.runtime and first.runtime != second.runtime:
        yield (
            f"{first.run} was made on {first.runtime}, {second.run} on {second.runtime}: "
            "their figures are of different things, and not compared"
        )
        return
    for one in (first, second):
        if missing := [case.case for case in _of(one) if case.case not in both]:
            yield f"only in {one.run}, so not compared: {', '.join(missing)}"
    if not both:
        yield "they have no case in common"
