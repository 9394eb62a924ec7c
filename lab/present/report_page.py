"""Writes a report as one HTML page that needs nothing but itself."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from lab.core import figures
from lab.judge.bound import Status
from lab.present import case_tables, course, inside, objectives, percentiles, repetitions
from lab.present.case_document import CaseReport
from lab.present.document import Report
from lab.present.gateway import gateway
from lab.present.load_words import load

TEMPLATES = Path(__file__).parent / "templates"
STATUSES = {Status.MET: "pass", Status.MISSED: "fail", Status.UNDECIDED: "conditional", Status.UNMEASURED: "invalid"}
"""The CSS class of what a bound comes to."""
MARKS = {"PASS": "✓", "CONDITIONAL": "◐", "UNDECIDED": "◐", "FAIL": "✗", "INVALID": "?", "NOT JUDGED": "○"}
"""Beside a verdict's colour, for those who don't tell colours apart."""


def environment(*folders: Path) -> Environment:
    """The templates of pages, those in these folders first, and what the pages write with."""
    made = Environment(
        loader=FileSystemLoader([*folders, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        slug=_slug,
        status=lambda status: STATUSES[Status(status)],
        clock=figures.clock,
        seconds=figures.seconds,
        ratio=figures.ratio,
        kind=_kind,
        mark=_mark,
    )
    return made


def html(report: Report) -> str:
    """The page."""
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            clauses=clauses(report.reason, [case.case for case in report.cases]),
            objectives=objectives.table(report.cases),
            cases=case_tables.cases(report.cases),
            most_shards=course.MOST_SHARDS,
            parts=[_part(case) for case in report.cases],
            settings=report.settings.model_dump_json(by_alias=True, indent=2) if report.settings else "",
        )
    )


def clauses(reason: str, cases: Sequence[str]) -> list[tuple[str, str]]:
    """The reason of a verdict by the cases that it speaks of: each case's name and what is said of it.

    What speaks of none has an empty name. Nothing of the reason is lost but the marks between its parts.
    """
    found: list[tuple[str, str]] = []
    for part in reason.split("; "):
        name, colon, rest = part.partition(": ")
        if colon and name in cases:
            found.append((name, rest))
        elif found:
            found[-1] = (found[-1][0], f"{found[-1][1]}; {part}")
        else:
            found.append(("", part))
    return found


def _part(case: CaseReport) -> Mapping[str, Any]:
    """What the page shows of one case."""
    return {
        "case": case,
        "load": load(case),
        "gateway": gateway(case.measured.gateway if case.measured else None),
        "repetitions": case_tables.repetitions(case),
        "rounds": [_part(one) for one in case.repetitions],
        "shown": repetitions.shown(case),
        "course": [one for one in (course.latency(case), percentiles.plot(case), course.matches(case)) if one],
        "windows": case_tables.windows(case),
        "parts": case_tables.parts(case),
        "excused": case_tables.excused(case),
        "minutes": case_tables.minutes(case),
        "shards": case_tables.shards(case),
        "by_shard": course.by_shard(case),
        "breakdown": inside.breakdown(case),
        "containers": inside.containers(case),
        "usage": inside.usage(case),
    }


def _slug(name: str) -> str:
    """A name as an element's id."""
    return "".join(letter if letter.isalnum() else "-" for letter in name.lower())


def _kind(verdict: str) -> str:
    """The CSS class of a verdict; that of INVALID for one that isn't known."""
    return _slug(verdict) if verdict in MARKS else "invalid"


def _mark(verdict: str) -> str:
    return MARKS.get(verdict, "?")
