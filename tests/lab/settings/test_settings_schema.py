"""The schema by which editors check experiment.yaml and the files laid over it."""

import json
from pathlib import Path
from typing import Any

import pytest

from lab.core.errors import UsageError
from lab.settings import settings_schema


def parts() -> list[dict[str, Any]]:
    whole = json.loads(settings_schema.text())
    return [whole, *whole["$defs"].values()]


def test_the_checked_in_schema_is_what_the_models_yield() -> None:
    settings_schema.require_current()


def test_a_file_that_is_laid_over_may_leave_out_anything() -> None:
    assert not any("required" in part for part in parts())


def test_an_unknown_key_is_wrong_in_an_editor_too() -> None:
    assert all(part["additionalProperties"] is False for part in parts() if part.get("type") == "object")


def test_keys_are_named_as_the_file_has_them() -> None:
    fault = next(part for part in parts() if part.get("title") == "FaultSettings")

    assert fault["properties"].keys() == {"after", "for"}


def test_a_schema_that_is_old_or_missing_says_how_to_write_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings_schema, "FILE", tmp_path / "experiment.schema.json")

    with pytest.raises(
        UsageError,
        match=r"experiment.schema.json does not match lab/settings/settings.py; run './invokew schema'",
    ):
        settings_schema.require_current()

    settings_schema.write()
    settings_schema.require_current()
