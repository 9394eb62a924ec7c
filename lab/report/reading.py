"""Makes a report of a run's folder, of whatever is left of it; a verdict without its evidence is INVALID."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lab.report import case, case_files, evidence, loose
from lab.report.case import INVALID
from lab.report.document import CaseReport, Gap, Report
from lab.report.facts import commit_of, facts, places
from lab.report.folder import CASE, HOST, IMAGES, OF_A_CASE, PLACEMENT, SETTINGS, VERDICT, VERSIONS, WARNINGS, Folder
from lab.report.reproduce import commands, task

UNJUDGED, NOTHING_SAID = "NOT JUDGED", "not judged"
STAMP = "%Y%m%dT%H%M%SZ"
SHOWN_GAPS = 3
"""Of the missing files in the reason; all are listed below it."""


def read(path: Path) -> Report:
    """The report of the run in this folder.

    Raises:
        NotADirectoryError: There is no such folder.
    """
    folder = Folder(path)
    verdict, kept = folder.json(VERDICT), folder.json(SETTINGS)
    for name, value, key in ((VERDICT, verdict, "verdict"), (SETTINGS, kept, "settings")):
        if value is not None and not loose.at(value, key):
            folder.miss(name, f"says no {key}")
    profile = loose.text(loose.at(verdict, "profile")) or loose.text(loose.at(kept, "profile"), "full")
    settings = _in_force(loose.table(loose.at(kept, "settings")), profile)
    versions, images, host = (folder.json(name) for name in (VERSIONS, IMAGES, HOST))
    placement, warnings = (folder.json(name, needed=False) for name in (PLACEMENT, WARNINGS))
    cases = _cases(folder, verdict, kept, settings)
    gaps, notes = _gaps(folder, cases, verdict)
    cases = tuple(_with_evidence(one, gaps) for one in cases)
    suite = loose.text(loose.at(verdict, "suite")) or _suite(folder.path.name)
    recorded = loose.text(loose.at(verdict, "verdict")) or None
    commit, changed = commit_of(versions)
    return Report(
        run=folder.path.name,
        suite=suite,
        title=loose.text(loose.at(settings, "suites", suite, "title"), suite),
        profile=profile,
        began=_began(folder.path.name),
        verdict=INVALID if gaps or not recorded else recorded,
        reason=_reason(gaps, verdict),
        recorded=recorded,
        exit_code=round(code) if (code := loose.number(loose.at(verdict, "exit_code"))) is not None else None,
        gaps=gaps,
        notes=notes,
        cases=cases,
        warnings=tuple(loose.text(line) for line in loose.items(warnings)),
        facts=facts(versions, host, placement),
        places=places(images, placement),
        settings=loose.table(loose.at(kept, "settings")),
        reproduce=commands(
            folder.path.name,
            task(suite, profile, [one.case for one in cases], _suite_cases(settings, suite)),
            commit=commit,
            changed=changed,
        ),
    )


def _in_force(settings: Mapping[str, Any], profile: str) -> dict[str, Any]:
    """The settings as their profile has them: what stands under a part's key of its name replaces the part's own."""

    def laid(part: Any) -> dict[str, Any]:
        return {**loose.table(part), **loose.table(loose.at(part, profile))}

    cases = {name: laid(one) for name, one in loose.table(settings.get("cases")).items()}
    return {**settings, "cases": cases, "validity": laid(settings.get("validity"))}


def _cases(folder: Folder, verdict: Any, kept: Any, settings: Mapping[str, Any]) -> tuple[CaseReport, ...]:
    """Those that the verdict names, those that the settings name, and those of which there is a folder."""
    judged = {loose.text(loose.at(one, "case")): loose.table(one) for one in loose.items(loose.at(verdict, "cases"))}
    names = [*judged, *(loose.text(one) for one in loose.items(loose.at(kept, "cases"))), *folder.measured()]
    reports = []
    for name in dict.fromkeys(names):
        if not CASE.fullmatch(name):
            folder.miss(VERDICT if name in judged else SETTINGS, f"names a case {name[:40]!r}, which can't be one")
            continue
        for file in OF_A_CASE:
            folder.require(f"{name}/{file}")
        reports.append(case.report(case_files.read(folder, name, judged.get(name, {}), settings)))
    return tuple(reports)


def _gaps(folder: Folder, cases: tuple[CaseReport, ...], verdict: Any) -> tuple[tuple[Gap, ...], tuple[Gap, ...]]:
    """What spoils the verdict, and what doesn't: a case that broke off kept less, and its verdict says so already."""
    sealed = evidence.read(folder)
    if sealed:
        never = {gap.file for gap in folder.gaps if gap.why == "is missing"} - sealed.keys()
        evidence.check(folder, sealed)
    else:
        never = {f"{one.case}/{file}" for one in cases if _broke(one) for file in OF_A_CASE}
    broken = {gap.file for gap in folder.gaps} if loose.at(verdict, "verdict") is None else set()
    spoils = [gap for gap in folder.gaps if gap.file not in never or gap.file in broken]
    return tuple(spoils), tuple(gap for gap in folder.gaps if gap not in spoils)


def _with_evidence(one: CaseReport, gaps: Sequence[Gap]) -> CaseReport:
    """A judged case is INVALID when evidence of its own is missing."""
    own = [gap for gap in gaps if gap.file.startswith(f"{one.case}/")]
    if not own or one.verdict in {INVALID, UNJUDGED}:
        return one
    reasons = (_missing(own), f"the run itself came to {one.verdict}: {'; '.join(one.reasons)}")
    return one.model_copy(update={"verdict": INVALID, "reasons": reasons})


def _broke(one: CaseReport) -> bool:
    """Whether the case's own verdict says that it is not known."""
    return one.verdict == INVALID or (one.verdict == UNJUDGED and one.reasons != (NOTHING_SAID,))


def _reason(gaps: Sequence[Gap], verdict: Any) -> str:
    said, own = loose.text(loose.at(verdict, "reason")), loose.text(loose.at(verdict, "verdict"))
    if not gaps:
        return said or "the folder says no reason"
    return f"{_missing(gaps)}. The run itself came to {own}: {said}" if own else _missing(gaps)


def _missing(gaps: Sequence[Gap]) -> str:
    named = "; ".join(f"{gap.file} {gap.why}" for gap in gaps[:SHOWN_GAPS])
    more = f"; and {len(gaps) - SHOWN_GAPS} more" if len(gaps) > SHOWN_GAPS else ""
    return f"evidence is missing: {named}{more}"


def _suite_cases(settings: Mapping[str, Any], suite: str) -> list[str]:
    return [loose.text(one) for one in loose.items(loose.at(settings, "suites", suite, "cases"))]


def _suite(run: str) -> str:
    """By the run's id: time, suite, topology."""
    return run.split("-")[1] if run.count("-") > 1 else "unknown"


def _began(run: str) -> str:
    try:
        moment = datetime.strptime(run.split("-", 1)[0], STAMP).replace(tzinfo=UTC)
    except ValueError:
        return ""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
