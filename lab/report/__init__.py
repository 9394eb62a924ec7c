"""The report of a run, made of its folder alone: a page, and the same as JSON, JUnit XML and Markdown."""

import json
from pathlib import Path

from lab.report import evidence

HTML, JSON, JUNIT, MARKDOWN = "report.html", "report.json", "junit.xml", "report.md"


def seal(folder: Path) -> None:
    """Note which evidence a run has kept, once, when it ends: a report made later tells what was lost or changed."""
    evidence.write(folder)


def write(folder: Path) -> Path:
    """Write the report of the run in this folder, in all its forms; whatever is missing of the folder, it says so.

    Returns:
        The page.

    Raises:
        NotADirectoryError: There is no such folder.
    """
    from lab.report import junit, markdown, page, reading  # noqa: PLC0415 - templates need not be loaded to seal
    from lab.runs import write_text  # noqa: PLC0415

    report = reading.read(folder)
    write_text(folder / JSON, report.model_dump_json(indent=2) + "\n")
    write_text(folder / JUNIT, junit.junit(report))
    write_text(folder / MARKDOWN, markdown.markdown(report))
    write_text(folder / HTML, page.html(report))
    return folder / HTML


def headline(folder: Path) -> str:
    """What the report in a folder says, in a line."""
    said = json.loads((folder / JSON).read_text(encoding="utf-8"))
    mark = " (SMOKE)" if said["profile"] == "smoke" else ""
    return f"{said['run']}: {said['verdict']}{mark}: {said['reason']}"
