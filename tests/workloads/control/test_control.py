from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.workloads.conftest import HANG, WorkloadProcess

if TYPE_CHECKING:
    from collections.abc import Iterator

ORDER = {"orderId": "1", "symbol": "A", "side": "BUY", "type": "LIMIT", "price": 15000, "quantity": 10}


@pytest.fixture(scope="module")
def control(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkloadProcess]:
    """A control, on a free port."""
    process = WorkloadProcess("control", tmp_path_factory.mktemp("control"))
    process.wait_until_it_listens()
    yield process
    process.process.kill()
    process.process.wait(HANG)


def test_what_has_an_orders_form_is_answered_and_never_said_to_be_accepted(control: WorkloadProcess) -> None:
    answer = control.ask("POST", "/orders", ORDER)

    assert (answer.status, answer.document) == (200, {"status": "TAKEN"})


def test_it_does_not_look_into_the_body(control: WorkloadProcess) -> None:
    assert control.ask("POST", "/orders", b"{").status == 200


def test_health_says_that_it_is_the_control(control: WorkloadProcess) -> None:
    assert control.ask("GET", "/health").document == {"status": "UP", "component": "control"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/orders", 405), ("POST", "/health", 405), ("POST", "/seed", 404), ("GET", "/metrics", 404)],
)
def test_it_takes_nothing_else(control: WorkloadProcess, method: str, path: str, status: int) -> None:
    assert control.ask(method, path).status == status


def test_a_connection_serves_one_request_after_the_other(control: WorkloadProcess) -> None:
    request = b"POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"

    assert control.exchange(request * 3).count(b"200 OK") == 3


def test_it_ends_by_a_signal(tmp_path_factory: pytest.TempPathFactory) -> None:
    process = WorkloadProcess("control", tmp_path_factory.mktemp("control"))
    process.wait_until_it_listens()

    assert process.stop() == 0
