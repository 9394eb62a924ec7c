"""A run that broke off says how far it came."""

import json
import shutil
from pathlib import Path

import pytest

from lab.core.errors import UsageError
from lab.core.paths import ROOT
from lab.store import interrupted_run

EXAMPLE = ROOT / "docs" / "examples" / "run"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """The example, as if it had broken off."""
    folder = shutil.copytree(EXAMPLE, tmp_path / "20261128T200000Z-asr1-single")
    (folder / "evidence.json").unlink()
    return folder


def add_case(run: Path, case: str) -> None:
    path = run / "settings.json"
    told = json.loads(path.read_text())
    path.write_text(json.dumps(told | {"cases": [*told["cases"], case]}))


def test_it_has_the_figures_of_the_cases_that_ended_and_the_names_of_those_that_are_left(run: Path) -> None:
    add_case(run, "a4")
    add_case(run, "a3-100")
    (run / "a4").mkdir()

    found = interrupted_run.read(run, begun="a3-100")

    assert (list(found.ended), found.left) == (["a2"], ["a3-100", "a4"])
    assert found.begun == {"a3-100", "a4"}
    assert found.state is not None
    assert (found.suite.id, found.suite.profile, found.suite.runtime) == ("asr1", "smoke", "process")
    assert found.suite.seed == json.loads((run / "settings.json").read_text())["seed"]


def test_one_that_has_ended_is_not_gone_on_with(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has ended"):
        interrupted_run.read(EXAMPLE)


def test_one_whose_settings_are_lost_is_not_gone_on_with(run: Path) -> None:
    (run / "settings.json").unlink()

    with pytest.raises(UsageError, match=r"can't be gone on with: settings\.json is missing"):
        interrupted_run.read(run)
