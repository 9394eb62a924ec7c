"""The forms of a report for programs: JSON with its schema, JUnit XML, Markdown; and how figures are written."""

import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from lab.judge.bound import Bound, Kind, Status
from lab.judge.verdict import CaseVerdict, Outcome
from lab.present import junit, markdown, reading, report, report_schema, reproduce
from lab.present.document import Report
from lab.settings.loading import committed, load
from lab.store.files import ProvenanceFile, SettingsFile
from tests.lab.present.made_run import MadeCase, judged, keep, kept, make, rewrite

HOSTILE = "a | b\n<img src=x> `x` [y](z) \x00\x1b &"


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Report:
    cases = [
        MadeCase(name=name, verdict=verdict, reasons=(f"because of {name}",)) for name, verdict in VERDICTS.items()
    ]
    return reading.read(make(tmp_path_factory.mktemp("runs"), *cases, verdict="FAIL", reason="f: because of f"))


VERDICTS = {"p": "PASS", "f": "FAIL", "i": "INVALID", "n": "NOT JUDGED"}


def test_the_json_is_the_whole_report(run: Path) -> None:
    report.write(run)

    assert Report.model_validate_json((run / report.JSON).read_text()) == reading.read(run)


def test_the_schema_that_is_checked_in_is_the_models_own() -> None:
    told = 'run: .venv/bin/python -c "from lab.present import report_schema; report_schema.write()"'
    assert report_schema.FILE.read_text() == report_schema.text(), told


def test_a_verdict_is_what_junit_calls_it(read: Report) -> None:
    suite = ET.fromstring(junit.junit(read))  # noqa: S314 - our own

    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "4",
        "failures": "1",
        "errors": "1",
        "skipped": "1",
    }
    kinds = [one[0].tag for one in suite.iter("testcase")]
    assert kinds == ["system-out", "failure", "error", "skipped"]
    assert next(suite.iter("failure")).get("message") == "because of f"
    assert float(next(suite.iter("testcase")).get("time", "")) == 60


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (Status.MET, "system-out"), (Status.MISSED, "failure"), (Status.UNDECIDED, "failure"), (Status.UNMEASURED, "skipped"),
    ],
)  # fmt: skip
def test_a_scaling_by_searches_is_a_test_case_of_its_own(read: Report, status: Status, kind: str) -> None:
    scaling = Bound(name="scaling", kind=Kind.FILLS, status=status, line="scaling: 2.1 times")

    suite = ET.fromstring(junit.junit(read.model_copy(update={"scaling": scaling})))  # noqa: S314 - our own

    assert suite.get("tests") == "5"
    assert [one[0].tag for one in suite.iter("testcase") if one.get("name") == "scaling"] == [kind]


def test_the_markdown_has_the_verdict_a_table_and_the_reasons(read: Report) -> None:
    lines = markdown.markdown(read).splitlines()

    assert lines[0] == "## FAIL: ASR 1: p99 latency under 200 ms on one shard"
    assert lines[2] == "f: because of f"
    rows = [line for line in lines if line.startswith("|")]
    assert len(rows) == 2 + 4
    assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) == 1
    assert "- **i** INVALID: because of i" in lines


def test_the_forms_say_on_what_the_verdict_rests(run: Path) -> None:
    """A pipeline keeps the history of a case by its suite's name: on processes it is another one."""
    judged(run, runtime="process", profile="smoke")
    versions = replace(kept(run, ProvenanceFile).versions, tools={"k6": "1.8.1", "broker": "a mock"})
    rewrite(run, ProvenanceFile, versions=versions)
    report.write(run)

    suite = ET.fromstring((run / report.JUNIT).read_text())  # noqa: S314 - our own
    mark = "PASS (PROCESS, SMOKE)"
    told = json.loads((run / report.JSON).read_text())
    assert suite.get("name") == "asr1 smoke process"
    assert [(one.get("name"), one.get("value")) for one in suite.iter("property")] == [
        ("runtime", "process"),
        ("verdict", mark),
    ]
    assert told["runtime"] == "process"
    (place,) = (line for line in told["not_shown"] if line.startswith("PROCESS: "))
    assert "without Kubernetes" in place
    assert place.endswith("the broker was a mock.")
    assert all(place.split(";")[0] in (run / name).read_text() for name in (report.HTML, report.MARKDOWN))
    assert report.headline(run).startswith(f"{run.name}: {mark}: ")


def test_hostile_text_stays_text(run: Path) -> None:
    case = CaseVerdict(case="a2", outcome=Outcome.FAIL, reasons=(HOSTILE,))
    judged(run, reason=HOSTILE, suite=HOSTILE, cases=(case,))
    report.write(run)

    suite = ET.fromstring((run / report.JUNIT).read_text())  # noqa: S314 - our own
    text = (run / report.MARKDOWN).read_text()
    assert "<img src=x>" in (next(suite.iter("failure")).get("message") or "")
    assert r"a \| b \<img src=x\> \`x\` \[y\](z)" in text
    assert not re.search(r"(?<!\\)<", text)


def test_no_command_is_made_of_a_name_that_is_none() -> None:
    assert reproduce.task("asr1; rm -rf ~", "full", ["a2"], ["a2"]) == ""
    assert reproduce.task("asr1", "full", ["--help"], ["a2"]) == ""
    assert reproduce.commands("run", "", commit="f00", changed=False) == ()


@pytest.mark.parametrize(
    ("cases", "profile", "task"),
    [(["a1", "a2"], "full", "asr1"), (["a2"], "full", "case a2"), (["a1", "a2"], "smoke", "asr1 --profile=smoke")],
)
def test_the_task_is_the_one_that_ran(cases: list[str], profile: str, task: str) -> None:
    assert reproduce.task("asr1", profile, cases, ["a1", "a2"]) == task


def test_the_commands_bring_back_the_settings_of_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "runs" / "r").mkdir(parents=True)
    settings = committed().model_copy(update={"name": "another"})
    keep(tmp_path / "runs" / "r", SettingsFile(profile="full", cases=(), settings=settings))
    lines = reproduce.commands("r", "asr1", commit="f00", changed=False)

    subprocess.run(["sh", "-c", lines[1]], cwd=tmp_path, check=True)
    monkeypatch.setenv("LAB_SETTINGS", str(tmp_path / reproduce.SETTINGS_OUT))

    assert load() == settings


def test_a_commit_that_files_differed_from_is_told() -> None:
    lines = reproduce.commands("r", "asr1", commit="f00", changed=True)

    assert lines[0] == "git checkout f00"
    assert lines[1].startswith("# files differed")
