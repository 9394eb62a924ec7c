"""What a verdict does not show: the load that was not sent, the place it was not run at, what nobody looked at."""

from collections.abc import Iterator, Sequence

from lab.core.figures import ORDERS_PER_MINUTE, duration, number
from lab.judge.bound import Bound, Status
from lab.judge.verdict import LEFT_OUT
from lab.present.case_document import CaseReport
from lab.settings.suites import Profile, RuntimeName
from lab.store.files import ProvenanceFile

TRIAL = "SMOKE: a trial with short cases. It shows that everything works, not that the objective is met."


def not_shown(
    profile: Profile,
    runtime: RuntimeName | None,
    made: ProvenanceFile | None,
    cases: Sequence[CaseReport],
    scaling: Bound | None = None,
) -> tuple[str, ...]:
    """A line each.

    Args:
        profile: full, or smoke.
        runtime: What the lab stood on; None if the folder does not say.
        made: With what the run was made.
        cases: The run's.
        scaling: What searches say of its topology's scaling, where the suite asks for that.
    """
    return (*_load(profile, cases), *_place(runtime, made), *_fills(cases), *_scaling(scaling))


def _load(profile: Profile, cases: Sequence[CaseReport]) -> Iterator[str]:
    if profile == "smoke":
        yield TRIAL
        return
    loads = [case.settings for case in cases if case.settings]
    if loads:
        rate = max(max(load.rate, *(stage.rate for stage in load.stages), 0) for load in loads)
        longest = max(load.duration for load in loads)
        yield (
            f"LOAD: above {number(rate, ORDERS_PER_MINUTE)}, for longer than {duration(round(longest))}, or with "
            "other orders than these cases send, anything may happen."
        )


def _fills(cases: Sequence[CaseReport]) -> Iterator[str]:
    seen = {case.case: case.measured.correctness for case in cases if case.measured and case.bounds}
    missing = {name: found.unchecked if found else "" for name, found in seen.items() if not found or found.unchecked}
    if missing:
        why = "; ".join(dict.fromkeys(filter(None, missing.values())))
        yield (
            f"FILLS: whether the engine matched what it should have was not checked in {', '.join(missing)}"
            f"{f': {why}' if why else ''}."
        )


def _scaling(scaling: Bound | None) -> Iterator[str]:
    if scaling is not None and scaling.status in {Status.UNMEASURED, Status.UNDECIDED}:
        yield f"SCALING: how far more shards go than one. {scaling.line[0].upper()}{scaling.line[1:]}."


def _place(runtime: RuntimeName | None, made: ProvenanceFile | None) -> Iterator[str]:
    if runtime == "process":
        broker = made.versions.tools.get("broker", "") if made else ""
        yield f"PROCESS: {LEFT_OUT}; the broker was {broker or 'a stand-in'}."
    elif made and made.placement and made.placement.shared:
        yield (
            f"PLACE: k6, the engines, the broker and Prometheus shared {number(made.placement.cores)} cores; machines "
            "of their own, and the network between them, change the figures."
        )
