"""Makes a report of a run's folder, of whatever is left of it; a verdict without its evidence is INVALID."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lab.present import case_files, case_report, gaps, repetitions, reproduce, run_files
from lab.present.case_document import CaseReport
from lab.present.document import Report
from lab.present.facts import commit_of, facts, leaves_out, places
from lab.present.gaps import INVALID
from lab.present.run_files import RunFiles
from lab.store import loose
from lab.store.folder import CASE, OF_A_CASE, SETTINGS, VERDICT, Folder

STAMP = "%Y%m%dT%H%M%SZ"


def read(path: Path) -> Report:
    """The report of the run in this folder.

    Raises:
        NotADirectoryError: There is no such folder.
    """
    folder = Folder(path)
    files = run_files.read(folder)
    cases = _cases(folder, files)
    spoils, notes = gaps.sort(folder, repetitions.by_folder(files.verdicts))
    recorded = loose.text(loose.at(files.verdict, "verdict")) or None
    code = loose.number(loose.at(files.verdict, "exit_code"))
    return Report(
        run=files.run,
        suite=files.suite,
        title=files.title,
        profile=files.profile,
        runtime=files.runtime,
        leaves_out=leaves_out(files.runtime, loose.text(loose.at(files.versions, "tools", "broker"))),
        began=_began(files.run),
        verdict=INVALID if spoils or not recorded else recorded,
        reason=gaps.reason(spoils, files.verdict),
        recorded=recorded,
        exit_code=None if code is None else round(code),
        gaps=spoils,
        notes=notes,
        cases=tuple(gaps.spoilt(one, spoils) for one in cases),
        warnings=tuple(loose.text(line) for line in loose.items(files.warnings)),
        facts=facts(files.versions, files.host, files.placement),
        places=places(files.images, files.placement),
        settings=loose.table(loose.at(files.kept, "settings")),
        reproduce=_reproduce(files, [one.case for one in cases]),
        grafana=_link(loose.text(loose.at(files.grafana, "run"))),
    )


def _cases(folder: Folder, files: RunFiles) -> tuple[CaseReport, ...]:
    """Those that the verdict names, those that the settings name, and those of which there is a folder."""
    told, reports = files.verdicts, []
    of_others = {name for one in told.values() for name in repetitions.names(one)} - told.keys()
    for name in dict.fromkeys([*told, *files.cases, *folder.measured()]):
        if not _is_one(folder, name, told):
            continue
        if repetitions.names(told.get(name, {})):
            reports.append(_repeated(folder, files, name))
        elif name not in of_others:
            reports.append(_read(folder, name, told.get(name, {}), files.settings))
    return tuple(reports)


def _is_one(folder: Folder, name: str, told: Collection[str]) -> bool:
    """Whether this can be a case's name, which is its folder's."""
    if CASE.fullmatch(name):
        return True
    folder.miss(VERDICT if name in told else SETTINGS, f"names a case {name[:40]!r}, which can't be one")
    return False


def _repeated(folder: Folder, files: RunFiles, name: str) -> CaseReport:
    told, rounds = files.verdicts[name], []
    for number, entry in enumerate(repetitions.entries(told), start=1):
        own = loose.text(entry.get("case"))
        if _is_one(folder, own, (own,)):
            found = _read(folder, own, entry, repetitions.settings_of(files.settings, name, own))
            rounds.append(repetitions.numbered(found, number))
    return repetitions.report(name, told, files.settings, rounds)


def _read(folder: Folder, name: str, told: Mapping[str, Any], settings: Mapping[str, Any]) -> CaseReport:
    for file in OF_A_CASE:
        folder.require(f"{name}/{file}")
    return case_report.report(case_files.read(folder, name, told, settings))


def _reproduce(files: RunFiles, cases: list[str]) -> tuple[str, ...]:
    commit, changed = commit_of(files.versions)
    if files.found is None:
        rounds = loose.count(loose.at(files.verdict, "repeat"))
        task = reproduce.task(files.suite, files.profile, cases, files.suite_cases, rounds=rounds)
    else:
        task = reproduce.search(loose.text(loose.at(files.found, "topology")), files.profile)
    return reproduce.commands(files.run, reproduce.on(task, files.runtime), commit=commit, changed=changed)


def _link(address: str) -> str | None:
    """An address that a page may lead to: of a web server, and of nothing else."""
    return address if address.startswith(("http://", "https://")) else None


def _began(run: str) -> str:
    try:
        moment = datetime.strptime(run.split("-", 1)[0], STAMP).replace(tzinfo=UTC)
    except ValueError:
        return ""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
