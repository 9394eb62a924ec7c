"""What is to be run: a suite's cases as a profile runs them; frozen data made from the settings."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lab.case_settings import CaseSettings, ValiditySettings
from lab.errors import UsageError
from lab.settings import Settings
from lab.topology import Topology

Profile = Literal["full", "smoke"]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One k6 script with the load it gets and the bounds it is judged by.

    Args:
        id: Its name in the settings.
        script: The script's path, from the project's root.
        settings: The load and the bounds, as the profile has them.
        limits: Outside which it is INVALID.
    """

    id: str
    script: str
    settings: CaseSettings
    limits: ValiditySettings


@dataclass(frozen=True, kw_only=True)
class Suite:
    """The cases to run, in order, and the topology they need.

    A miss of `conditional` ones alone makes the verdict CONDITIONAL; `complete` when none of the suite's is left out.
    """

    id: str
    title: str
    topology: Topology
    profile: Profile
    cases: tuple[Case, ...]
    conditional: tuple[str, ...]
    complete: bool


def plan(settings: Settings, suite: str, profile: Profile, cases: Sequence[str] | None = None) -> Suite:
    """The suite of this name, or some of its cases, as the profile runs them.

    Raises:
        UsageError: There is no such suite, the suite has no such case, or the case isn't described.
    """
    if suite not in settings.suites:
        raise UsageError(f"suite must be one of {', '.join(settings.suites)}; got {suite!r}")
    described = settings.suites[suite]
    chosen = tuple(case for case in described.cases if cases is None or case in cases)
    for case in cases or ():
        if case not in described.cases:
            raise UsageError(f"case of suite {suite} must be one of {', '.join(described.cases)}; got {case!r}")
    limits = settings.validity.at(profile)
    return Suite(
        id=suite,
        title=described.title,
        topology=settings.topology(described.topology),
        profile=profile,
        cases=tuple(
            Case(
                id=case,
                script=script(settings, case),
                settings=settings.cases[case].at(profile),
                limits=limits,
            )
            for case in chosen
        ),
        conditional=described.conditional,
        complete=chosen == described.cases,
    )


def script(settings: Settings, case: str) -> str:
    """The path of a case's k6 script, from the project's root."""
    folder, name = settings.loadtests.folder, settings.loadtests.scripts[case]
    return str(Path(folder).expanduser() / Path(name).expanduser())


def suite_of(settings: Settings, case: str) -> str:
    """The first suite that has this case.

    Raises:
        UsageError: None has it.
    """
    for name, suite in settings.suites.items():
        if case in suite.cases:
            return name
    known = dict.fromkeys(case for suite in settings.suites.values() for case in suite.cases)
    raise UsageError(f"case must be one of {', '.join(known)}; got {case!r}")
