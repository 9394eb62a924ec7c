import re
import time
from collections.abc import Iterable, Mapping

import pytest

from lab.measure import metrics
from lab.measure.extract import SELECTORS, selectors
from lab.measure.metrics import Selector, wait_for_scrape
from lab.process import shell
from lab.process.shell import InterruptedLabError
from tests.lab.runtimes import Silent

PODS = {"pod": re.compile("(me-shard|redpanda)-.+")}


@pytest.mark.parametrize(
    ("selector", "promql"),
    [
        (Selector(name="me_matches_total"), "me_matches_total"),
        (Selector(name="up", labels={"job": "matching-engine"}), 'up{job="matching-engine"}'),
        (Selector(name="up", labels=PODS), 'up{pod=~"(me-shard|redpanda)-.+"}'),
        (
            Selector(name="up", labels={"job": "matching-engine", **PODS}),
            'up{job="matching-engine",pod=~"(me-shard|redpanda)-.+"}',
        ),
        (Selector(name=re.compile("me_(a|b)_sum")), '{__name__=~"me_(a|b)_sum"}'),
        (Selector(name=re.compile("me_.+"), labels={"shard": "a"}), '{__name__=~"me_.+",shard="a"}'),
    ],
)
def test_a_selector_is_written_as_promql_has_it(selector: Selector, promql: str) -> None:
    assert str(selector) == promql


@pytest.mark.parametrize(
    ("selector", "labels", "is_one"),
    [
        (Selector(name="up"), {"__name__": "up", "pod": "x"}, True),
        (Selector(name="up"), {"__name__": "uptime"}, False),
        (Selector(name="up"), {"pod": "up"}, False),
        (Selector(name="up", labels={"job": "x"}), {"__name__": "up", "job": "x"}, True),
        (Selector(name="up", labels={"job": "x"}), {"__name__": "up", "job": "xy"}, False),
        (Selector(name="up", labels={"job": "x"}), {"__name__": "up"}, False),
        (Selector(name="up", labels={"job": ""}), {"__name__": "up"}, True),
        (Selector(name="up", labels=PODS), {"__name__": "up", "pod": "me-shard-a-1"}, True),
        (Selector(name="up", labels=PODS), {"__name__": "up", "pod": "me-shard-"}, False),
        (Selector(name="up", labels=PODS), {"__name__": "up", "pod": "not-me-shard-a-1"}, False),
        (Selector(name="up", labels=PODS), {"__name__": "up"}, False),
        (Selector(name=re.compile("me_(a|b)_sum")), {"__name__": "me_b_sum"}, True),
        (Selector(name=re.compile("me_(a|b)_sum")), {"__name__": "me_b_sum_total"}, False),
        (Selector(name=re.compile("me_(a|b)_sum")), {"__name__": "some_b_sum"}, False),
    ],
)
def test_a_selector_takes_what_prometheus_would(selector: Selector, labels: Mapping[str, str], is_one: bool) -> None:
    """A pattern has to match the whole, and a label that is not there counts as empty."""
    assert selector.selects(labels) is is_one


def test_the_selectors_of_a_case_are_those_of_all_and_k6s_own_of_its_testid() -> None:
    texts = {name: str(selector) for name, selector in selectors("r1-a2").items()}

    assert texts.keys() == {*SELECTORS, "k6_requests", "k6_shown"}
    assert texts["matches"] == "me_matches_total"
    assert texts["k6_requests"] == 'k6_http_reqs_total{testid="r1-a2"}'
    assert texts["cpu"] == 'container_cpu_usage_seconds_total{pod=~"(me-shard|edge-gateway|redpanda)-.+"}'
    assert texts["parts"] == (
        '{__name__=~"me_(order_validation|orderbook_insertion|matching_algorithm|wal_append|event_publish)'
        '_duration_seconds_(bucket|sum|count)"}'
    )


class Scrapes(Silent):
    """Metrics whose series were scraped last at these instants (epoch ms), one answer after the other."""

    def __init__(self, *answers: Iterable[float]) -> None:
        self._answers = [tuple(one) for one in answers]
        self.asked = 0

    def scraped(self, wanted: Selector) -> tuple[float, ...]:
        del wanted
        self.asked += 1
        return self._answers[min(self.asked, len(self._answers)) - 1]


UP = Selector(name="up")


@pytest.fixture(autouse=True)
def _brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "PAUSE", 0.005)


@pytest.mark.parametrize(
    ("instants", "is_so"),
    [
        ((1_000_000.0,), True),
        ((1_001_000.0, 1_000_000.0), True),
        ((1_001_000.0, 999_999.0), False),
        ((), False),
    ],
    ids=["at the instant", "all after it", "one before it", "no series"],
)
def test_each_series_must_have_been_scraped_since_an_instant(instants: tuple[float, ...], is_so: bool) -> None:
    assert wait_for_scrape(Scrapes(instants), UP, after=1_000_000, deadline=0.05) is is_so


def test_a_scrape_that_comes_is_waited_for_and_no_longer() -> None:
    scrapes = Scrapes((), (1.0,), (1.0, 2.0), (2.0, 2.0))
    began = time.monotonic()

    assert wait_for_scrape(scrapes, UP, after=2.0, deadline=30)
    assert scrapes.asked == 4
    assert time.monotonic() - began < 10


def test_nobody_waits_on_when_the_lab_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped() -> None:
        raise InterruptedLabError("interrupted")

    monkeypatch.setattr(shell, "require_going", stopped)

    with pytest.raises(InterruptedLabError):
        wait_for_scrape(Scrapes(()), UP, after=0, deadline=30)
