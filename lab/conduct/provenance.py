"""With what a run was made: settings, tools, charts, the project's own state, images by digest, what ran where."""

import platform
from collections.abc import Iterable
from typing import Any

from lab.cluster.lab import Lab
from lab.conduct.place import Place
from lab.core.content_hash import content_hash
from lab.core.errors import LabError
from lab.core.paths import ROOT
from lab.process.shell import Command, run
from lab.run import host
from lab.settings.settings import Settings
from lab.settings.suites import Suite
from lab.store.files import ProvenanceFile, SettingsFile
from lab.store.made_with import Project, Versions
from lab.store.runs import Run


def keep(place: Place, suite: Suite, run_: Run) -> list[str]:
    """Write it all into a run's folder, before anything is measured: a run that breaks off says at least with what.

    Returns:
        What people are told of it: where the workloads run.
    """
    lab, cases = place.lab, tuple(case.id for case in suite.cases)
    run_.write(SettingsFile(profile=suite.profile, cases=cases, seed=suite.seed, settings=lab.settings))
    evidence = place.evidence(suite.topology)
    run_.write(
        ProvenanceFile(
            versions=Versions(**versions(lab), **place.versions()),
            host=host.facts(),
            images=evidence.images,
            placement=evidence.placement,
            warnings=tuple(evidence.warnings),
            unknown=evidence.unknown,
        )
    )
    return list(evidence.said)


def settings_hash(settings: Settings) -> str:
    """SHA-256 of the settings, whatever the order in which they were written."""
    return content_hash(settings.model_dump(mode="json", by_alias=True))


def versions(lab: Lab) -> dict[str, Any]:
    """What every runtime is made with: the settings, the project's commit, Python."""
    return {
        "settings_sha256": settings_hash(lab.settings),
        "project": project(),
        "python": platform.python_version(),
    }


def tools(lab: Lab, names: Iterable[str]) -> dict[str, str]:
    """The versions of these tools."""
    return {name: _version(lab, name) for name in names}


def _version(lab: Lab, name: str) -> str:
    try:
        return lab.tools.tool(name).version
    except LabError as error:
        return f"unknown: {error.summary}"


def project() -> Project:
    """The commit that is checked out, and whether files differ from it; unknown outside a git checkout."""
    try:
        head = run(Command(argv=("git", "rev-parse", "HEAD"), cwd=ROOT, deadline=10), check=False)
        status = ("git", "status", "--porcelain", "--untracked-files=normal")
        changed = run(Command(argv=status, cwd=ROOT, deadline=20), check=False)
    except LabError:
        return Project(commit=None, changed=None)
    if not head.ok:
        return Project(commit=None, changed=None)
    return Project(commit=head.stdout.strip(), changed=bool(changed.stdout.strip()))
