import socket

import pytest

from lab.core.errors import ToolError
from lab.core.windows import load_window
from lab.measure.counters import Series
from lab.measure.extract import as_json, fetch, selectors
from lab.measure.metrics import Selector
from lab.measure.prometheus import DEADLINE, Prometheus
from tests.lab.served import served

UP = {"__name__": "up", "pod": "me-shard-a-1-2"}


def answer(result_type: str, *result: object) -> tuple[int, object]:
    return 200, {"status": "success", "data": {"resultType": result_type, "result": list(result)}}


VECTOR = answer("vector", {"metric": UP, "value": [1000.5, "1"]})
MATRIX = answer("matrix", {"metric": UP, "values": [[1000, "1"], [1005, "+Inf"]]})


def test_a_vector_is_one_point_a_series_in_milliseconds() -> None:
    with served({"/api/v1/query": VECTOR}) as server:
        found = Prometheus(server.url).query("up", instant=1_000_500)

    assert found == (Series(labels=UP, points=((1_000_500, 1.0),)),)
    assert server.asked[0][1] == {"query": "up", "time": "1000.500"}


def test_a_selector_with_a_range_gives_its_raw_points() -> None:
    with served({"/api/v1/query": MATRIX}) as server:
        (found,) = Prometheus(server.url).query("up[1m]")

    assert found.points == ((1_000_000, 1.0), (1_005_000, float("inf")))


def test_targets_are_as_prometheus_has_them() -> None:
    with served(
        {"/api/v1/targets": (200, {"status": "success", "data": {"activeTargets": [{"health": "up"}]}})}
    ) as server:
        assert Prometheus(server.url).targets() == ({"health": "up"},)


def test_who_is_in_a_hurry_waits_no_longer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:  # it takes a connection, and never answers
        patient = Prometheus(f"http://127.0.0.1:{mute.getsockname()[1]}")

        with pytest.raises(ToolError, match=r"read timeout=0\.1"):
            patient.within(0.1).query("up")

    assert patient.deadline == DEADLINE


OF_A = Selector(name="up", labels={"pod": "me-shard-a-1-2"})


def test_the_points_of_a_selector_are_those_between_two_instants() -> None:
    with served({"/api/v1/query": MATRIX}) as server:
        (found,) = Prometheus(server.url).points(OF_A, since=990_500, until=1_010_500)

    assert found == Series(labels=UP, points=((1_000_000, 1.0), (1_005_000, float("inf"))))
    assert server.asked[0][1] == {"query": 'up{pod="me-shard-a-1-2"}[20s]', "time": "1010.500"}


def test_the_latest_of_a_selector_are_those_of_now() -> None:
    with served({"/api/v1/query": VECTOR}) as server:
        (found,) = Prometheus(server.url).latest(OF_A)

    assert found.points == ((1_000_500, 1.0),)
    assert server.asked[0][1] == {"query": 'up{pod="me-shard-a-1-2"}'}


@pytest.mark.parametrize(
    ("series", "instants"),
    [([], ()), ([{"metric": UP, "value": [1010, "1001.25"]}], (1_001_250.0,))],
    ids=["there is none", "one series"],
)
def test_when_each_series_was_scraped_last_is_told_in_ms(series: list[object], instants: tuple[float, ...]) -> None:
    """Not when its value was asked for."""
    with served({"/api/v1/query": answer("vector", *series)}) as server:
        assert Prometheus(server.url).scraped(OF_A) == instants

    assert server.asked[0][1] == {"query": 'timestamp(up{pod="me-shard-a-1-2"})'}


def test_its_clock_is_told_in_ms() -> None:
    with served({"/api/v1/query": answer("vector", {"metric": {}, "value": [1000.5, "1000.25"]})}) as server:
        assert Prometheus(server.url).now() == 1_000_250.0

    assert server.asked[0][1] == {"query": "vector(time())"}


def test_a_clock_that_it_does_not_tell_is_none() -> None:
    with served({"/api/v1/query": answer("vector")}) as server:
        assert Prometheus(server.url).now() is None


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"/api/v1/query": (400, {"status": "error", "error": "parse error"})}, "refuses 'up': parse error"),
        ({"/api/v1/query": (502, "<html>")}, "does not answer"),
    ],
)
def test_fails_in_prometheus_own_words(answers: dict[str, tuple[int, object]], said: str) -> None:
    with served(answers) as server, pytest.raises(ToolError, match=said):
        Prometheus(server.url).query("up")


def test_fails_with_the_cause_and_the_next_command_when_nothing_listens() -> None:
    with pytest.raises(ToolError, match=r"prometheus at http://127.0.0.1:1 does not answer: .*refused.*run './invokew"):
        Prometheus("http://127.0.0.1:1").query("up")


def test_an_extract_has_the_raw_points_around_the_load() -> None:
    with served({"/api/v1/query": MATRIX}) as server:
        extract = fetch(Prometheus(server.url), load_window(1_000_000, 300), "r1-a2")

    asked = [parameters for _, parameters, *_ in server.asked]
    assert {"query": "me_matches_total[345s]", "time": "1315.000"} in asked
    assert {"query": 'k6_http_reqs_total{testid="r1-a2"}[345s]', "time": "1315.000"} in asked
    assert set(extract) == set(selectors("r1-a2"))
    assert as_json(extract, "r1-a2")["matches"]["selector"] == "me_matches_total"
    assert as_json(extract, "r1-a2")["k6_requests"]["selector"] == 'k6_http_reqs_total{testid="r1-a2"}'
