"""A lab of the committed settings, whose tools and cluster are doubles."""

import pytest

from lab.experiment.loading import committed
from lab.experiment.settings import Settings
from lab.lab import Lab
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
