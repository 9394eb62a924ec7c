"""What a Prometheus of the cluster's lacks for a measurement is named before any load."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lab.bringup import external_prometheus
from lab.bringup.external_prometheus import await_scraped, metrics, problem, require_answer
from lab.cluster.lab import Lab
from lab.core import causes
from lab.core.errors import PreflightError, ToolError, UsageError
from lab.measure.counters import Series
from lab.measure.metrics import HANDLERS, Selector
from lab.settings.layout import of_namespace
from lab.settings.settings import KubernetesSettings, PrometheusSettings
from tests.lab.caused import by
from tests.lab.runtimes import Silent
from tests.lab.served import served

NOW = 1_000_000.0
POD = "me-shard-a-1-2"


class Scraped(Silent):
    """A Prometheus that has these series of `up`."""

    def __init__(self, *series: Series) -> None:
        self.series = series

    def now(self) -> float:
        return NOW

    def points(self, wanted: Selector, *, since: float, until: float) -> tuple[Series, ...]:
        assert (wanted, until, until - since) == (HANDLERS, NOW, 60_000)
        return self.series


def scrapes(every: float, *, times: int = 12, pod: str = POD, job: str = "j", answers: float = 1.0) -> Series:
    instants = (NOW - 1000 - every * 1000 * number for number in reversed(range(times)))
    return Series(labels={"pod": pod, "job": job}, points=tuple((instant, answers) for instant in instants))


LACKS = [
    ("as the lab does", [scrapes(5)], ""),
    ("more often", [scrapes(1)], ""),
    ("some scrapes late", [scrapes(5.9)], ""),
    ("others too", [scrapes(5), scrapes(60, pod="me-shard-b-3-4")], ""),
    ("not at all", [], f"{POD} is not scraped: there is no series up with the labels namespace and pod of it"),
    ("without the pod's label", [scrapes(5, pod="")], f"{POD} is not scraped: there is no series up with"),
    ("each half a minute", [scrapes(30, times=2)], f"{POD} is scraped every 30 s; must be every 5 s"),
    ("each 15 s", [scrapes(15, times=4)], f"{POD} is scraped every 15 s; must be every 5 s"),
    ("once", [scrapes(60, times=1)], f"{POD} was scraped 1 time in the last 60 s; must be every 5 s"),
    ("not long yet", [scrapes(5, times=2)], f"{POD} was scraped 2 times in the last 60 s; must be every 5 s"),
    ("since a moment", [scrapes(5, times=3)], ""),
    ("by two jobs", [scrapes(5, job="pods"), scrapes(5, job="monitor")], f"{POD} is scraped 2 times over (jobs monitor, pods), which counts"),
    ("in vain", [scrapes(5, answers=0)], f"{POD} gives it no answer"),
]  # fmt: skip


@pytest.mark.parametrize(("series", "lacking"), [row[1:] for row in LACKS], ids=[row[0] for row in LACKS])
def test_each_pod_is_to_be_scraped_once_and_as_often_as_the_lab_does(series: list[Series], lacking: str) -> None:
    found = problem(Scraped(*series), [POD])

    assert found.startswith(lacking) if lacking else not found


def test_what_is_lacking_still_when_the_time_is_over_ends_with_a_way_out() -> None:
    told: list[str] = []
    with pytest.raises(
        ToolError,
        match=r"measures too little: me-shard-a-1-2 is scraped every 30 s; must be every 5 s .*see docs/kubernetes.md",
        check=by(causes.MONITORING_SILENT),
    ):
        await_scraped(Scraped(scrapes(30, times=2)), [POD], told.append, deadline=0, pause=0)

    assert set(told) == {f"{POD} is scraped every 30 s; must be every 5 s"}


@pytest.fixture
def of_cluster(lab: Lab) -> Callable[..., Lab]:
    """A lab in a namespace of a cluster that has a Prometheus."""

    def made(**chosen: str) -> Lab:
        prometheus = PrometheusSettings.model_validate({"url": "http://127.0.0.1:1", **chosen})
        cluster = KubernetesSettings(context="team", namespace="team-x", prometheus=prometheus)
        settings = lab.settings.model_copy(update={"kubernetes": cluster})
        return replace(lab, settings=settings, layout=of_namespace(cluster))

    return made


def test_a_lab_with_a_prometheus_of_its_own_asks_no_other(lab: Lab) -> None:
    assert metrics(lab) is None


def test_it_is_asked_at_its_address_with_the_token_of_the_file(of_cluster: Callable[..., Lab], tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret\n")
    clock = {"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}, "value": [1, "1000"]}]}}
    with served({"/prom/api/v1/query": (200, clock)}) as server:
        found = metrics(of_cluster(url=f"{server.url}/prom/", bearer_token_file=str(tmp_path / "token")))
        assert found is not None
        require_answer(found)

    assert server.asked[0][3]["Authorization"] == "Bearer s3cret"


TOKENS = [
    (None, "No such file or directory"),
    (b"", "it has 0 words"),
    (b"two words", "it has 2 words"),
    (b"\xff", "utf-8"),
]


@pytest.mark.parametrize(("content", "why"), TOKENS, ids=[why for _, why in TOKENS])
def test_a_file_without_a_token_is_refused_with_its_place(
    of_cluster: Callable[..., Lab], tmp_path: Path, content: bytes | None, why: str
) -> None:
    if content is not None:
        (tmp_path / "token").write_bytes(content)

    with pytest.raises(
        UsageError, match=f"bearer_token_file must be a file with a token and no more; .*token: .*{why}"
    ):
        metrics(of_cluster(bearer_token_file=str(tmp_path / "token")))


def test_one_that_does_not_answer_is_told_before_anything_is_made(of_cluster: Callable[..., Lab]) -> None:
    found = metrics(of_cluster())

    assert found is not None
    with pytest.raises(
        PreflightError,
        match=r"kubernetes.prometheus.url: prometheus at http://127.0.0.1:1 does not answer: .*refused",
        check=by(causes.MONITORING_SILENT),
    ):
        require_answer(found)


def test_a_prometheus_that_stops_answering_is_what_is_lacking(of_cluster: Callable[..., Lab]) -> None:
    found = external_prometheus.metrics(of_cluster())

    assert found is not None
    assert "does not answer" in problem(found, [POD])
