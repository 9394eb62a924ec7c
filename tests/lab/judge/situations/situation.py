"""Something that goes wrong in a run, or only seems to, and what the verdict must make of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from lab.judge.bound import Status
from lab.judge.verdict import CaseVerdict, Outcome
from tests.lab.judge.situations.happening import Plant
from tests.lab.judge.situations.recording import happened, judged

BAD_FIRST = (Status.MISSED, Status.UNMEASURED, Status.UNDECIDED, Status.MET)


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What happens, and what it must come to.

    Args:
        name: What happens, and why it must come to that where one may wonder.
        case: In which case.
        plant: Puts it there.
        outcome: What the case must come to; of several, any.
        bounds: What must become of its bounds, by their names; of those of one name, the worst.
        says: What the verdict or its notes must say, in part.
        references: What happens in the cases that this one is compared with, by their ids.
    """

    name: str
    case: str
    plant: Plant
    outcome: Outcome | tuple[Outcome, ...]
    bounds: Mapping[str, Status] = field(default_factory=dict)
    says: tuple[str, ...] = ()
    references: Mapping[str, Plant] = field(default_factory=dict)

    def check(self) -> None:
        """Raise AssertionError where it comes to something else."""
        others = {name: happened(name, plant) for name, plant in self.references.items()}
        verdict = judged(self.case, self.plant, references=others)
        wanted = self.outcome if isinstance(self.outcome, tuple) else (self.outcome,)

        assert verdict.outcome in wanted, said(verdict)
        assert {name: _worst(verdict, name) for name in self.bounds} == self.bounds, said(verdict)
        assert [words for words in self.says if words not in said(verdict)] == [], said(verdict)


def parameters(*situations: Situation) -> list[Any]:
    return [pytest.param(one, id=f"{one.case}: {one.name}") for one in situations]


def said(verdict: CaseVerdict) -> str:
    """All that is said beside the outcome."""
    return f"{verdict.outcome}: {'; '.join((verdict.reason, *verdict.notes))}"


def _worst(verdict: CaseVerdict, name: str) -> Status | None:
    """The worst of a verdict's bounds of one name."""
    found = {bound.status for bound in verdict.bounds if bound.name == name}
    return next((status for status in BAD_FIRST if status in found), None)
