"""PASS, CONDITIONAL, FAIL or INVALID, with the reason in one line; pure, by what docs/verdict.md says."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lab.judge.bound import Bound, Kind, Status
from lab.judge.bounds import bounds
from lab.judge.excused import decided, excused
from lab.judge.isolation import NAME as ISOLATION
from lab.judge.keeps_up import FILLS as KEEPS_UP
from lab.judge.reason import EITHER_WAY, Direction, Reason
from lab.judge.validity import reasons_of
from lab.measure.measurements import CaseMeasurements
from lab.settings.suites import Case, Profile, RuntimeName, Suite


class Outcome(StrEnum):
    """The outcome of a case or a run."""

    PASS = "PASS"
    UNDECIDED = "UNDECIDED"
    CONDITIONAL = "CONDITIONAL"
    FAIL = "FAIL"
    INVALID = "INVALID"
    NOT_JUDGED = "NOT JUDGED"


EXIT_CODES = {
    Outcome.PASS: 0,
    Outcome.NOT_JUDGED: 0,
    Outcome.UNDECIDED: 6,
    Outcome.CONDITIONAL: 6,
    Outcome.FAIL: 6,
    Outcome.INVALID: 5,
}
"""CONDITIONAL ends with 6 as FAIL does: an objective was not shown, and who asks only for 0 must not go on."""
FAULT_FAILED = 7
NOTHING_TO_MEET = ("it has nothing to meet",)
"""The reasons of a case that is not to be judged, and of which there is nothing more to say."""
LEFT_OUT = (
    "the lab ran as processes on one machine, without Kubernetes, limits of CPU and memory, a network between the "
    "parts, or Redpanda"
)
"""What a verdict says nothing of that was reached on the runtime `process`."""


@dataclass(frozen=True, kw_only=True)
class CaseVerdict:
    """The outcome of one case, and why.

    Args:
        case: The case's id; of a repetition, its own name.
        outcome: Its outcome.
        reasons: The bounds that it met; those that it missed or that are undecided; or all that makes it INVALID.
        notes: What else went wrong around it, and bends nothing that decided: of a miss, its explanation.
        bounds: Each bound of its SLO with its numbers, whatever the outcome.
        around: All that went wrong around it, and what it can do to the figures.
        is_valid: Whether its figures say anything, so that another case may be compared with it.
        is_fault_broken: Whether its fault was not injected or not recovered.
        repetitions: The verdict on each repetition, if it was run several times.
    """

    case: str
    outcome: Outcome
    reasons: tuple[str, ...]
    notes: tuple[str, ...] = ()
    bounds: tuple[Bound, ...] = ()
    around: tuple[Reason, ...] = ()
    is_valid: bool = True
    is_fault_broken: bool = False
    repetitions: "tuple[CaseVerdict, ...]" = ()

    @property
    def reason(self) -> str:
        """All reasons in one line."""
        return "; ".join(self.reasons)

    @property
    def headline(self) -> str:
        """The outcome with the first reason, and how many more there are."""
        first, *more = self.reasons or ("",)
        return f"{self.outcome.value}: {first}" + (f" (and {len(more)} more)" if more else "")


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The outcome of a run on a runtime: the answer to the suite's question.

    `scaling` is what searches for its topology's capacity say, where the suite asks for that.
    """

    suite: str
    profile: Profile
    runtime: RuntimeName
    outcome: Outcome
    reason: str
    cases: tuple[CaseVerdict, ...]
    scaling: Bound | None = None

    @property
    def exit_code(self) -> int:
        """0 PASS, 5 INVALID, 6 CONDITIONAL or FAIL, 7 when a fault was not injected or not recovered."""
        if any(case.is_fault_broken for case in self.cases):
            return FAULT_FAILED
        return EXIT_CODES[self.outcome]

    def __str__(self) -> str:
        """The outcome as it is shown: with what it rests on, if that is less than the real thing."""
        return marked(self.outcome.value, self.profile, self.runtime)


def marked(outcome: str, profile: str, runtime: str | None) -> str:
    """An outcome with what it rests on, where that is less than full length on a cluster: `PASS (PROCESS, SMOKE)`."""
    marks = [*(["PROCESS"] if runtime == "process" else []), *(["SMOKE"] if profile == "smoke" else [])]
    return f"{outcome} ({', '.join(marks)})" if marks else outcome


def judge_case(
    case: Case,
    measured: CaseMeasurements,
    others: Mapping[str, CaseMeasurements] | None = None,
    around_others: Mapping[str, Sequence[Reason]] | None = None,
) -> CaseVerdict:
    """Judge one case: each bound of its SLO, and what around it makes a bound say nothing.

    Args:
        case: What was asked.
        measured: What was measured.
        others: The run's valid cases so far, by id: what some bounds compare with.
        around_others: What went wrong around these.
    """
    found = decided(case, measured, others or {}, tuple(bounds(case, measured, others or {})))
    around = (
        *reasons_of(case, measured),
        *excused(case, measured, others or {}, found),
        *_of_references(case, found, around_others or {}),
    )
    outcome, reasons, notes = decide(case, found, around)
    return CaseVerdict(
        case=case.id,
        outcome=outcome,
        reasons=reasons,
        notes=notes,
        bounds=found,
        around=around,
        is_valid=not _leaves_nothing(around),
        is_fault_broken=measured.fault_error is not None,
    )


def _leaves_nothing(around: Sequence[Reason]) -> bool:
    """Whether one thing that went wrong can have bent every figure either way, but for errors that the client saw."""
    bends: dict[str, set[tuple[Direction, Kind]]] = {}
    for reason in around:
        bends.setdefault(reason.line, set()).update(reason.bends)
    own = {(Direction.DARKENS, Kind.ERRORS)}
    return any(of_one | own >= set(EITHER_WAY) for of_one in bends.values())


def _of_references(case: Case, found: Sequence[Bound], around: Mapping[str, Sequence[Reason]]) -> Iterator[Reason]:
    """What went wrong around the cases that this one is compared with, as far as it bends the comparison."""
    slo = case.settings.slo
    compared = {
        slo.isolation.reference if slo.isolation else "": [bound for bound in found if bound.name == ISOLATION],
        slo.keeps_up.baseline if slo.keeps_up else "": [bound for bound in found if bound.name.startswith(KEEPS_UP)],
    }
    for reference, bounds_ in compared.items():
        for reason in around.get(reference, ()):
            if reason.bends:
                yield reason.of_reference(reference, bounds_)


def decide(
    case: Case, found: Sequence[Bound], around: Sequence[Reason]
) -> tuple[Outcome, tuple[str, ...], tuple[str, ...]]:
    """A case's outcome, its reasons, and the notes to it.

    A miss that nothing spoils is FAIL, whatever else went wrong; it may explain the miss. Else a bound that something
    spoils, or that has nothing to be held against, makes the case INVALID.

    Args:
        case: What was asked.
        found: Its bounds.
        around: What went wrong around it.
    """
    if not case.settings.judged:
        bending = [reason for reason in around if reason.bends]
        return Outcome.NOT_JUDGED, _lines(bending) or NOTHING_TO_MEET, _others(around, bending)
    spoiling = [one for one in around if any(one.spoils(bound) for bound in found) or (one.bends and not found)]
    standing = [bound for bound in found if not any(reason.spoils(bound) for reason in around)]
    of = {status: [bound for bound in standing if bound.status is status] for status in Status}
    if of[Status.MISSED]:
        return Outcome.FAIL, _lines(of[Status.MISSED]), _lines(around)
    if spoiling or of[Status.UNMEASURED]:
        return Outcome.INVALID, _lines(spoiling or of[Status.UNMEASURED]), _others(around, spoiling)
    if not found:
        return Outcome.FAIL, ("it has no SLO to meet",), _lines(around)
    if of[Status.UNDECIDED]:
        return Outcome.UNDECIDED, _lines(of[Status.UNDECIDED]), _lines(around)
    return Outcome.PASS, _lines(found), _lines(around)


def _lines(some: Iterable[Bound | Reason]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.line for one in some))


def _others(around: Sequence[Reason], told: Sequence[Reason]) -> tuple[str, ...]:
    lines = _lines(told)
    return _lines(one for one in around if one.line not in lines)


def broken_case(case: Case, reason: str) -> CaseVerdict:
    """The verdict on a case of which nothing was measured."""
    outcome = Outcome.INVALID if case.settings.judged else Outcome.NOT_JUDGED
    around = (Reason(line=reason, bends=EITHER_WAY),)
    return CaseVerdict(case=case.id, outcome=outcome, reasons=(reason,), around=around, is_valid=False)


def judge(suite: Suite, cases: Sequence[CaseVerdict], *, scaling: Bound | None = None) -> Verdict:
    """Judge a run.

    It is FAIL when a case misses its objective that is not conditional: no other can save it then. Else an INVALID case
    makes the run INVALID, and a conditional one that misses makes it CONDITIONAL, or any that is undecided. A scaling
    that was searched for and missed makes it FAIL too, an undecided one CONDITIONAL.
    """
    judged = [case for case in cases if case.outcome is not Outcome.NOT_JUDGED]
    outcome, deciding = _decide(judged, suite.conditional)
    reason = "; ".join(f"{case.case}: {case.reason}" for case in deciding)
    passed = ", ".join(case.case for case in judged if case.outcome is Outcome.PASS)
    if passed and outcome is Outcome.CONDITIONAL:
        reason += f"; passed: {passed}"
    if not judged:
        reason = "no judged case was run"
    elif not suite.complete:
        reason += f"; without the other cases this is not {suite.id}'s verdict"
    if scaling is not None and judged:
        outcome = _with_scaling(outcome, scaling)
        reason += f"; {scaling.line}"
    return Verdict(
        suite=suite.id,
        profile=suite.profile,
        runtime=suite.runtime,
        outcome=outcome,
        reason=reason,
        cases=tuple(cases),
        scaling=scaling,
    )


def _with_scaling(outcome: Outcome, scaling: Bound) -> Outcome:
    """What a suite comes to with its scaling: a miss is its own, and what isn't shown is a condition."""
    if scaling.status is Status.MISSED:
        return Outcome.FAIL
    return Outcome.CONDITIONAL if outcome is Outcome.PASS and scaling.status is Status.UNDECIDED else outcome


def _decide(judged: Sequence[CaseVerdict], conditional: Sequence[str]) -> tuple[Outcome, Sequence[CaseVerdict]]:
    """The outcome, and the cases that decide it."""
    if not judged:
        return Outcome.NOT_JUDGED, ()
    missed = [case for case in judged if case.outcome is Outcome.FAIL]
    if base := [case for case in missed if case.case not in conditional]:
        return Outcome.FAIL, base
    if invalid := [case for case in judged if case.outcome is Outcome.INVALID]:
        return Outcome.INVALID, invalid
    # On what else it stands must have been shown: conditional ones alone are no condition of anything.
    if missed and all(case.case in conditional for case in judged):
        return Outcome.FAIL, missed
    if unshown := [case for case in judged if case.outcome is not Outcome.PASS]:
        return Outcome.CONDITIONAL, unshown
    return Outcome.PASS, judged
