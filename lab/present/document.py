"""What a report says, whatever it is written as; `report.json` is this as JSON."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import WithJsonSchema

from lab.judge.bound import Bound
from lab.judge.verdict import Outcome, marked
from lab.present.case_document import CaseReport, Fact
from lab.settings.model import Model
from lab.settings.settings import Settings
from lab.settings.suites import Profile, RuntimeName
from lab.store.files import Stored
from lab.store.folder import Gap

SETTINGS = {"type": ["object", "null"], "description": "As experiment.schema.json has them."}


class Place(Model):
    """A container, the image it was to run, the digest that ran, and the node it ran on."""

    pod: str
    container: str
    image: str
    digest: str
    node: str = ""


class Report(Stored):
    """One run.

    Args:
        run: The run's id.
        suite: What was run.
        title: The suite's, for people.
        profile: `full` or `smoke`.
        runtime: What the lab stood on; null if the folder does not say.
        not_shown: What the verdict does not show, a line each.
        began: When, in UTC.
        verdict: Its outcome; INVALID when evidence for it is missing.
        reason: Why.
        recorded: The outcome that the run itself had, if the folder says one.
        exit_code: That of the run.
        gaps: What is missing of the folder.
        notes: What else to know of the gaps: those that change nothing.
        cases: In the order in which they ran.
        scaling: What searches for the capacity of its topology say of its scaling; null where the suite asks for none.
        warnings: Of the machine, before anything was measured.
        facts: Versions and the machine, in groups.
        places: What ran where.
        settings: Those in force.
        reproduce: Commands that make this run again.
        grafana: Where the dashboard shows the run's time, while the lab that it ran on stands.
    """

    FILE: ClassVar[str] = "report.json"
    run: str
    suite: str
    title: str
    profile: Profile
    runtime: RuntimeName | None
    not_shown: tuple[str, ...]
    began: str
    verdict: Outcome
    reason: str
    recorded: Outcome | None
    exit_code: int | None
    gaps: tuple[Gap, ...]
    notes: tuple[Gap, ...]
    cases: tuple[CaseReport, ...]
    warnings: tuple[str, ...]
    facts: Mapping[str, tuple[Fact, ...]]
    places: tuple[Place, ...]
    settings: Annotated[Settings | None, WithJsonSchema(SETTINGS)]
    reproduce: tuple[str, ...]
    scaling: Bound | None = None
    grafana: str | None = None

    @property
    def mark(self) -> str:
        """The verdict with what it rests on, where that is less than full length on a cluster."""
        return marked(self.verdict, self.profile, self.runtime)
