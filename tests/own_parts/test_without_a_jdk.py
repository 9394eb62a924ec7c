"""The same engine on a machine that can't compile it."""

import shutil
from pathlib import Path

import pytest

from lab.core.errors import ToolError
from lab.tools import gradle

ENGINE = Path(__file__).parent / "engine"


def test_a_machine_without_a_jdk_is_told_so_in_gradle_s_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without = tmp_path / "engine"
    shutil.copytree(ENGINE, without, ignore=shutil.ignore_patterns("build"))
    few = tmp_path / "bin"
    few.mkdir()
    for name in ("sh", "dirname"):
        (few / name).symlink_to(shutil.which(name) or name)

    monkeypatch.setenv("PATH", str(few))
    monkeypatch.delenv("JAVA_HOME", raising=False)

    with pytest.raises(ToolError) as caught:
        gradle.bring_up_to_date(without, lambda _: None)

    assert caught.value.details == ("ERROR: JAVA_HOME is not set and no 'java' command could be found in your PATH.",)
