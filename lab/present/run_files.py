"""What a run's folder holds of the run itself: read once, tolerant of what another version left out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab.present import search_document
from lab.store import loose
from lab.store.folder import CAPACITY, GRAFANA, HOST, IMAGES, PLACEMENT, SETTINGS, VERDICT, VERSIONS, WARNINGS, Folder


@dataclass(frozen=True, kw_only=True)
class RunFiles:
    """What a folder holds of one run.

    Args:
        run: Its id.
        verdict: `verdict.json`; of a search, `capacity.json` in that form.
        found: `capacity.json` of a search.
        kept: `settings.json`.
        settings: Those in it, as the profile has them.
        profile: `full` or `smoke`.
        runtime: What the lab stood on; empty if nothing says it.
        versions: `versions.json`.
        images: `images.json`.
        host: `host.json`.
        placement: `placement.json`.
        warnings: `warnings.json`.
        grafana: `grafana.json`.
    """

    run: str
    verdict: Any
    found: Any
    kept: Any
    settings: Mapping[str, Any]
    profile: str
    runtime: str
    versions: Any
    images: Any
    host: Any
    placement: Any
    warnings: Any
    grafana: Any

    @property
    def suite(self) -> str:
        """What was run; by the run's id (time, suite, topology) where nothing else says it."""
        return loose.text(loose.at(self.verdict, "suite")) or _suite(self.run)

    @property
    def title(self) -> str:
        """The suite's, for people."""
        return loose.text(loose.at(self.settings, "suites", self.suite, "title"), self.suite)

    @property
    def verdicts(self) -> dict[str, Mapping[str, Any]]:
        """What the verdict says of each case."""
        told = loose.items(loose.at(self.verdict, "cases"))
        return {loose.text(loose.at(one, "case")): loose.table(one) for one in told}

    @property
    def cases(self) -> list[str]:
        """The cases that were to run; a search's are its tries."""
        return [] if self.found is not None else [loose.text(one) for one in loose.items(loose.at(self.kept, "cases"))]

    @property
    def suite_cases(self) -> list[str]:
        """All cases that the suite has."""
        return [loose.text(one) for one in loose.items(loose.at(self.settings, "suites", self.suite, "cases"))]


def read(folder: Folder) -> RunFiles:
    """Read what a folder holds of its run."""
    is_search = (folder.path / CAPACITY).exists() or _suite(folder.path.name) == search_document.SUITE
    found = folder.json(CAPACITY) if is_search else None
    verdict = (
        folder.json(VERDICT) if not is_search else search_document.as_verdict(found) if loose.table(found) else None
    )
    kept = folder.json(SETTINGS)
    for name, value, key in ((VERDICT, verdict, "verdict"), (SETTINGS, kept, "settings")):
        if value is not None and not loose.at(value, key):
            folder.miss(name, f"says no {key}")
    profile = loose.text(loose.at(verdict, "profile")) or loose.text(loose.at(kept, "profile"), "full")
    runtime = loose.text(loose.at(verdict, "runtime"))
    settings = {**in_force(loose.table(loose.at(kept, "settings")), profile), "runtime": runtime}
    return RunFiles(
        run=folder.path.name,
        verdict=verdict,
        found=found,
        kept=kept,
        settings=search_document.as_settings(found, settings) if is_search else settings,
        profile=profile,
        runtime=runtime,
        versions=folder.json(VERSIONS),
        images=folder.json(IMAGES),
        host=folder.json(HOST),
        placement=folder.json(PLACEMENT, needed=False),
        warnings=folder.json(WARNINGS, needed=False),
        grafana=folder.json(GRAFANA, needed=False),
    )


def in_force(settings: Mapping[str, Any], profile: str) -> dict[str, Any]:
    """The settings as their profile has them: what stands under a part's key of its name replaces the part's own."""

    def laid(part: Any) -> dict[str, Any]:
        return {**loose.table(part), **loose.table(loose.at(part, profile))}

    cases = {name: laid(one) for name, one in loose.table(settings.get("cases")).items()}
    return {**settings, "cases": cases, **{name: laid(settings.get(name)) for name in ("validity", "capacity")}}


def _suite(run: str) -> str:
    return run.split("-")[1] if run.count("-") > 1 else "unknown"
