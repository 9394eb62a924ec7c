"""The report of a run, made of its folder alone: a page, and the same as JSON, JUnit XML and Markdown."""

import json
from pathlib import Path

from lab.core.paths import ROOT
from lab.judge.verdict import marked
from lab.store import inventory

HTML, JSON, JUNIT, MARKDOWN = "report.html", "report.json", "junit.xml", "report.md"


def seal(folder: Path) -> None:
    """Note which evidence a run has kept, once, when it ends: a report made later tells what was lost or changed."""
    inventory.write(folder)


def write(folder: Path) -> Path:
    """Write the report of the run in this folder, in all its forms; whatever is missing of the folder, it says so.

    Returns:
        The page.

    Raises:
        NotADirectoryError: There is no such folder.
    """
    from lab.present import junit, markdown, reading, report_page  # noqa: PLC0415 - templates need not be loaded to seal
    from lab.store.runs import write_text  # noqa: PLC0415

    report = reading.read(folder)
    write_text(folder / JSON, report.model_dump_json(indent=2) + "\n")
    write_text(folder / JUNIT, junit.junit(report))
    write_text(folder / MARKDOWN, markdown.markdown(report))
    write_text(folder / HTML, report_page.html(report))
    return folder / HTML


def conclude(folder: Path) -> str:
    """Seal the evidence of a run that has just ended and write its report; where that is, or why there is none.

    A report that can't be made takes nothing from the verdict: it is said, and can be made later.
    """
    try:
        seal(folder)
        return f"report: {_shown(write(folder))}"
    except Exception as error:  # noqa: BLE001 - whatever it is, the run has its verdict
        return f"note: the report could not be made ({type(error).__name__}: {error}); run './invokew report'"


def _shown(page: Path) -> Path:
    return page.relative_to(ROOT) if page.is_relative_to(ROOT) else page


def headline(folder: Path) -> str:
    """What the report in a folder says, in a line."""
    said = json.loads((folder / JSON).read_text(encoding="utf-8"))
    return f"{said['run']}: {marked(said['verdict'], said['profile'], said['runtime'])}: {said['reason']}"
