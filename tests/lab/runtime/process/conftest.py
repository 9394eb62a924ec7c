"""A lab of processes in a folder of its own: nothing here touches the lab that a developer may have up."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.cluster.lab import Lab
from lab.process import ports
from lab.runtime.process import part, programs
from lab.runtime.process.runtime import ProcessRuntime
from lab.settings.settings import Settings
from tests.lab.doubles import lab_of


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where this test's programs are kept; whatever is left of them is ended."""
    own = tmp_path / "process"
    monkeypatch.setattr(part, "FOLDER", own)
    yield own
    programs.stop_all(programs.known())


@pytest.fixture
def own_lab(settings: Settings) -> Lab:
    """A lab that takes orders at a port of its own, with a control at another."""
    own = settings.ports.model_copy(update={"entry": ports.free(), "control": ports.free()})
    return lab_of(settings.model_copy(update={"ports": own}))


@pytest.fixture
def runtime(own_lab: Lab, folder: Path) -> ProcessRuntime:
    return ProcessRuntime(lab=own_lab)
