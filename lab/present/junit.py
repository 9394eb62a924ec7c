"""Writes a report as JUnit XML, which CI systems show: a case is a test case."""

import re
from xml.etree import ElementTree as ET

from lab.judge.bound import Bound, Status
from lab.present.case_document import CaseReport
from lab.present.document import Report

CASES = {"FAIL": "failure", "UNDECIDED": "failure", "INVALID": "error", "NOT JUDGED": "skipped"}
"""What a verdict is to JUnit, whose own word stays its type; PASS is a test case without any of them."""
SCALING = {Status.MISSED: "failure", Status.UNDECIDED: "failure", Status.UNMEASURED: "skipped"}
"""The same of a scaling by searches, which nobody may have made."""
DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'
FORBIDDEN = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML can't hold, however they are written."""


def junit(report: Report) -> str:
    """The XML; a run whose evidence is incomplete has an erroneous test case for it."""
    # A pipeline keeps a case's history by its name: that of one on less than a cluster is another one's.
    on = "" if report.runtime in {None, "k3d"} else f" {report.runtime}"
    name = _text(f"{report.suite} {report.profile}{on}")
    kinds = [_kind(case) for case in report.cases] + (["error"] if report.gaps else [])
    kinds += [SCALING.get(report.scaling.status, "")] if report.scaling else []
    seconds = sum(case.duration or 0.0 for case in report.cases)
    suite = ET.Element(
        "testsuite",
        name=name,
        id=_text(report.run),
        tests=str(len(kinds)),
        failures=str(kinds.count("failure")),
        errors=str(kinds.count("error")),
        skipped=str(kinds.count("skipped")),
        time=f"{seconds:.1f}",
    )
    if began := _stamp(report.began):
        suite.set("timestamp", began)
    about = ET.SubElement(suite, "properties")
    ET.SubElement(about, "property", name="runtime", value=_text(report.runtime or "unknown"))
    ET.SubElement(about, "property", name="verdict", value=_text(report.mark))
    for case in report.cases:
        _case(suite, name, case)
    if report.scaling:
        _scaling(suite, name, report.scaling)
    if report.gaps:
        missing = ET.SubElement(suite, "testcase", classname=name, name="evidence", time="0.0")
        ET.SubElement(missing, "error", message=_text(report.reason), type="INVALID")
    ET.indent(suite)
    return DECLARATION + ET.tostring(suite, encoding="unicode") + "\n"


def _scaling(suite: ET.Element, name: str, scaling: Bound) -> None:
    one = ET.SubElement(suite, "testcase", classname=name, name="scaling", time="0.0")
    kind = SCALING.get(scaling.status)
    if kind:
        ET.SubElement(one, kind, message=_text(scaling.line), type=scaling.status.value)
    else:
        ET.SubElement(one, "system-out").text = _text(scaling.line)


def _case(suite: ET.Element, name: str, case: CaseReport) -> None:
    title = _text(f"{case.case} {case.title}".strip())
    one = ET.SubElement(suite, "testcase", classname=name, name=title, time=f"{case.duration or 0.0:.1f}")
    rounds = [f"{one.case} {one.verdict}: {'; '.join(one.reasons)}" for one in case.repetitions]
    reasons = _text("\n".join((*case.reasons, *(f"note: {line}" for line in case.notes), *rounds)))
    if kind := _kind(case):
        ET.SubElement(one, kind, message=_text("; ".join(case.reasons)), type=_text(case.verdict)).text = reasons
    else:
        ET.SubElement(one, "system-out").text = reasons


def _kind(case: CaseReport) -> str:
    return "" if case.verdict == "PASS" else CASES.get(case.verdict, "error")


def _stamp(began: str) -> str:
    return began.removesuffix(" UTC").replace(" ", "T")


def _text(words: str) -> str:
    return FORBIDDEN.sub("�", words)
