"""A lab of the committed settings, whose tools and cluster are doubles; and nothing of this checkout's own lab."""

from pathlib import Path

import pytest

from lab.bringup import pins
from lab.cluster.lab import Lab
from lab.diagnose import bundle
from lab.process import ledger
from lab.run import consumption, k6_process
from lab.runtime.process import part
from lab.settings.loading import committed
from lab.settings.settings import Settings
from tests.lab.doubles import FakeKube, lab_of


@pytest.fixture(scope="session")
def settings() -> Settings:
    return committed()


@pytest.fixture
def kube() -> FakeKube:
    return FakeKube()


@pytest.fixture
def lab(settings: Settings, kube: FakeKube) -> Lab:
    return lab_of(settings, kube)


@pytest.fixture(scope="session")
def _elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture(autouse=True)
def _leave_the_lab_of_this_checkout_alone(_elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that a test runs may end what an earlier one left behind: a run that is going on is not that."""
    monkeypatch.setattr(k6_process, "LEDGER", _elsewhere / "processes")
    monkeypatch.setattr(ledger, "COMMANDS", _elsewhere / "commands")
    monkeypatch.setattr(bundle, "FAILURES", _elsewhere / "failures")
    monkeypatch.setattr(part, "FOLDER", _elsewhere / "process")
    monkeypatch.setattr(pins, "FILE", _elsewhere / "experiment.pins.json")


@pytest.fixture(autouse=True)
def _expect_no_late_records(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a double's."""
    monkeypatch.setattr(consumption, "STILL", 0.0)
