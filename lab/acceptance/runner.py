"""AC12 and AC13: the suites' runner executes two cases end-to-end, in their trial profile.

What counts is that the runner works: each case's load was sent, taken and measured. A missed objective, too few samples
or a throttled engine are figures of this machine, and no fault of the runner's.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lab.acceptance.finding import Finding, beside_the_point, judged
from lab.acceptance.site import Site
from lab.bringup.entry import await_scraped
from lab.paths import ROOT, RUNS
from lab.running.runs import LATEST, write_text

ASR1 = ("asr1", ("a1", "a2"))
ASR2 = ("asr2", ("b2", "b3"))


def look_at_asr1(site: Site) -> Finding:
    """AC12: on one shard."""
    if site.topology.has_gateway:
        return beside_the_point(
            f"topology {site.topology.name} has a gateway; './invokew up --topology=single' has none"
        )
    return _look_at(site, *ASR1)


def look_at_asr2(site: Site) -> Finding:
    """AC13: behind the gateway."""
    if not site.topology.has_gateway:
        return beside_the_point(f"topology {site.topology.name} has no gateway; run './invokew up --topology=multi'")
    return _look_at(site, *ASR2)


def _look_at(site: Site, suite: str, cases: tuple[str, ...]) -> Finding:
    from lab.acceptance.outage import outage_of  # noqa: PLC0415
    from lab.bringup.releases import password  # noqa: PLC0415
    from lab.experiment import suites  # noqa: PLC0415 - takes the measuring's modules with it
    from lab.running import suite_run  # noqa: PLC0415 - takes the measuring's modules with it

    chosen = replace(suites.plan(site.settings, suite, "smoke", cases), topology=site.topology)
    before = _latest(RUNS)
    await_scraped(site.lab, site.topology)
    suite_run.run_suite(site.lab, chosen, make_fault=lambda: outage_of(site), password=password(site.lab))
    folder = RUNS / _latest(RUNS)
    found = judge(cases, _read(folder / "verdict.json"), measurements(folder, cases))
    if found.ok:
        forget(folder, before)
        return found
    return replace(found, evidence=f"{found.evidence}; look at {folder.relative_to(ROOT)}")


def judge(cases: Sequence[str], verdict: Mapping[str, Any], measured: Mapping[str, Mapping[str, Any]]) -> Finding:
    """There is a verdict, and every case was measured without anything breaking.

    Args:
        cases: Those that were to run.
        verdict: What `verdict.json` says.
        measured: Case to what its `measurements.json` says; without those that have none.
    """
    said = {case["case"]: "; ".join(case["reasons"]) for case in verdict.get("cases", ())}
    problems = [] if verdict.get("verdict") else ["there is no verdict"]
    for case in cases:
        numbers = measured.get(case)
        if numbers is None:
            problems.append(f"{case} was not measured: {said.get(case) or 'nothing says why'}")
        elif broken := numbers.get("problems"):
            problems.append(f"{case} broke: {broken[0]}")
        elif not numbers.get("accepted"):
            problems.append(f"{case}: none of {numbers.get('sent', 0)} orders was accepted")
    taken = (f"{case} had {numbers.get('accepted')} orders accepted" for case, numbers in measured.items())
    return judged(problems, f"{', '.join(taken)}; the verdict was {verdict.get('verdict')}")


def measurements(folder: Path, cases: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """What a run's folder has of each case; without those that were not measured."""
    paths = {case: folder / case / "measurements.json" for case in cases}
    return {case: _read(path) for case, path in paths.items() if path.is_file()}


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


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found
