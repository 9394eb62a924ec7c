"""What a run's folder says of the run itself, read once; None is what can't be read, and the folder's gaps say why."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from lab.core.errors import UsageError
from lab.judge.capacity import Capacity
from lab.judge.verdict import CaseVerdict, Verdict
from lab.settings import repetition, suites
from lab.settings.settings import Settings
from lab.settings.suites import Case, Profile, RuntimeName, Suite
from lab.store.files import CapacityFile, GrafanaFile, ProvenanceFile, SettingsFile, VerdictFile
from lab.store.folder import OTHER_SCHEMA, Folder

STAMP = "%Y%m%dT%H%M%SZ"
"""How a run's id begins: its time, in UTC."""


@dataclass(frozen=True, kw_only=True)
class StoredRun:
    """A run as its folder has it.

    Args:
        id: Its id.
        kept: The settings in force.
        verdict: What it came to; of a search, what that is as a suite.
        rounds: How often its cases were run.
        capacity: What a search found.
        matches: A minute, at that capacity.
        provenance: With what it was made.
        grafana: Where the dashboard shows it.
    """

    id: str
    kept: SettingsFile | None
    verdict: Verdict | None
    rounds: int
    capacity: Capacity | None
    matches: float | None
    provenance: ProvenanceFile | None
    grafana: GrafanaFile | None

    @property
    def suite(self) -> str:
        """What was run; by the run's id (time, suite, topology) where nothing else says it."""
        return self.verdict.suite if self.verdict else suite_of(self.id)

    @property
    def began(self) -> datetime | None:
        """When, by its id; None where that does not say it."""
        try:
            return datetime.strptime(self.id.split("-", 1)[0], STAMP).replace(tzinfo=UTC)
        except ValueError:
            return None

    @property
    def title(self) -> str:
        """The suite's, for people."""
        return self.plan.title[:1].upper() + self.plan.title[1:] if self.plan else self.suite

    @property
    def is_search(self) -> bool:
        """Whether it is a search for a capacity."""
        return self.suite == suites.CAPACITY

    @property
    def settings(self) -> Settings | None:
        """Those in force."""
        return self.kept.settings if self.kept else None

    @property
    def profile(self) -> Profile:
        """`full` or `smoke`."""
        return self.verdict.profile if self.verdict else self.kept.profile if self.kept else "full"

    @property
    def runtime(self) -> RuntimeName | None:
        """What the lab was; None if nothing says it."""
        return self.verdict.runtime if self.verdict else None

    @property
    def verdicts(self) -> Mapping[str, CaseVerdict]:
        """What each case came to."""
        return {one.case: one for one in self.verdict.cases} if self.verdict else {}

    @property
    def executions(self) -> Mapping[str, CaseVerdict]:
        """What each folder of a case came to: of a repetition what that did, not the case."""
        return {one.case: one for case in self.verdicts.values() for one in (case.repetitions or (case,))}

    @cached_property
    def plan(self) -> Suite | None:
        """What was asked, by its own settings."""
        return self.planned(self.settings) if self.settings else None

    def planned(self, settings: Settings) -> Suite | None:
        """What would be asked of the same cases by some settings; None if these don't describe them."""
        cases = self.kept.cases if self.kept else tuple(self.verdicts)
        try:
            if self.capacity is not None:
                return suites.capacity_suite(settings, self.capacity.topology, self.profile)
            found = suites.plan(settings, self.suite, self.profile, cases)
        except (UsageError, KeyError):
            return None
        return found if self.runtime is None else replace(found, runtime=self.runtime)

    def case(self, name: str) -> Case | None:
        """What was asked of a case or of a repetition of it, by the name of its folder."""
        if self.plan is None or self.settings is None:
            return None
        if self.capacity is not None:
            rate = next((one.rate for one in self.capacity.tries if one.name == name), None)
            if rate is None:
                return None
            return suites.capacity_case(self.settings, self.plan.topology, self.profile, rate)
        return next((case for case in self.plan.cases if name in repetition.names(case.id, self.rounds)), None)


def read(folder: Folder) -> StoredRun:
    """Read what a folder says of its run."""
    is_search = (folder.path / CapacityFile.FILE).exists() or suite_of(folder.path.name) == suites.CAPACITY
    found = folder.read(CapacityFile) if is_search else None
    told = None if is_search else folder.read(VerdictFile)
    return StoredRun(
        id=folder.path.name,
        kept=folder.read(SettingsFile),
        verdict=found.capacity.verdict("; ".join(found.conclusion)) if found else told.verdict if told else None,
        rounds=told.rounds if told else 1,
        capacity=found.capacity if found else None,
        matches=found.matches if found else None,
        provenance=folder.read(ProvenanceFile),
        grafana=folder.read(GrafanaFile, needed=False),
    )


def require_schema(path: Path) -> Path:
    """The folder of a run, as this version of the lab can read it.

    Raises:
        UsageError: Another version made it.
    """
    folder = Folder(path)
    for kind in (VerdictFile, CapacityFile):
        folder.read(kind, needed=False)
    if other := next((gap for gap in folder.gaps if gap.why.startswith(OTHER_SCHEMA)), None):
        raise UsageError(f"{path.name} can't be read: {other.file} {other.why}")
    return path


def suite_of(run: str) -> str:
    """The suite that a run's id names."""
    return run.split("-")[1] if run.count("-") > 1 else "unknown"
