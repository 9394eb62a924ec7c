"""PASS, CONDITIONAL, FAIL or INVALID, with the reason in one line; pure, by what docs/verdict.md says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from lab.judge.bound import Bound
from lab.judge.bounds import bounds
from lab.judge.validity import invalid_because
from lab.measure.measurements import CaseMeasurements
from lab.settings.suites import Case, Suite


class Outcome(Enum):
    """What a case or a run came to."""

    PASS = "PASS"
    CONDITIONAL = "CONDITIONAL"
    FAIL = "FAIL"
    INVALID = "INVALID"
    NOT_JUDGED = "NOT JUDGED"


EXIT_CODES = {
    Outcome.PASS: 0,
    Outcome.NOT_JUDGED: 0,
    Outcome.CONDITIONAL: 6,
    Outcome.FAIL: 6,
    Outcome.INVALID: 5,
}
"""CONDITIONAL ends with 6 as FAIL does: an objective was missed, and a script that asks only for 0 must not go on."""
FAULT_FAILED = 7
LEFT_OUT = (
    "the lab stood on programs of one machine, without Kubernetes, limits of CPU and memory, a network between the "
    "parts, or Redpanda"
)
"""What a verdict says nothing of that was reached on the runtime `process`."""


@dataclass(frozen=True, kw_only=True)
class CaseVerdict:
    """What one case came to, and why.

    Args:
        case: The case's id; of a repetition, its own name.
        outcome: What it came to.
        reasons: The bounds that it met; those that it missed; or all that makes it INVALID.
        bounds: Each bound of its SLO with its numbers, whatever the outcome.
        is_valid: Whether its figures say anything, so that another case may be compared with it.
        is_fault_broken: Whether its fault was not injected or not recovered.
        repetitions: What each repetition came to, if it was run several times.
    """

    case: str
    outcome: Outcome
    reasons: tuple[str, ...]
    bounds: tuple[Bound, ...] = ()
    is_valid: bool = True
    is_fault_broken: bool = False
    repetitions: "tuple[CaseVerdict, ...]" = ()

    @property
    def reason(self) -> str:
        """All reasons in one line."""
        return "; ".join(self.reasons)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a run came to on a runtime: the answer to the suite's question."""

    suite: str
    profile: str
    runtime: str
    outcome: Outcome
    reason: str
    cases: tuple[CaseVerdict, ...]

    @property
    def exit_code(self) -> int:
        """0 PASS, 5 INVALID, 6 CONDITIONAL or FAIL, 7 when a fault was not injected or not recovered."""
        if any(case.is_fault_broken for case in self.cases):
            return FAULT_FAILED
        return EXIT_CODES[self.outcome]

    def __str__(self) -> str:
        """As it is shown: with what it rests on, if that is less than the real thing."""
        return f"{marked(self.outcome.value, self.profile, self.runtime)}: {self.reason}"


def marked(outcome: str, profile: str, runtime: str) -> str:
    """An outcome with what it rests on, where that is less than full length on a cluster: `PASS (PROCESS, SMOKE)`."""
    marks = [*(["PROCESS"] if runtime == "process" else []), *(["SMOKE"] if profile == "smoke" else [])]
    return f"{outcome} ({', '.join(marks)})" if marks else outcome


def judge_case(
    case: Case, measured: CaseMeasurements, others: Mapping[str, CaseMeasurements] | None = None
) -> CaseVerdict:
    """Judge one case: validity first, then each bound of its SLO.

    Args:
        case: What was asked.
        measured: What was measured.
        others: The run's valid cases so far, by id: what some bounds compare with.
    """
    broken = invalid_because(case, measured)
    held = tuple(bounds(case, measured, others or {}))
    invalid = broken or tuple(bound.line for bound in held if bound.is_met is None)
    missed = tuple(bound.line for bound in held if bound.is_met is False)
    outcome, reasons = (
        came_to(held, invalid=invalid, missed=missed or ("it has no SLO to meet",))
        if case.settings.judged
        else not_judged(broken)
    )
    return CaseVerdict(
        case=case.id,
        outcome=outcome,
        reasons=reasons,
        bounds=held,
        is_valid=not broken,
        is_fault_broken=measured.fault_error is not None,
    )


def came_to(
    held: Sequence[Bound], *, invalid: tuple[str, ...], missed: tuple[str, ...]
) -> tuple[Outcome, tuple[str, ...]]:
    """What a judged case came to, and why.

    Args:
        held: Its bounds.
        invalid: All that makes it INVALID.
        missed: What to say when a bound is missed, or when there is none.
    """
    if invalid:
        return Outcome.INVALID, invalid
    if not held or not all(bound.is_met for bound in held):
        return Outcome.FAIL, missed
    return Outcome.PASS, tuple(bound.line for bound in held)


def not_judged(broken: tuple[str, ...]) -> tuple[Outcome, tuple[str, ...]]:
    """The same of a case that has no part in the verdict."""
    return Outcome.NOT_JUDGED, broken or ("not judged",)


def broken_case(case: Case, reason: str) -> CaseVerdict:
    """The verdict on a case of which nothing was measured."""
    outcome = Outcome.INVALID if case.settings.judged else Outcome.NOT_JUDGED
    return CaseVerdict(case=case.id, outcome=outcome, reasons=(reason,), is_valid=False)


def judge(suite: Suite, cases: Sequence[CaseVerdict]) -> Verdict:
    """Judge a run.

    It is FAIL when a case misses its objective that is not conditional: no other can save it then. Else an INVALID case
    makes the run INVALID, and a conditional one that misses makes it CONDITIONAL.
    """
    judged = [case for case in cases if case.outcome is not Outcome.NOT_JUDGED]
    outcome, deciding = _decide(judged, suite.conditional)
    reason = "; ".join(f"{case.case}: {case.reason}" for case in deciding)
    if outcome is Outcome.CONDITIONAL:
        passed = ", ".join(case.case for case in judged if case.outcome is Outcome.PASS)
        reason += f"; passed: {passed}"
    if not judged:
        reason = "no judged case was run"
    elif not suite.complete:
        reason += f"; without the other cases this is not {suite.id}'s verdict"
    return Verdict(
        suite=suite.id,
        profile=suite.profile,
        runtime=suite.runtime,
        outcome=outcome,
        reason=reason,
        cases=tuple(cases),
    )


def _decide(judged: Sequence[CaseVerdict], conditional: Sequence[str]) -> tuple[Outcome, Sequence[CaseVerdict]]:
    """The outcome, and the cases that decide it."""
    if not judged:
        return Outcome.NOT_JUDGED, ()
    missed = [case for case in judged if case.outcome is Outcome.FAIL]
    if base := [case for case in missed if case.case not in conditional]:
        return Outcome.FAIL, base
    if invalid := [case for case in judged if case.outcome is Outcome.INVALID]:
        return Outcome.INVALID, invalid
    if missed:
        # On what else it stands must have been shown: conditional ones alone are no condition of anything.
        stands = any(case.case not in conditional for case in judged)
        return (Outcome.CONDITIONAL if stands else Outcome.FAIL), missed
    return Outcome.PASS, judged
