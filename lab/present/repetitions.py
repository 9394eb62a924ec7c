"""A case that was repeated, as a report has it: its rounds below it, each read from a folder of its own."""

from collections.abc import Mapping, Sequence
from typing import Any

from lab.present import held
from lab.present.case_document import CaseReport
from lab.present.gaps import INVALID
from lab.store import loose


def entries(told: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What a case's entry in `verdict.json` says of each of its repetitions; none if it was run once."""
    return [loose.table(one) for one in loose.items(told.get("repetitions"))]


def names(told: Mapping[str, Any]) -> list[str]:
    """What its repetitions are called."""
    return [loose.text(one.get("case")) for one in entries(told)]


def by_folder(verdicts: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """What a verdict says of each folder: of a repetition what it says of that, not of the case."""
    found = dict(verdicts)
    for told in verdicts.values():
        found |= zip(names(told), entries(told), strict=True)
    return found


def settings_of(settings: Mapping[str, Any], case: str, repetition: str) -> dict[str, Any]:
    """The settings with the case's own for its repetition."""
    cases = loose.table(settings.get("cases"))
    return {**settings, "cases": {**cases, repetition: cases.get(case)}}


def numbered(one: CaseReport, number: int) -> CaseReport:
    """A repetition's report, called by its round."""
    return one.model_copy(update={"title": f"round {number}"})


def report(case: str, told: Mapping[str, Any], settings: Mapping[str, Any], rounds: Sequence[CaseReport]) -> CaseReport:
    """What the report says of the case, by all of its rounds."""
    return CaseReport(
        case=case,
        title=loose.text(loose.at(settings, "cases", case, "title")),
        verdict=loose.text(told.get("verdict"), INVALID),
        reasons=tuple(loose.text(line) for line in loose.items(told.get("reasons")))
        or ("the folder says nothing of its verdict",),
        bounds=held.bounds(told),
        duration=sum(one.duration or 0.0 for one in rounds),
        repetitions=tuple(rounds),
    )


def shown(case: CaseReport) -> int:
    """The number of the round that is shown first: the one whose first figure is the median."""
    wanted = [(bound.name, bound.figure) for bound in case.bounds[:1]]
    own = ([(bound.name, bound.figure) for bound in one.bounds[:1]] for one in case.repetitions)
    return next((number for number, found in enumerate(own, start=1) if wanted and found == wanted), 1)
