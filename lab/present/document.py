"""What a report says, whatever it is written as; `report.json` is this as JSON."""

from collections.abc import Mapping
from typing import Any

from lab.judge.verdict import marked
from lab.present.case_document import CaseReport, Fact
from lab.settings.model import Model
from lab.store.folder import Gap

FORMAT = 1
"""Raised when a reader of an older report.json would misunderstand a newer one."""


class Place(Model):
    """A container, the image it was to run, the digest that ran, and the node it ran on."""

    pod: str
    container: str
    image: str
    digest: str
    node: str = ""


class Report(Model):
    """One run.

    Args:
        format: Of this document.
        run: The run's id.
        suite: What was run.
        title: The suite's, for people.
        profile: `full` or `smoke`.
        runtime: What the lab stood on; empty if the folder does not say.
        leaves_out: What the verdict says nothing of, since the lab stood on less than a cluster; empty if it did not.
        began: When, in UTC.
        verdict: What the run came to; INVALID when evidence for it is missing.
        reason: Why.
        recorded: The verdict that the run itself came to, if the folder says one.
        exit_code: That of the run.
        gaps: What is missing of the folder.
        notes: What else to know of the gaps: those that change nothing.
        cases: In the order in which they ran.
        warnings: Of the machine, before anything was measured.
        facts: Versions and the machine, in groups.
        places: What ran where.
        settings: Those in force.
        reproduce: Commands that make this run again.
        grafana: Where the dashboard shows the run's time, while the lab that it ran on stands.
    """

    format: int = FORMAT
    run: str
    suite: str
    title: str
    profile: str
    runtime: str
    leaves_out: str
    began: str
    verdict: str
    reason: str
    recorded: str | None
    exit_code: int | None
    gaps: tuple[Gap, ...]
    notes: tuple[Gap, ...]
    cases: tuple[CaseReport, ...]
    warnings: tuple[str, ...]
    facts: Mapping[str, tuple[Fact, ...]]
    places: tuple[Place, ...]
    settings: Mapping[str, Any]
    reproduce: tuple[str, ...]
    grafana: str | None = None

    @property
    def mark(self) -> str:
        """The verdict with what it rests on, where that is less than full length on a cluster."""
        return marked(self.verdict, self.profile, self.runtime)
