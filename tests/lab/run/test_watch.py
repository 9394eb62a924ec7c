import math
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self

import pytest

from lab.core.errors import ToolError
from lab.measure.counters import Series
from lab.measure.metrics import Metrics, Selector
from lab.measure.prometheus import Prometheus
from lab.run import watch
from lab.run.watch import Seen, Watch
from tests.lab.runtimes import Silent
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


def series(*points: tuple[float, float], **labels: str) -> Series:
    return Series(labels=labels, points=points)


class Told(Silent):
    """Metrics with these figures, and what they were asked for; they answer nothing when they are `silent`."""

    def __init__(self, *, p99: Sequence[Series] = (), matches: Sequence[Series] = ()) -> None:
        self.p99 = p99
        self.matches = matches
        self.silent = False
        self.patience: float | None = None
        self.asked: list[tuple[str, float | None]] = []

    def within(self, deadline: float) -> Self:
        self.patience = deadline
        return self

    def points(self, wanted: Selector, *, since: float, until: float) -> tuple[Series, ...]:
        return self._answer(wanted, self.matches, until - since)

    def latest(self, wanted: Selector) -> tuple[Series, ...]:
        return self._answer(wanted, self.p99, None)

    def _answer(self, wanted: Selector, found: Sequence[Series], span: float | None) -> tuple[Series, ...]:
        self.asked.append((str(wanted), span))
        if self.silent:
            raise ToolError("prometheus does not answer")
        return tuple(found)


@contextmanager
def watched(count: tuple[int, Any], metrics: Metrics) -> Iterator[tuple[Served, Watch]]:
    with (
        served({"/v1/metrics": count}) as server,
        Watch(metrics, apis=[server.url.removeprefix("http://")], testid="r1-a2") as one,
    ):
        yield server, one


def good() -> Told:
    """A p99 of 2.5 ms, and 150 fills a minute."""
    return Told(p99=[series((0, 0.0025))], matches=[series((0, 10), (20_000, 60))])


def until(one: Watch, **known: Any) -> Seen:
    """What is seen as soon as it has these values; what there is after 3 s."""
    end = time.monotonic() + 3
    while time.monotonic() < end and any(getattr(one.seen, name) != value for name, value in known.items()):
        time.sleep(0.01)
    return one.seen


def test_a_load_is_counted_from_its_first_iteration_on() -> None:
    """What a script seeds by untagged requests of its own is neither orders nor errors."""
    with watched(counted(5000, iterations=0, failed=40), good()) as (server, one):
        time.sleep(0.1)
        assert one.seen == Seen()

        server.answers["/v1/metrics"] = counted(5000, failed=40)
        until(one, p99=2.5)
        server.answers["/v1/metrics"] = counted(5010, failed=45)
        seen = until(one, errors=5)

    assert (seen.errors, seen.error_share, seen.p99, seen.matches) == (5, 0.5, 2.5, 150)
    assert seen.rate is not None
    assert seen.rate > 0


def test_the_rate_is_that_of_the_last_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "RECENT", 0.3)

    rates: list[float | None] = []

    with watched(counted(10), good()) as (server, one):
        until(one, rate=0.0)
        server.answers["/v1/metrics"] = counted(1000)
        end = time.monotonic() + 3
        while time.monotonic() < end and not (any(rates) and rates[-1] == 0.0):
            rates.append(one.seen.rate)
            time.sleep(0.005)

    assert any(rates)
    assert rates[-1] == 0.0


def test_metrics_that_fall_silent_leave_their_last_figures_with_their_age() -> None:
    metrics = good()

    with watched(counted(10), metrics) as (_, one):
        until(one, p99=2.5)
        metrics.silent = True
        time.sleep(0.4)
        seen = one.seen

    assert (seen.p99, seen.matches) == (2.5, 150)
    assert seen.age > 0.3


def figures(metrics: Told) -> tuple[float | None, float | None]:
    """The p99 and the fills a minute that are seen once the metrics were asked."""
    with watched(counted(10), metrics) as (_, one):
        end = time.monotonic() + 3
        while time.monotonic() < end and len(metrics.asked) < 3:  # both of a first round, and one of the next
            time.sleep(0.01)
        return one.seen.p99, one.seen.matches


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_figure_that_is_none_is_not_known(value: float) -> None:
    metrics = Told(p99=[series((0, value))], matches=[series((0, 10), (20_000, value))])

    assert figures(metrics) == (None, None)


def test_figures_of_which_there_is_nothing_are_not_known() -> None:
    """Without a Prometheus k6 writes none of its own anywhere; and one scrape is no rate."""
    assert figures(Told(matches=[series((0, 10)), series()])) == (None, None)


def test_the_p99_is_the_highest_of_the_load_s_own() -> None:
    """Neither that of what a script's setup and teardown send, nor that of what seeds a book."""
    own = [series((0, p99 / 1000), name=name, group=group) for p99, name, group in (
        (2.5, "POST /orders", ""), (4.5, "", ""), (900, "POST /orders", "::setup"), (800, "POST /seed/a", ""),
    )]  # fmt: skip

    assert figures(Told(p99=own))[0] == 4.5


def test_a_p99_that_is_none_hides_no_other() -> None:
    assert figures(Told(p99=[series((0, math.nan)), series((0, 0.0025)), series((0, math.nan))]))[0] == 2.5


def test_the_fills_are_those_of_all_engines_by_what_was_scraped_of_each() -> None:
    """Over the time between its first and its last scrape, which are never 20 s apart for all."""
    engines = [series((0, 0), (5_000, 10), (15_000, 30)), series((2_000, 100), (12_000, 100)), series((9_000, 5))]

    assert figures(Told(matches=engines))[1] == 60 * 2


def test_metrics_are_asked_once_a_round_and_not_before_the_load() -> None:
    metrics = good()

    with watched(counted(10, iterations=0), metrics) as (server, one):
        time.sleep(0.2)
        assert not metrics.asked

        server.answers["/v1/metrics"] = counted(10)
        until(one, p99=2.5)
        time.sleep(0.35)

    assert len(metrics.asked) <= 2 * 6
    assert set(metrics.asked) == {
        ("me_matches_total", 20_000.0),
        ('k6_http_req_duration_p99{testid="r1-a2"}', None),
    }
    assert metrics.patience == watch.ANSWER


@contextmanager
def beside_a_mute_prometheus() -> Iterator[tuple[Served, Watch]]:
    """It takes each question and never answers."""
    with served({"/v1/metrics": counted(10)}) as server, socket.create_server(("127.0.0.1", 0)) as mute:
        prometheus = Prometheus(f"http://127.0.0.1:{mute.getsockname()[1]}")
        with Watch(prometheus, apis=[server.url.removeprefix("http://")], testid="x") as one:
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
