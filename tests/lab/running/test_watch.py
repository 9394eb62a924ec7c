import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from lab.measure.prometheus import Prometheus
from lab.running import watch
from lab.running.watch import Seen, Watch
from tests.lab.served import Served, served


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "LOOK", 0.02)
    monkeypatch.setattr(watch, "ROUND", 0.1)
    monkeypatch.setattr(watch, "ANSWER", 0.3)


def counted(requests: int, *, iterations: int = 1, failed: int = 0) -> tuple[int, Any]:
    samples = {
        "http_reqs": {"count": requests},
        "iterations": {"count": iterations},
        "http_req_failed": {"rate": failed / max(requests, 1)},
        "http_req_duration": {"avg": 1.0},
    }
    return 200, {"data": [{"id": name, "attributes": {"sample": sample}} for name, sample in samples.items()]}


def vector(value: str) -> tuple[int, Any]:
    return 200, {"status": "success", "data": {"result": [{"metric": {}, "value": [1, value]}]}}


@contextmanager
def watched(count: tuple[int, Any], answer: tuple[int, Any]) -> Iterator[tuple[Served, Watch]]:
    with served({"/v1/metrics": count, "/api/v1/query": answer}) as server:
        api = server.url.removeprefix("http://")
        with Watch(Prometheus(server.url), api=api, testid="r1-a2") as one:
            yield server, one


def until(one: Watch, **known: Any) -> Seen:
    """What is seen as soon as it has these values; what there is after 3 s."""
    end = time.monotonic() + 3
    while time.monotonic() < end and any(getattr(one.seen, name) != value for name, value in known.items()):
        time.sleep(0.01)
    return one.seen


def test_a_load_is_counted_from_its_first_iteration_on() -> None:
    """What a script seeds by untagged requests of its own is neither orders nor errors."""
    with watched(counted(5000, iterations=0, failed=40), vector("2.5")) as (server, one):
        time.sleep(0.1)
        assert one.seen == Seen()

        server.answers["/v1/metrics"] = counted(5000, failed=40)
        until(one, p99=2.5)
        server.answers["/v1/metrics"] = counted(5010, failed=45)
        seen = until(one, errors=5)

    assert (seen.errors, seen.error_share, seen.p99, seen.matches) == (5, 0.5, 2.5, 2.5)
    assert seen.rate is not None
    assert seen.rate > 0


def test_the_rate_is_that_of_the_last_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "RECENT", 0.3)

    rates: list[float | None] = []

    with watched(counted(10), vector("1")) as (server, one):
        until(one, rate=0.0)
        server.answers["/v1/metrics"] = counted(1000)
        end = time.monotonic() + 3
        while time.monotonic() < end and not (any(rates) and rates[-1] == 0.0):
            rates.append(one.seen.rate)
            time.sleep(0.005)

    assert any(rates)
    assert rates[-1] == 0.0


def test_a_prometheus_that_falls_silent_leaves_its_last_figures_with_their_age() -> None:
    with watched(counted(10), vector("2.5")) as (server, one):
        until(one, p99=2.5)
        server.answers["/api/v1/query"] = (503, "")
        time.sleep(0.4)
        seen = one.seen

    assert (seen.p99, seen.matches) == (2.5, 2.5)
    assert seen.age > 0.3


@pytest.mark.parametrize("value", ["NaN", "+Inf"])
def test_a_figure_that_is_none_is_not_known(value: str) -> None:
    with watched(counted(10), vector(value)) as (_, one):
        time.sleep(0.3)
        assert (one.seen.p99, one.seen.matches) == (None, None)


def test_prometheus_is_asked_once_a_round_and_not_before_the_load() -> None:
    with watched(counted(10, iterations=0), vector("1")) as (server, one):
        time.sleep(0.2)
        assert not [path for path, *_ in server.asked if path == "/api/v1/query"]

        server.answers["/v1/metrics"] = counted(10)
        until(one, p99=1.0)
        time.sleep(0.35)

    asked = [parameters["query"] for path, parameters, *_ in server.asked if path == "/api/v1/query"]
    assert len(asked) <= 2 * 6
    assert any('testid="r1-a2"' in query for query in asked)


@contextmanager
def beside_a_mute_prometheus() -> Iterator[tuple[Served, Watch]]:
    """It takes each question and never answers."""
    with served({"/v1/metrics": counted(10)}) as server, socket.create_server(("127.0.0.1", 0)) as mute:
        prometheus = Prometheus(f"http://127.0.0.1:{mute.getsockname()[1]}")
        with Watch(prometheus, api=server.url.removeprefix("http://"), testid="x") as one:
            time.sleep(0.2)  # by now it was asked
            yield server, one


def test_the_end_of_a_load_does_not_wait_for_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "ANSWER", 3.0)
    monkeypatch.setattr(watch, "LINGER", 0.1)

    with beside_a_mute_prometheus():
        began = time.monotonic()

    assert time.monotonic() - began < 1.5


def test_k6_is_counted_on_while_prometheus_does_not_answer() -> None:
    with beside_a_mute_prometheus() as (server, one):
        server.answers["/v1/metrics"] = counted(20, failed=4)

        seen = until(one, errors=4)

    assert (seen.errors, seen.p99, seen.matches) == (4, None, None)
