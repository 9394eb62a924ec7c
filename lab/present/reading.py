"""Makes a report of a run's folder, of whatever is left of it; a verdict without its evidence is INVALID."""

from collections.abc import Sequence
from pathlib import Path

from lab.core import redact
from lab.judge.verdict import CaseVerdict, Outcome
from lab.present import case_report, gaps, repetitions, reproduce
from lab.present.case_document import CaseReport
from lab.present.document import Report
from lab.present.facts import facts, places
from lab.present.not_shown import not_shown
from lab.settings.settings import Settings
from lab.store import stored_case, stored_run
from lab.store.files import SettingsFile, VerdictFile
from lab.store.folder import CASE, Folder
from lab.store.stored_run import StoredRun


def read(path: Path) -> Report:
    """The report of the run in this folder.

    Raises:
        NotADirectoryError: There is no such folder.
    """
    folder = Folder(path)
    run = stored_run.read(folder)
    cases = _cases(folder, run)
    spoils, notes = gaps.sort(folder, run.executions)
    made = run.provenance
    return Report(
        run=run.id,
        suite=run.suite,
        title=run.title,
        profile=run.profile,
        runtime=run.runtime,
        not_shown=not_shown(run.profile, run.runtime, made, cases, run.verdict.scaling if run.verdict else None),
        began=f"{run.began:%Y-%m-%d %H:%M:%S} UTC" if run.began else "",
        verdict=Outcome.INVALID if spoils or not run.verdict else run.verdict.outcome,
        reason=gaps.reason(spoils, run.verdict),
        scaling=run.verdict.scaling if run.verdict else None,
        recorded=run.verdict.outcome if run.verdict else None,
        exit_code=run.verdict.exit_code if run.verdict else None,
        gaps=spoils,
        notes=notes,
        cases=tuple(gaps.spoilt(one, spoils) for one in cases),
        warnings=made.warnings if made else (),
        facts=facts(made) if made else {},
        places=places(made) if made else (),
        settings=_without_secrets(run.settings) if run.settings else None,
        reproduce=_reproduce(run, [one.case for one in cases]),
        grafana=_link(run.grafana.run if run.grafana else ""),
    )


def _without_secrets(settings: Settings) -> Settings:
    """The settings without what a user may have put into the charts' values and the sources' commands."""
    charts = {name: chart.model_copy(update={"values": redact.value(chart.values)}) for name, chart in settings.charts}
    sources = {
        role: source.model_copy(update={"command": redact.text(source.command)})
        for role, source in settings.sources
        if source is not None and source.command
    }
    return settings.model_copy(
        update={
            "charts": settings.charts.model_copy(update=charts),
            "sources": settings.sources.model_copy(update=sources),
        }
    )


def _cases(folder: Folder, run: StoredRun) -> tuple[CaseReport, ...]:
    """Those that the verdict names, those that the settings name, and those of which there is a folder."""
    planned = () if run.is_search or run.kept is None else run.kept.cases
    named = dict.fromkeys((*run.verdicts, *planned, *folder.measured()))
    rounds = run.executions.keys() - run.verdicts.keys()
    return tuple(_case(folder, run, name) for name in named if name not in rounds and _is_one(folder, run, name))


def _is_one(folder: Folder, run: StoredRun, name: str) -> bool:
    """Whether this can be a case's name, which is its folder's."""
    if CASE.fullmatch(name):
        return True
    is_told = name in run.verdicts or name in run.executions
    folder.miss(VerdictFile.FILE if is_told else SettingsFile.FILE, f"names a case {name[:40]!r}, which can't be one")
    return False


def _case(folder: Folder, run: StoredRun, name: str) -> CaseReport:
    told = run.verdicts.get(name)
    if told is None or not told.repetitions:
        return _execution(folder, run, name, told)
    rounds = [_execution(folder, run, one.case, one) for one in told.repetitions if _is_one(folder, run, one.case)]
    return repetitions.report(told, run.case(name), rounds)


def _execution(folder: Folder, run: StoredRun, name: str, told: CaseVerdict | None) -> CaseReport:
    for file in folder.of_a_case(name):
        folder.require(file)
    files = stored_case.read(folder, name, run.case(name), told)
    resources = run.settings.resources if run.settings else None
    return case_report.report(files, resources, limited=run.runtime != "process")


def _reproduce(run: StoredRun, cases: Sequence[str]) -> tuple[str, ...]:
    project = run.provenance.versions.project if run.provenance else None
    if run.capacity is not None:
        task = reproduce.search(run.capacity.topology, run.profile, run.capacity.engine_cpu, run.capacity.demand)
    else:
        described = run.settings.suites.get(run.suite) if run.settings else None
        task = reproduce.task(run.suite, run.profile, cases, described.cases if described else (), rounds=run.rounds)
    return reproduce.commands(
        run.id,
        reproduce.on(reproduce.seeded(task, run.kept.seed if run.kept else None), run.runtime or ""),
        commit=project.commit or "" if project else "",
        changed=bool(project and project.changed),
    )


def _link(address: str) -> str | None:
    """An address that a page may lead to: of a web server, and of nothing else."""
    return address if address.startswith(("http://", "https://")) else None
