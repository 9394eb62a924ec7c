"""AC12 and AC13: the suites' runner executes two cases end-to-end, in their trial profile.

What counts is that the runner works: each case's load was sent, taken and measured. A missed objective, too few samples
or a throttled engine are figures of this machine, and no fault of the runner's.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from lab.conduct.place import Place
from lab.core.paths import ROOT, RUNS
from lab.judge.verdict import Verdict
from lab.measure.measurements import CaseMeasurements
from lab.settings.topology import Topology
from lab.store.files import MeasurementsFile
from lab.store.folder import Folder
from lab.store.runs import LATEST, write_text
from lab.verify.finding import Finding, does_not_apply, judged

ASR1 = ("asr1", ("a1", "a2"))
ASR2 = ("asr2", ("b2", "b3"))


def check_with(place: Place, topology: Topology, suite: str, cases: tuple[str, ...]) -> Finding:
    """Run a suite's cases as a trial, if what stands is what the suite is for."""
    from lab.conduct import suite as conducted  # noqa: PLC0415 - takes the measuring's modules with it
    from lab.settings import suites  # noqa: PLC0415 - takes the measuring's modules with it

    if topology.has_gateway is not (suite == ASR2[0]):
        has, wanted = ("a", "single") if topology.has_gateway else ("no", "multi")
        return does_not_apply(f"topology {topology.name} has {has} gateway; './invokew up --topology={wanted}'")
    planned = suites.plan(place.lab.settings, suite, "smoke", cases)
    before = _latest(RUNS)
    verdict = conducted.run_suite(place, replace(planned, topology=topology, runtime=place.name))
    folder = RUNS / _latest(RUNS)
    found, shown = judge(cases, verdict, measurements(folder, cases)), folder.relative_to(ROOT)
    if found.ok:
        forget(folder, before)
        return replace(found, evidence=f"{found.evidence}; {shown} is removed again")
    return replace(found, evidence=f"{found.evidence}; look at {shown}")


def judge(cases: Sequence[str], verdict: Verdict, measured: Mapping[str, CaseMeasurements]) -> Finding:
    """Every case was measured without anything breaking.

    Args:
        cases: Those that were to run.
        verdict: Of their run.
        measured: The figures that it kept of each case.
    """
    said = {case.case: case.reason for case in verdict.cases}
    problems = []
    for case in cases:
        numbers = measured.get(case)
        if numbers is None:
            problems.append(f"{case} was not measured: {said.get(case) or 'nothing says why'}")
        elif numbers.problems:
            problems.append(f"{case} broke: {numbers.problems[0]}")
        elif not numbers.accepted:
            problems.append(f"{case}: none of {numbers.sent} orders was accepted")
    taken = (f"{case} had {numbers.accepted} orders accepted" for case, numbers in measured.items())
    return judged(problems, f"{', '.join(taken)}; the verdict was {verdict.outcome}")


def measurements(path: Path, cases: Sequence[str]) -> dict[str, CaseMeasurements]:
    """What a run's folder has of each case; without those that were not measured."""
    folder = Folder(path)
    files = {case: folder.read(MeasurementsFile, case, needed=False) for case in cases}
    return {case: file.measurements for case, file in files.items() if file}


def forget(folder: Path, before: str) -> None:
    """Remove a run that was only to show that there can be one; `latest` names again what it named before."""
    shutil.rmtree(folder)
    latest = folder.parent / LATEST
    if before:
        write_text(latest, before + "\n")
    else:
        latest.unlink(missing_ok=True)


def _latest(runs: Path) -> str:
    path = runs / LATEST
    return path.read_text(encoding="utf-8").strip() if path.is_file() else ""
