"""What missing evidence does to a verdict: a run's and a case's own are INVALID without it."""

from collections.abc import Mapping, Sequence

from lab.judge.verdict import CaseVerdict, Outcome, Verdict
from lab.present.case_document import CaseReport
from lab.store import inventory
from lab.store.folder import MISSING, Folder, Gap

SHOWN = 3
"""Of the missing files in a reason; the report lists them all."""


def sort(folder: Folder, executions: Mapping[str, CaseVerdict]) -> tuple[tuple[Gap, ...], tuple[Gap, ...]]:
    """What of a folder's gaps spoils the verdict, and what doesn't: files that were never kept.

    A seal says which those are. Without one they are those of a case that broke off: its verdict says so already.
    """
    if sealed := inventory.read(folder):
        never = {gap.file for gap in folder.gaps if gap.why == MISSING} - sealed.keys()
        inventory.check(folder, sealed)
    else:
        never = {file for case, told in executions.items() if _broke(told) for file in folder.of_a_case(case)}
    spoils = tuple(gap for gap in folder.gaps if gap.file not in never)
    return spoils, tuple(gap for gap in folder.gaps if gap.file in never)


def spoilt(one: CaseReport, gaps: Sequence[Gap]) -> CaseReport:
    """The case, INVALID if it was judged and evidence of its own, or of one of its repetitions, is missing."""
    folders = {repetition.case for repetition in one.repetitions} or {one.case}
    own = [gap for gap in gaps if "/" in gap.file and gap.file.split("/")[0] in folders]
    rounds = tuple(spoilt(repetition, gaps) for repetition in one.repetitions)
    one = one.model_copy(update={"repetitions": rounds})
    if not own or one.verdict in {Outcome.INVALID, Outcome.NOT_JUDGED}:
        return one
    reasons = (_missing(own), f"the run itself recorded {one.verdict}: {'; '.join(one.reasons)}")
    return one.model_copy(update={"verdict": Outcome.INVALID, "reasons": reasons})


def reason(gaps: Sequence[Gap], verdict: Verdict | None) -> str:
    """Why a run has its verdict: what is missing, or what the run says itself."""
    if not gaps:
        return verdict.reason if verdict else "the folder has no reason"
    return (
        f"{_missing(gaps)}. The run itself recorded {verdict.outcome}: {verdict.reason}" if verdict else _missing(gaps)
    )


def _broke(told: CaseVerdict) -> bool:
    """Whether a case's own verdict says that nothing is known of it."""
    return told.outcome is Outcome.INVALID or not told.is_valid


def _missing(gaps: Sequence[Gap]) -> str:
    named = "; ".join(f"{gap.file} {gap.why}" for gap in gaps[:SHOWN])
    more = f"; and {len(gaps) - SHOWN} more" if len(gaps) > SHOWN else ""
    return f"evidence is missing: {named}{more}"
