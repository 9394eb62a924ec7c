"""Measures and judges a run again, of its folder's raw files: k6's points, the metrics, and what else was recorded."""

from pathlib import Path

from lab.judge.scaling import scaled
from lab.judge.suite_judge import judge_suite
from lab.judge.verdict import Verdict
from lab.measure import records
from lab.measure.measurements import CaseMeasurements
from lab.measure.measuring import measure
from lab.measure.samples import Samples
from lab.oracle import assess
from lab.settings import repetition
from lab.settings.suites import Case, Suite
from lab.settings.topology import Topology
from lab.store import inventory, stored_case
from lab.store.files import ExtractFile, MeasurementsFile, RecordingFile, SearchesFile, SettingsFile
from lab.store.folder import MISSING, Folder
from lab.store.stored_run import StoredRun
from lab.tools import k6

NO_ORDERS = Samples(orders=(), dropped=0)
RAW = (k6.SAMPLES, records.FILE, *(kind.FILE for kind in (ExtractFile, RecordingFile, SearchesFile, SettingsFile)))
"""The files, of the run or of a case, on which a verdict rests."""


def measured_again(folder: Folder, name: str, case: Case, topology: Topology) -> CaseMeasurements | None:
    """A case's figures, made anew; None if nothing of it was recorded.

    Args:
        folder: The run's; its gaps tell of each raw file that can't be read.
        name: Of the case's own folder.
        case: What is asked.
        topology: What the load was sent to.
    """
    recording = folder.read(RecordingFile, name, needed=False)
    if recording is None:
        return None
    # What broke may have left neither: the problems say so, and nothing else is judged.
    broke = bool(recording.problems)
    extract = folder.read(ExtractFile, name, needed=not broke)
    has_points = not broke or k6.points(folder.path / name)[0].is_file()
    kept = folder.read(MeasurementsFile, name, needed=False)
    may_break_off = broke or stored_case.broke_off(kept.measurements if kept else None)
    points = folder.samples(name, case.settings, may_break_off=may_break_off) if has_points else None
    kept_extract = extract.extract if extract else {}
    recorded = recording.recording(points or NO_ORDERS, kept_extract, folder.control(name))
    measured, settings = measure(case, topology, recorded), folder.read(SettingsFile)
    seed = settings.seed if settings else None
    asked = assess.Asked(case=case, topology=topology, folder=folder.path / name, seed=seed)
    return assess.assessed(asked, recorded, measured)


def judged_again(folder: Folder, run: StoredRun, suite: Suite) -> Verdict:
    """The verdict on a run's raw files.

    A case of which nothing was recorded is INVALID for the reason that the run itself told, and one that is asked for
    another load than it had for that: what was sent says nothing of it, nor of whether its engines were right.

    Args:
        folder: The run's; its gaps tell of each raw file that can't be read.
        run: What the folder says of it.
        suite: What is asked: the run's own `plan`, or the same cases by other settings (`planned`).
    """
    measured, broken = {}, {}
    for case in suite.cases:
        for name in repetition.names(case.id, run.rounds):
            if other := _other_load(run, suite, case):
                broken[name] = other
            elif found := measured_again(folder, name, case, suite.topology):
                measured[name] = found
            elif (told := run.executions.get(name)) and told.is_valid:
                folder.miss(f"{name}/{RecordingFile.FILE}", MISSING)
            elif told:
                broken[name] = told.reason
    has_scaling = run.verdict is not None and run.verdict.scaling is not None
    kept = folder.read(SearchesFile, needed=has_scaling)
    scaling = scaled(suite, kept.engine, kept.searches) if kept else None
    # One that nothing is wrong with by itself may still not be what was kept, or be read as if there had been none.
    sealed = inventory.read(folder)
    inventory.check(folder, {name: known for name, known in sealed.items() if Path(name).name in RAW})
    return judge_suite(suite, measured, rounds=run.rounds, broken=broken, scaling=scaling)


def _other_load(run: StoredRun, suite: Suite, case: Case) -> str:
    """Why a case's load is not the one that is asked; empty if it is, or if nobody knows what it was."""
    had = run.case(case.id)
    if run.plan is None or had is None:
        return ""
    sent, asked = had.settings.load, case.settings.load
    other = [f"cases.{case.id}.{key}" for key in sent if sent[key] != asked[key]]
    other += [f"topologies.{suite.topology.name}"] if run.plan.topology != suite.topology else []
    return (
        f"it had another load than is asked by {', '.join(other)}; run it anew, or judge it with --settings=run"
        if other
        else ""
    )
