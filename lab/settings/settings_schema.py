"""The JSON Schema of the settings, by which editors complete and check experiment.yaml."""

import json

from lab.core.errors import UsageError
from lab.core.paths import ROOT
from lab.settings.settings import Settings

FILE = ROOT / "experiment.schema.json"


def text() -> str:
    """The schema as the checked-in file has it.

    Nothing is required in it: a file that is laid over experiment.yaml names only what it changes.
    """
    schema = Settings.model_json_schema(by_alias=True)
    for part in (schema, *schema["$defs"].values()):
        part.pop("required", None)
    schema["title"] = "The experiment's settings"
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"


def write() -> None:
    """Write the schema file."""
    FILE.write_text(text(), encoding="utf-8")


def require_current() -> None:
    """The checked-in file must be what the models yield.

    Raises:
        UsageError: It isn't.
    """
    if not FILE.exists() or FILE.read_text(encoding="utf-8") != text():
        raise UsageError(f"{FILE.name} does not match lab/settings/settings.py; run './invokew schema'")
