"""PASS, CONDITIONAL, FAIL or INVALID, with the reason in one line; pure, by the workload contract's section 3."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from lab.measurements import CaseMeasurements
from lab.suites import Case, Suite
from lab.validity import invalid_because


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


@dataclass(frozen=True, kw_only=True)
class CaseVerdict:
    """What one case came to, and why: one reason, or all that make it INVALID."""

    case: str
    outcome: Outcome
    reasons: tuple[str, ...]
    is_fault_broken: bool = False

    @property
    def reason(self) -> str:
        """All reasons in one line."""
        return "; ".join(self.reasons)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a run came to: the answer to the suite's question."""

    suite: str
    profile: str
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
        """As it is shown: with the mark of a trial."""
        mark = " (SMOKE)" if self.profile == "smoke" else ""
        return f"{self.outcome.value}{mark}: {self.reason}"


def judge_case(case: Case, measured: CaseMeasurements) -> CaseVerdict:
    """Judge one case: validity first, then each bound of its SLO."""
    invalid = invalid_because(case, measured)
    misses, met = _judged(case, measured)
    if not case.settings.judged:
        outcome, reasons = Outcome.NOT_JUDGED, invalid or ("not judged",)
    elif invalid:
        outcome, reasons = Outcome.INVALID, invalid
    elif misses or not met:
        outcome, reasons = Outcome.FAIL, tuple(misses) or ("it has no SLO to meet",)
    else:
        outcome, reasons = Outcome.PASS, tuple(met)
    broken = measured.fault_error is not None
    return CaseVerdict(case=case.id, outcome=outcome, reasons=reasons, is_fault_broken=broken)


def broken_case(case: Case, reason: str) -> CaseVerdict:
    """The verdict on a case of which nothing was measured."""
    outcome = Outcome.INVALID if case.settings.judged else Outcome.NOT_JUDGED
    return CaseVerdict(case=case.id, outcome=outcome, reasons=(reason,))


def judge(suite: Suite, cases: Sequence[CaseVerdict]) -> Verdict:
    """Judge a run.

    The suite's first judged case is what it stands on: it must pass, else the run is FAIL. When a later one misses its
    objective the run is CONDITIONAL. An INVALID case makes the run INVALID unless the run is FAIL without it.
    """
    judged = [case for case in cases if case.outcome is not Outcome.NOT_JUDGED]
    outcome, deciding = _decide(judged)
    reason = "; ".join(f"{case.case}: {case.reason}" for case in deciding)
    if not judged:
        reason = "no judged case was run"
    elif not suite.complete:
        reason += f"; without the other cases this is not {suite.id}'s verdict"
    return Verdict(suite=suite.id, profile=suite.profile, outcome=outcome, reason=reason, cases=tuple(cases))


def _decide(judged: Sequence[CaseVerdict]) -> tuple[Outcome, Sequence[CaseVerdict]]:
    if not judged:
        return Outcome.NOT_JUDGED, ()
    base, *others = judged
    if base.outcome is Outcome.FAIL:
        return Outcome.FAIL, (base,)
    if invalid := [case for case in judged if case.outcome is Outcome.INVALID]:
        return Outcome.INVALID, invalid
    if missed := [case for case in others if case.outcome is Outcome.FAIL]:
        return Outcome.CONDITIONAL, (base, *missed)
    return Outcome.PASS, judged


def _judged(case: Case, measured: CaseMeasurements) -> tuple[list[str], list[str]]:
    """The bounds that were missed and those that were met, a line each."""
    slo = case.settings.slo
    misses: list[str] = []
    met: list[str] = []
    if slo.p99_ms is not None:
        _sort(measured.p99 < slo.p99_ms, _p99(measured, slo.p99_ms), misses, met)
    if slo.error_rate is not None:
        errors = f"{measured.error_rate:.2%} errors (limit {slo.error_rate:.0%})"
        _sort(measured.error_rate < slo.error_rate, errors, misses, met)
    if slo.rise is not None:
        is_met = measured.rise is not None and measured.rise.ratio <= slo.rise
        _sort(is_met, _rise(measured, slo.rise), misses, met)
    return misses, met


def _sort(is_met: bool, line: str, misses: list[str], met: list[str]) -> None:  # noqa: FBT001 - private
    (met if is_met else misses).append(line)


def _p99(measured: CaseMeasurements, limit: float) -> str:
    client = max((latency.p99 for latency in measured.client.values()), default=math.inf)
    engine = max((one.p99 for shard in measured.shards for one in shard.latency.values()), default=math.inf)
    return f"p99 {milliseconds(client)} at the client, {milliseconds(engine)} in the engine (limit {limit:g} ms)"


def _rise(measured: CaseMeasurements, limit: float) -> str:
    if measured.rise is None:
        return "p99's rise during the outage was not measured"
    is_noise = measured.rise.low <= limit < measured.rise.ratio
    noise = ", not told apart from noise" if is_noise else ""
    return (
        f"p99 during the outage / before {measured.rise}{noise} "
        f"(limit {limit:g}; at the client: the engine's buckets are too coarse)"
    )


def milliseconds(value: float) -> str:
    """A latency for people: endless means that so many orders failed that there is none."""
    if math.isinf(value):
        return "none (orders failed)"
    return f"{value:.1f} ms" if value < 100 else f"{value:.0f} ms"  # noqa: PLR2004 - digits that matter
