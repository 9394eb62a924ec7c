"""A case that was repeated, as a report has it: its rounds below it, each read from a folder of its own."""

from collections.abc import Sequence

from lab.judge.verdict import CaseVerdict
from lab.present.case_document import CaseReport
from lab.settings.suites import Case


def report(told: CaseVerdict, asked: Case | None, rounds: Sequence[CaseReport]) -> CaseReport:
    """What the report says of the case, by all of its rounds.

    Args:
        told: The case's own verdict.
        asked: What was asked of it.
        rounds: What the report says of each.
    """
    return CaseReport(
        case=told.case,
        title=asked.settings.title if asked else "",
        verdict=told.outcome,
        reasons=told.reasons,
        bounds=told.bounds,
        settings=asked.settings if asked else None,
        duration=sum(one.duration or 0.0 for one in rounds),
        repetitions=tuple(
            one.model_copy(update={"title": f"round {number}"}) for number, one in enumerate(rounds, start=1)
        ),
    )


def shown(case: CaseReport) -> int:
    """The number of the round that is shown first: the one whose first figure is the median."""
    wanted = [(bound.name, bound.figure) for bound in case.bounds[:1]]
    own = ([(bound.name, bound.figure) for bound in one.bounds[:1]] for one in case.repetitions)
    return next((number for number, found in enumerate(own, start=1) if wanted and found == wanted), 1)
