"""What the engine's tests share: orders, and a real engine process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine.orders import Order, OrderType, Side
from tests.workloads.conftest import HANG, WorkloadProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def alone(folder: Path) -> dict[str, str]:
    """The environment of an engine with a small log in the folder, and no broker to reach."""
    return {"WAL_PATH": str(folder), "WAL_SIZE_MB": "1", "KAFKA_BOOTSTRAP": "127.0.0.1:1"}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkloadProcess]:
    """An engine shared by a module's tests."""
    folder = tmp_path_factory.mktemp("engine")
    engine = WorkloadProcess("engine", folder, **alone(folder))
    engine.wait_until_it_listens()
    yield engine
    engine.process.kill()
    engine.process.wait(HANG)


@pytest.fixture
def start_engine(start: Callable[..., WorkloadProcess], tmp_path: Path) -> Callable[..., WorkloadProcess]:
    """Start engines of the test's own."""
    return lambda **environment: start("engine", **{**alone(tmp_path), **environment})


@pytest.fixture
def make_order() -> Callable[..., Order]:
    """Make orders of which a test names only what it is about."""

    def make(
        order_id: str = "1", side: str = "BUY", price: int = 100, quantity: int = 1, order_type: str = "LIMIT"
    ) -> Order:
        return Order(order_id, "TEST-ASSET-A", Side(side), OrderType(order_type), price, quantity, timestamp=0)

    return make
