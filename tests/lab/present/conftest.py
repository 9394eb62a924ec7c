"""A complete folder, made once for all tests of the report; who changes it takes a copy."""

import shutil
from pathlib import Path

import pytest

from tests.lab.present.made_run import MadeCase, make

OUTAGE = MadeCase(name="a4", has_outage=True, seconds=120, warmup=10)


@pytest.fixture(scope="session")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("runs"), MadeCase(), OUTAGE)


@pytest.fixture
def run(complete: Path, tmp_path: Path) -> Path:
    return shutil.copytree(complete, tmp_path / complete.name)
