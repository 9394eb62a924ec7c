"""The report of a run, made of its folder alone: a page, and the same as JSON, JUnit XML and Markdown."""

from pathlib import Path

from lab.core.paths import shown
from lab.present.document import Report
from lab.store import inventory

HTML, JSON, JUNIT, MARKDOWN = "report.html", Report.FILE, "junit.xml", "report.md"


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
    write_text(folder / JSON, report.text())
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
        return f"report: {shown(write(folder))}"
    except Exception as error:  # noqa: BLE001 - whatever it is, the run has its verdict
        return f"note: the report could not be made ({type(error).__name__}: {error}); run './invokew report'"


def headline(folder: Path) -> str:
    """What the report in a folder says, in a line."""
    said = Report.model_validate_json((folder / JSON).read_bytes())
    return f"{said.run}: {said.mark}: {said.reason}"
