"""The JSON Schema of `report.json`, for those who read it by a program."""

import json

from lab.core.paths import ROOT
from lab.present.document import Report

FILE = ROOT / "docs" / "report.schema.json"


def text() -> str:
    """The schema as the checked-in file has it."""
    schema = Report.model_json_schema(mode="serialization")
    schema["title"] = "The report of a run"
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"


def write() -> None:
    """Write the schema file."""
    FILE.write_text(text(), encoding="utf-8")
