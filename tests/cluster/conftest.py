"""One lab for all of these tests: brought up once, measured once, taken down by the last of them."""

from pathlib import Path

import pytest

from lab.cluster.lab import Lab, of
from lab.settings.loading import load
from tests.claims.world import World
from tests.cluster.cluster_tools import Ended, Invokew, run_invokew, world_of

ORDER = (
    "test_image_layers",
    "test_up",
    "test_benchmarks",
    "test_control",
    "test_asr1",
    "test_engine_limit",
    "test_dashboard_queries",
    "test_replay",
    "test_pins",
    "test_runners",
    "test_lies",
    "test_isolation",
    "test_switch",
    "test_asr2",
    "test_verify",
    "test_own_parts",
    "test_messages",
    "test_failure",
    "test_kill",
    "test_interrupt",
    "test_claims",
    "test_down",
)
"""The life of a lab: files run in this order, whatever their names."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files in the order of a lab's life; all of them need a cluster."""
    here = Path(__file__).parent
    ours = [item for item in items if here in item.path.parents]
    for item in ours:
        item.add_marker("cluster")
    ours.sort(key=lambda item: ORDER.index(item.path.stem))
    places = [index for index, item in enumerate(items) if here in item.path.parents]
    for place, item in zip(places, ours, strict=True):
        items[place] = item


@pytest.fixture(scope="session")
def invokew() -> Invokew:
    """Runs a command of the lab."""
    return run_invokew


@pytest.fixture(scope="session")
def lab() -> Lab:
    """The lab, up."""
    ended = run_invokew("up", "--topology=single")
    assert ended.code == 0, ended.output
    return of(load())


@pytest.fixture(scope="session")
def asr1(lab: Lab) -> Ended:
    """A trial run of ASR 1 on the lab that is up."""
    assert lab
    return run_invokew("asr1", "--profile=smoke")


@pytest.fixture(scope="session")
def world(lab: Lab) -> World:
    """The same lab, as claims that hold on every runtime see it."""
    return world_of(lab, "k3d")
