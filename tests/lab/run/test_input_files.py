from pathlib import Path

import pytest

from lab.core.errors import LabError
from lab.run.input_files import files
from lab.settings import loading
from lab.settings.settings import Settings


def test_an_edited_script_changes_the_hash_of_its_file(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "files", lambda _environment: [])
    (tmp_path / "lib").mkdir()
    (tmp_path / "node_modules").mkdir()
    for name in ("a2.js", "lib/load.js", "node_modules/other.js", "notes.md"):
        (tmp_path / name).write_text("1", encoding="utf-8")
    own = settings.loadtests.model_copy(update={"folder": str(tmp_path), "scripts": {"a2": "a2.js"}})
    chosen = settings.model_copy(update={"loadtests": own})

    before = files(chosen)
    (tmp_path / "lib" / "load.js").write_text("2", encoding="utf-8")
    after = files(chosen)

    assert list(before) == [f"file {tmp_path}/a2.js", f"file {tmp_path}/lib/load.js"]
    assert [name for name in before if before[name] != after[name]] == [f"file {tmp_path}/lib/load.js"]


def test_fails_when_a_settings_file_is_gone(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(LabError, match="a file of the settings or the load can't be read"):
        files(settings, {"LAB_SETTINGS": str(tmp_path / "gone.yaml")})
