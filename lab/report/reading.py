"""Makes a report of a run's folder, of whatever is left of it; a verdict without its evidence is INVALID."""

from datetime import UTC, datetime
from pathlib import Path

from lab.report import case, case_files, gaps, loose, reproduce, run_files
from lab.report.case_document import CaseReport
from lab.report.document import Report
from lab.report.facts import commit_of, facts, places
from lab.report.folder import CASE, OF_A_CASE, SETTINGS, VERDICT, Folder
from lab.report.gaps import INVALID
from lab.report.run_files import RunFiles

STAMP = "%Y%m%dT%H%M%SZ"


def read(path: Path) -> Report:
    """The report of the run in this folder.

    Raises:
        NotADirectoryError: There is no such folder.
    """
    folder = Folder(path)
    files = run_files.read(folder)
    cases = _cases(folder, files)
    spoils, notes = gaps.sort(folder, files.verdicts)
    recorded = loose.text(loose.at(files.verdict, "verdict")) or None
    code = loose.number(loose.at(files.verdict, "exit_code"))
    return Report(
        run=files.run,
        suite=files.suite,
        title=files.title,
        profile=files.profile,
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
    )


def _cases(folder: Folder, files: RunFiles) -> tuple[CaseReport, ...]:
    """Those that the verdict names, those that the settings name, and those of which there is a folder."""
    told, reports = files.verdicts, []
    for name in dict.fromkeys([*told, *files.cases, *folder.measured()]):
        if not CASE.fullmatch(name):
            folder.miss(VERDICT if name in told else SETTINGS, f"names a case {name[:40]!r}, which can't be one")
            continue
        for file in OF_A_CASE:
            folder.require(f"{name}/{file}")
        reports.append(case.report(case_files.read(folder, name, told.get(name, {}), files.settings)))
    return tuple(reports)


def _reproduce(files: RunFiles, cases: list[str]) -> tuple[str, ...]:
    commit, changed = commit_of(files.versions)
    if files.found is None:
        task = reproduce.task(files.suite, files.profile, cases, files.suite_cases)
    else:
        task = reproduce.search(loose.text(loose.at(files.found, "topology")), files.profile)
    return reproduce.commands(files.run, task, commit=commit, changed=changed)


def _began(run: str) -> str:
    try:
        moment = datetime.strptime(run.split("-", 1)[0], STAMP).replace(tzinfo=UTC)
    except ValueError:
        return ""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
