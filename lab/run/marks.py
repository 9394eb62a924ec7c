"""What a run that is over leaves on Grafana's dashboard: its loads with their outcomes; and the links to them."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lab.core.errors import ToolError
from lab.core.windows import Window
from lab.judge.verdict import CaseVerdict
from lab.measure.measurements import CaseMeasurements
from lab.run.grafana import LOAD, Grafana, tags
from lab.store.files import GrafanaFile
from lab.store.runs import Run

BEFORE, AFTER = 30_000.0, 15_000.0
"""ms by which a link shows more than the load: rates need some points before it, and settle after it."""


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A load and its outcome, under the name of its folder."""

    name: str
    case: str
    text: str
    testid: str
    load: Window


def mark(name: str, measured: CaseMeasurements, outcome: str) -> Mark:
    """The mark of what was measured."""
    return Mark(name=name, case=measured.case, text=f"{name}: {outcome}", testid=measured.testid, load=measured.load)


def of_cases(measured: Mapping[str, CaseMeasurements], verdicts: Iterable[CaseVerdict]) -> list[Mark]:
    """The marks of cases, each under the name that its verdict has; one of which nothing was measured has none."""
    return [
        mark(one.case, measured[one.case], f"{one.outcome.value}: {one.reason}")
        for one in verdicts
        if one.case in measured
    ]


def leave(grafana: Grafana | None, run: Run, marks: Sequence[Mark]) -> list[str]:
    """Annotate the dashboard and keep the links in the run's folder; a Grafana that can't costs one warning.

    Returns:
        What to say: the link, or why there is none.
    """
    if grafana is None or not marks:
        return []
    try:
        annotate(grafana, run.id, marks)
    except ToolError as error:
        return [f"note: the run is not marked on the dashboard: {error.summary}"]
    found = links(grafana, marks)
    run.write(found)
    return [f"grafana: {found.run}"]


def annotate(grafana: Grafana, run: str, marks: Iterable[Mark]) -> None:
    """Mark the loads of a run (its id) on the dashboard.

    Raises:
        ToolError: Grafana doesn't answer, or refuses.
    """
    for one in marks:
        about = tags(LOAD, run=run, case=one.case, testid=one.testid)
        grafana.annotate(one.text, start=one.load.start, end=_ended(one), tags=about)


def links(grafana: Grafana, marks: Sequence[Mark]) -> GrafanaFile:
    """Where the dashboard shows the loads, of which there is one at least."""
    cases = {one.name: _link(grafana, [one], testid=one.testid) for one in marks}
    return GrafanaFile(run=cases[marks[0].name] if len(marks) == 1 else _link(grafana, marks), cases=cases)


def _link(grafana: Grafana, marks: Sequence[Mark], **chosen: str) -> str:
    start = min(one.load.start for one in marks) - BEFORE
    return grafana.link(start=start, end=max(map(_ended, marks)) + AFTER, **chosen)


def _ended(one: Mark) -> float:
    """When the load was over: one that broke off never got as far as its window."""
    return min(one.load.end, time.time() * 1000)
