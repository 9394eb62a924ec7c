"""The bounds of a case as its verdict has them, with their figures if the version that kept them knew these."""

import math
from collections.abc import Mapping
from typing import Any

from lab.judge.bound import Bound, Spread
from lab.present.case_document import Held, SpreadReport
from lab.store import loose


def bounds(verdict: Mapping[str, Any]) -> tuple[Held, ...]:
    """Those of an entry of `verdict.json`."""
    return tuple(_held(one) for one in loose.items(verdict.get("bounds")))


def _held(one: Any) -> Held:
    met = loose.at(one, "is_met")
    return Held(
        name=loose.text(loose.at(one, "name")),
        is_met=met if isinstance(met, bool) else None,
        line=loose.text(loose.at(one, "line")),
        of=loose.text(loose.at(one, "of")),
        figure=loose.number(loose.at(one, "figure")),
        limit=loose.number(loose.at(one, "limit")),
        unit=loose.text(loose.at(one, "unit")),
        is_more_better=loose.at(one, "is_more_better") is True,
        is_undecided=loose.at(one, "is_undecided") is True,
        spread=_spread(loose.at(one, "spread")),
    )


def _spread(found: Any) -> SpreadReport | None:
    if not loose.table(found):
        return None
    return SpreadReport(
        figures=tuple(loose.number(one) for one in loose.items(loose.at(found, "figures"))),
        low=loose.number(loose.at(found, "low")),
        high=loose.number(loose.at(found, "high")),
        coverage=loose.number(loose.at(found, "coverage")) or 0.0,
        is_range=loose.at(found, "is_range") is True,
    )


def as_bound(held: Held) -> Bound:
    """The bound as it was judged: an endless figure, which JSON has not, is endless again."""
    around = held.spread
    return Bound(
        name=held.name,
        is_met=held.is_met,
        line=held.line,
        of=held.of,
        figure=None if held.is_met is None else _endless(held.figure),
        limit=held.limit,
        unit=held.unit,
        is_more_better=held.is_more_better,
        is_undecided=held.is_undecided,
        spread=None
        if around is None
        else Spread(
            figures=tuple(map(_endless, around.figures)),
            low=_endless(around.low),
            high=_endless(around.high),
            coverage=around.coverage,
            is_range=around.is_range,
        ),
    )


def _endless(value: float | None) -> float:
    return math.inf if value is None else value
