"""What is to be run: a suite's cases as a profile runs them; frozen data made from the settings."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from lab.core import figures
from lab.core.errors import UsageError
from lab.core.paths import expanded
from lab.settings.case_settings import CaseSettings, ScalingSettings, ValiditySettings
from lab.settings.semantics import SemanticsSettings
from lab.settings.settings import Settings
from lab.settings.topology import Topology

Profile = Literal["full", "smoke"]
RuntimeName = Literal["k3d", "process", "kubernetes"]
"""What runs a lab."""
FROM_ROOT = "./"
"""A script's name that begins so is not in the folder of scripts: the lab's own, wherever the user's are."""
CONTRACT = SemanticsSettings()
"""The semantics of docs/engine.md."""
SAMPLES = 500
"""Orders of each shard that a try of a search takes: five lie beyond their 99th percentile."""
CAPACITY = "capacity"
"""The case that seeks a topology's capacity, and the suite that consists of it alone."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One k6 script with the load it gets and the bounds it is judged by.

    Args:
        id: Its name in the settings.
        script: The script's path, from the project's root.
        settings: The load and the bounds, as the profile has them.
        limits: Outside which it is INVALID.
        semantics: What an engine's fills are held against.
    """

    id: str
    script: str
    settings: CaseSettings
    limits: ValiditySettings
    semantics: SemanticsSettings = CONTRACT


@dataclass(frozen=True, kw_only=True)
class Suite:
    """The cases to run, in order, and the topology they need.

    A miss of `conditional` ones alone makes the verdict CONDITIONAL; `complete` when none of the suite's is left out.
    `scaling` is what searches for its topology's capacity must show.
    `runtime` is what it is run on, `seed` of all that its loads draw at random.
    """

    id: str
    title: str
    topology: Topology
    profile: Profile
    cases: tuple[Case, ...]
    conditional: tuple[str, ...]
    complete: bool
    scaling: ScalingSettings | None = None
    runtime: RuntimeName = "k3d"
    seed: int = 1


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
                semantics=settings.engine,
            )
            for case in chosen
        ),
        conditional=described.conditional,
        complete=chosen == described.cases,
        scaling=described.scaling if chosen == described.cases else None,
    )


def capacity_suite(settings: Settings, topology: str, profile: Profile) -> Suite:
    """The search for a topology's capacity, as a suite of one case at the rate with which it begins.

    Raises:
        UsageError: There is no such topology, or no script for it.
    """
    stands = settings.topology(topology)
    return Suite(
        id=CAPACITY,
        title=f"the capacity of {topology}",
        topology=stands,
        profile=profile,
        cases=(capacity_case(settings, stands, profile, settings.capacity.at(profile).least),),
        conditional=(),
        complete=True,
    )


def capacity_case(settings: Settings, topology: Topology, profile: Profile, rate: int) -> Case:
    """One try of a rate (orders a minute), longer than the settings say where that takes too few samples a shard.

    Raises:
        UsageError: It has no script.
    """
    wanted, limits = settings.capacity.at(profile), settings.validity.at(profile)
    if CAPACITY not in settings.loadtests.scripts:
        raise UsageError(f"{CAPACITY} has no script; add it to loadtests.scripts")
    # Symbols are drawn: four standard deviations above the mean, hardly any shard gets too few.
    samples = (SAMPLES + 4 * math.sqrt(SAMPLES)) * len(topology.shards)
    case = CaseSettings(
        title=f"at {figures.number(rate)} orders/min",
        rate=rate,
        duration=max(wanted.duration, wanted.warmup + math.ceil(samples * 60 / rate)),
        warmup=wanted.warmup,
        arrivals=wanted.arrivals,
        clean=True,
        slo=wanted.slo,
    )
    # A busy machine and a CPU limit are what a search may end by, which no control is to excuse; and a calibration at
    # each try would double its time.
    limits = limits.model_copy(update={"host_busy": 1.0, "calibration": 0, "throttled": 1.0, "control": 0})
    return Case(id=CAPACITY, script=script(settings, CAPACITY), settings=case, limits=limits)


def needed(settings: Settings, case: str) -> tuple[str, ...]:
    """A case and those of its suite that its figures are compared with, in the order in which they run.

    Raises:
        UsageError: No suite has it.
    """
    order = settings.suites[suite_of(settings, case)].cases
    slo = settings.cases[case].slo
    compared = {slo.keeps_up.baseline if slo.keeps_up else case, slo.isolation.reference if slo.isolation else case}
    return tuple(one for one in order if one in {case, *compared})


def script(settings: Settings, case: str) -> str:
    """The path of a case's k6 script, from the project's root; a name that begins with ./ is one already."""
    folder, name = settings.loadtests.folder, settings.loadtests.scripts[case]
    if name.startswith(FROM_ROOT):
        return name.removeprefix(FROM_ROOT)
    return str(expanded(folder) / expanded(name))


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
