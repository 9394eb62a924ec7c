import socket

import pytest

from lab.errors import ToolError
from lab.measure.counters import Series
from lab.measure.extract import as_json, fetch, queries
from lab.measure.prometheus import DEADLINE, Prometheus
from lab.measure.windows import load_window
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


@pytest.mark.parametrize(("after", "scraped"), [(1_000_000, True), (1_002_000, False)])
def test_a_scrape_after_an_instant_is_waited_for(after: float, scraped: bool) -> None:
    stamped = answer("vector", {"metric": UP, "value": [1010, "1001"]})

    with served({"/api/v1/query": stamped}) as server:
        assert Prometheus(server.url).wait_for_scrape("up", after=after, deadline=0.6) is scraped


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
    assert set(extract) == set(queries("r1-a2"))
    assert as_json(extract, "r1-a2")["matches"]["selector"] == "me_matches_total"
