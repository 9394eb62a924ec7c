"""The manifests under test, each synthesized once; all of a process's tests share one Node."""

from collections.abc import Callable
from typing import Any

import pytest

from lab.settings.layout import Layout, of_own_cluster
from lab.settings.loading import committed
from lab.settings.settings import Settings
from lab.settings.topology import Topology
from lab.tools.node import use_node

use_node()  # jsii starts Node as soon as it is imported

import cdk8s  # noqa: E402

from matching_engine.experiment import ExperimentChart  # noqa: E402


@pytest.fixture(scope="session")
def settings() -> Settings:
    return committed()


@pytest.fixture(scope="session")
def synthesize(settings: Settings) -> Callable[..., list[dict[str, Any]]]:
    """Makes the objects of a topology, in the order of the file; for a cluster of the lab's own if no layout is given."""
    own = of_own_cluster(settings)

    def objects(topology: Topology, layout: Layout = own) -> list[dict[str, Any]]:
        chart = ExperimentChart(cdk8s.Testing.app(), topology.name, settings=settings, topology=topology, layout=layout)
        return list(cdk8s.Testing.synth(chart))

    return objects


@pytest.fixture(scope="session")
def single(settings: Settings, synthesize: Callable[..., list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return synthesize(settings.topology("single"))


@pytest.fixture(scope="session")
def multi(settings: Settings, synthesize: Callable[..., list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return synthesize(settings.topology("multi"))


@pytest.fixture(scope="session", params=["single", "multi"])
def manifests(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    """Each topology in turn."""
    return list(request.getfixturevalue(request.param))
