"""The JSON Schema of `report.json`, for those who read it by a program."""

import json

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import FloatSchema

from lab.core.paths import ROOT
from lab.present.document import Report

FILE = ROOT / "docs" / "report.schema.json"
INFINITE = "Infinity"
"""How the models write an infinite number, which JSON has not."""


class _Schema(GenerateJsonSchema):
    """Pydantic's, which knows nothing of infinite numbers."""

    def float_schema(self, schema: FloatSchema) -> JsonSchemaValue:
        """A number, or infinite."""
        return {"anyOf": [super().float_schema(schema), {"const": INFINITE}]}


def text() -> str:
    """The schema as the checked-in file has it."""
    schema = Report.model_json_schema(mode="serialization", schema_generator=_Schema)
    schema["title"] = "The report of a run"
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"


def write() -> None:
    """Write the schema file."""
    FILE.write_text(text(), encoding="utf-8")
