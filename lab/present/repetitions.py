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
        notes=told.notes,
        bounds=told.bounds,
        settings=asked.settings if asked else None,
        duration=sum(one.duration or 0.0 for one in rounds),
        repetitions=tuple(
            one.model_copy(update={"title": f"round {number}"}) for number, one in enumerate(rounds, start=1)
        ),
    )


def shown(case: CaseReport) -> int:
    """The number of the round that is shown first: the one whose first figure is the middle one."""
    figures = case.bounds[0].by_repetition if case.bounds else ()
    return figures.index(sorted(figures)[len(figures) // 2]) + 1 if figures else 1
