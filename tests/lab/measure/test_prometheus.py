import socket
from collections.abc import Callable

import pytest

from lab.core import causes
from lab.core.errors import ToolError
from lab.core.windows import load_window
from lab.measure.counters import Series
from lab.measure.extract import fetch, selectors
from lab.measure.metrics import Selector
from lab.measure.prometheus import DEADLINE, OfNamespace, Prometheus
from tests.lab.caused import by
from tests.lab.served import served

UP = {"__name__": "up", "pod": "me-shard-a-1-2"}


def answer(result_type: str, *result: object) -> tuple[int, object]:
    return 200, {"status": "success", "data": {"resultType": result_type, "result": list(result)}}


VECTOR = answer("vector", {"metric": UP, "value": [1000.5, "1"]})
MATRIX = answer("matrix", {"metric": UP, "values": [[1000, "1"], [1005, "+Inf"]]})


OF_A = Selector(name="up", labels={"pod": "me-shard-a-1-2"})
A = 'up{pod="me-shard-a-1-2"}'
POINT = Series(labels=UP, points=((1_000_500, 1.0),))
POINTS = Series(labels=UP, points=((1_000_000, 1.0), (1_005_000, float("inf"))))


@pytest.mark.parametrize(
    ("ask", "answered", "found", "asked"),
    [
        (lambda it: it.query("up", instant=1_000_500), VECTOR, (POINT,), {"query": "up", "time": "1000.500"}),
        (lambda it: it.query("up[1m]"), MATRIX, (POINTS,), {"query": "up[1m]"}),
        (lambda it: it.points(OF_A, since=990_500, until=1_010_500), MATRIX, (POINTS,), {"query": f"{A}[20s]", "time": "1010.500"}),
        (lambda it: it.latest(OF_A), VECTOR, (POINT,), {"query": A}),
        # when each series was scraped, not when its value was asked for
        (lambda it: it.scraped(OF_A), answer("vector"), (), {"query": f"timestamp({A})"}),
        (lambda it: it.scraped(OF_A), answer("vector", {"metric": UP, "value": [1010, "1001.25"]}), (1_001_250.0,), {"query": f"timestamp({A})"}),
        (lambda it: it.now(), answer("vector", {"metric": {}, "value": [1000.5, "1000.25"]}), 1_000_250.0, {"query": "vector(time())"}),
        (lambda it: it.now(), answer("vector"), None, {"query": "vector(time())"}),
    ],
    ids=["a vector", "a range", "points", "latest", "never scraped", "scraped", "now", "no clock"],
)  # fmt: skip
def test_answers_are_series_and_instants_in_milliseconds(
    ask: Callable[[Prometheus], object], answered: tuple[int, object], found: object, asked: dict[str, str]
) -> None:
    with served({"/api/v1/query": answered}) as server:
        assert ask(Prometheus(server.url)) == found

    assert server.asked[0][1] == asked


def test_targets_are_as_prometheus_has_them() -> None:
    told = {"status": "success", "data": {"activeTargets": [{"health": "up"}]}}
    with served({"/api/v1/targets": (200, told)}) as server:
        assert Prometheus(server.url).targets() == ({"health": "up"},)


def test_who_is_in_a_hurry_waits_no_longer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:  # it takes a connection, and never answers
        patient = Prometheus(f"http://127.0.0.1:{mute.getsockname()[1]}")

        with pytest.raises(ToolError, match=r"read timeout=0\.1"):
            patient.within(0.1).query("up")

    assert patient.deadline == DEADLINE


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"/api/v1/query": (400, {"status": "error", "error": "parse error"})}, "refuses 'up': parse error"),
        ({"/api/v1/query": (502, "<html>")}, "does not answer"),
        ({"/api/v1/query": (200, [1])}, r"does not answer: not its API: \[1\]"),
        ({"/api/v1/query": (401, "who are you")}, "refuses who gives no token: HTTP 401"),
    ],
)
def test_fails_in_prometheus_own_words(answers: dict[str, tuple[int, object]], said: str) -> None:
    with served(answers) as server, pytest.raises(ToolError, match=said):
        Prometheus(server.url).query("up")


def test_fails_with_the_cause_and_the_next_command_when_nothing_listens() -> None:
    with pytest.raises(
        ToolError,
        match=r"prometheus at http://127.0.0.1:1 does not answer: .*refused.*run './invokew",
        check=by(causes.MONITORING_SILENT),
    ):
        Prometheus("http://127.0.0.1:1").query("up")


def test_an_extract_has_the_raw_points_around_the_load() -> None:
    with served({"/api/v1/query": MATRIX}) as server:
        extract = fetch(Prometheus(server.url), load_window(1_000_000, 300), "r1-a2")

    asked = [parameters for _, parameters, *_ in server.asked]
    assert {"query": "me_matches_total[355s]", "time": "1325.000"} in asked
    assert {"query": 'k6_http_reqs_total{testid="r1-a2"}[355s]', "time": "1325.000"} in asked
    assert set(extract) == set(selectors("r1-a2"))
    assert str(selectors("r1-a2")["matches"]) == "me_matches_total"
    assert str(selectors("r1-a2")["k6_requests"]) == 'k6_http_reqs_total{testid="r1-a2"}'


def test_a_token_goes_with_each_question_and_is_in_no_message() -> None:
    with (
        served({"/api/v1/query": (403, {"status": "error"})}) as server,
        pytest.raises(ToolError, match="refuses the token that it is given: HTTP 403") as caught,
    ):
        Prometheus(server.url, token="s3cret").query("up")

    assert server.asked[0][3]["Authorization"] == "Bearer s3cret"
    assert "s3cret" not in str(caught.value)


def test_of_a_prometheus_that_scrapes_others_too_only_the_namespace_is_asked_for() -> None:
    with served({"/api/v1/query": VECTOR}) as server:
        found = OfNamespace(prometheus=Prometheus(server.url), namespace="team-x").within(3)
        found.latest(OF_A)
        found.scraped(Selector(name="me_matches_total"))
        found.points(OF_A, since=990_500, until=1_010_500)

    own = 'up{pod="me-shard-a-1-2",namespace="team-x"}'
    assert [parameters["query"] for _, parameters, *_ in server.asked] == [
        own,
        'timestamp(me_matches_total{namespace="team-x"})',
        f"{own}[20s]",
    ]
    assert found.prometheus.deadline == 3


def test_what_it_has_of_containers_is_not_counted_beside_what_the_lab_reads_itself() -> None:
    with served({"/api/v1/query": MATRIX}) as server:
        extract = fetch(OfNamespace(prometheus=Prometheus(server.url), namespace="x"), load_window(1_000_000, 300), "r")

    assert [part for part, series in extract.items() if not series] == [
        "cpu", "cpu_periods", "cpu_throttled_periods", "memory", "containers_beside",
    ]  # fmt: skip
    assert not [one for _, one, *_ in server.asked if "container" in one["query"]]
