"""The one command that would decide what a run left undecided, where repetitions would."""

from collections.abc import Sequence

from lab.judge.bound import Status
from lab.judge.verdict import CaseVerdict, Outcome, Verdict
from lab.present.reproduce import on, task
from lab.present.suite_rows import takes
from lab.settings.suites import Case, Suite


def deciding(suite: Suite, verdict: Verdict) -> tuple[str, ...]:
    """What would decide a run, a line each: advice of its bounds, and last a command with how long it takes.

    Args:
        suite: What was run.
        verdict: What it came to.
    """
    if verdict.outcome is not Outcome.CONDITIONAL or any(case.outcome is Outcome.FAIL for case in verdict.cases):
        return ()
    undecided = [case for case in verdict.cases if case.outcome is Outcome.UNDECIDED]
    bounds = [bound for case in undecided for bound in case.bounds if bound.status is Status.UNDECIDED]
    searched = [verdict.scaling] if verdict.scaling and verdict.scaling.status is Status.UNDECIDED else []
    advice = tuple(dict.fromkeys(bound.advice for bound in (*bounds, *searched) if bound.advice))
    rounds = [bound.decided_by for bound in bounds if bound.decided_by]
    if not bounds or len(rounds) < len(bounds) or searched:
        return advice
    ran = _needed(suite.cases, undecided)
    what = task(suite.id, suite.profile, [case.id for case in ran], _all(suite), rounds=max(rounds))
    if suite.runtime == "process":
        what = on(what, suite.runtime)
    minutes = max(1, round(takes(ran) * max(rounds) / 60))
    return (*advice, f"./invokew {what} (about {minutes} min) would decide it")


def _needed(cases: Sequence[Case], undecided: Sequence[CaseVerdict]) -> Sequence[Case]:
    """The only undecided case and those that it is compared with; all that ran where several are."""
    if len(undecided) > 1:
        return cases
    slos = [case.settings.slo for case in cases if case.id == undecided[0].case]
    references = {slo.isolation.reference for slo in slos if slo.isolation}
    baselines = {slo.keeps_up.baseline for slo in slos if slo.keeps_up}
    return [case for case in cases if case.id in {undecided[0].case, *references, *baselines}]


def _all(suite: Suite) -> Sequence[str]:
    """The suite's cases; of one that ran in part, more than ran."""
    return [case.id for case in suite.cases] + ([] if suite.complete else [""])
