"""The end of a run: its evidence is sealed and its report written, and a failure of that is said, no more."""

from pathlib import Path

import pytest

from lab.present import report


def test_a_run_that_ends_has_its_report_in_every_form(run: Path) -> None:
    assert report.conclude(run) == f"report: {run / 'report.html'}"
    assert all((run / name).stat().st_size for name in (report.HTML, report.JSON, report.JUNIT, report.MARKDOWN))


def test_a_report_that_cannot_be_made_is_a_note(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_folder: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(report, "write", full)

    said = report.conclude(run)

    assert said.startswith("note: the report could not be made (OSError: [Errno 28] No space left on device)")
    assert said.endswith("run './invokew report'")
