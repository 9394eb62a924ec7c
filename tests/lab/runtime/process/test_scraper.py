"""The lab's own scraper: it answers what a Prometheus would be asked, by raw points."""

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.measure.metrics import Metrics, Selector, wait_for_answers, wait_for_scrape
from lab.process.ledger import identity
from lab.runtime.process import scraper as scraper_
from lab.runtime.process.part import Part
from lab.runtime.process.programs import Child
from lab.runtime.process.scraper import Scraper, read
from tests.lab.served import Served, served
from tests.lab.waiting import wait_until

TEXT = """\
# HELP me_matches_total Fills
# TYPE me_matches_total counter
me_matches_total{shard="a"} 7.0
# TYPE me_match_duration_seconds histogram
me_match_duration_seconds_bucket{le="0.001",shard="a"} 3.0
me_match_duration_seconds_bucket{le="+Inf",shard="a"} 4.0
me_match_duration_seconds_count{shard="a"} 4.0
me_match_duration_seconds_sum{shard="a"} 0.5
"""
MATCHES = Selector(name="me_matches_total")
UP = Selector(name="up")


def child(port: int, name: str = "me-shard-a") -> Child:
    made = Part(name=name, argv=("x",), env={}, cwd="/", source="s", digest="d", shard="a", http=1, metrics=port)
    return Child(part=made, identity=identity())


@pytest.fixture
def exposed() -> Iterator[Served]:
    with served({"/metrics": (200, TEXT)}) as server:
        yield server


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scraper_, "SCRAPE_SECONDS", 0.1)


def port_of(server: Served) -> int:
    return int(server.url.rpartition(":")[2])


def test_it_is_the_metrics_that_the_measuring_asks() -> None:
    metrics: Metrics = Scraper(lambda: ())

    assert metrics.within(1.0) is metrics
    assert metrics.now() == pytest.approx(time.time() * 1000, abs=5_000)
    assert metrics.latest(UP) == ()


def test_a_scrape_has_every_sample_with_where_it_is_from(exposed: Served) -> None:
    one = child(port_of(exposed))

    found = {dict(labels)["__name__"]: (dict(labels), value) for labels, value in read(one)}

    labels, value = found["me_matches_total"]
    assert value == 7.0
    assert labels == {
        "__name__": "me_matches_total",
        "instance": f"127.0.0.1:{port_of(exposed)}",
        "job": "matching-engine",
        "pod": one.pod,
        "shard": "a",
    }
    assert found["up"][1] == 1.0
    assert {"me_match_duration_seconds_bucket", "me_match_duration_seconds_sum"} <= found.keys()


@pytest.mark.parametrize("answer", [(500, "broken"), (200, "this is { no exposition")])
def test_a_program_that_gives_no_metrics_is_down(answer: tuple[int, Any]) -> None:
    with served({"/metrics": answer}) as server:
        found = {dict(labels)["__name__"]: value for labels, value in read(child(port_of(server)))}

    assert found["up"] == 0.0
    assert not [name for name in found if name.startswith("me_")]


def test_points_are_raw_and_cut_by_the_instants_that_are_asked_for(exposed: Served) -> None:
    one = child(port_of(exposed))

    with Scraper(lambda: (one,)) as metrics:
        wait_until(lambda: any(len(series.points) >= 3 for series in metrics.points(MATCHES, since=0, until=9e15)))
        (series,) = metrics.points(MATCHES, since=0, until=9e15)
        second = series.points[1][0]
        (cut,) = metrics.points(MATCHES, since=second, until=second)

    assert {value for _, value in series.points} == {7.0}
    assert [instant for instant, _ in cut.points] == [second]
    assert sorted(instant for instant, _ in series.points) == [instant for instant, _ in series.points]


def test_a_selector_takes_names_and_labels_by_pattern(exposed: Served) -> None:
    one = child(port_of(exposed))
    wanted = Selector(
        name=re.compile("me_match_duration_seconds_(sum|count)"), labels={"pod": re.compile("me-shard-.+")}
    )

    with Scraper(lambda: (one,)) as metrics:
        wait_until(lambda: len(metrics.latest(wanted)) == 2)
        assert metrics.latest(Selector(name="me_matches_total", labels={"shard": "b"})) == ()


def test_a_program_that_is_gone_has_no_latest_points_but_keeps_those_it_had(exposed: Served) -> None:
    running = [child(port_of(exposed))]

    with Scraper(lambda: tuple(running)) as metrics:
        wait_until(lambda: metrics.latest(MATCHES))
        running.clear()
        wait_until(lambda: not metrics.latest(MATCHES))
        assert metrics.points(MATCHES, since=0, until=9e15)


def test_a_program_that_falls_silent_is_down_and_has_no_latest_counts(exposed: Served) -> None:
    one = child(port_of(exposed))

    with Scraper(lambda: (one,)) as metrics:
        wait_until(lambda: metrics.latest(MATCHES))
        exposed.answers["/metrics"] = (503, "")
        wait_until(lambda: not metrics.latest(MATCHES))
        assert [series.points[-1][1] for series in metrics.latest(UP)] == [0.0]


def test_a_scrape_after_an_instant_is_waited_for(exposed: Served) -> None:
    one = child(port_of(exposed))

    with Scraper(lambda: (one,)) as metrics:
        now = time.time() * 1000
        assert wait_for_scrape(metrics, MATCHES, after=now, deadline=10)
        assert min(metrics.scraped(MATCHES)) >= now
        assert not wait_for_scrape(metrics, Selector(name="nothing"), after=now, deadline=0.2)


def test_an_answer_to_a_scrape_is_waited_for_and_not_a_scrape_that_failed(exposed: Served) -> None:
    one = child(port_of(exposed))

    with Scraper(lambda: (one,)) as metrics:
        good, exposed.answers["/metrics"] = exposed.answers["/metrics"], (503, "")
        wait_until(lambda: [series.points[-1][1] for series in metrics.latest(UP)] == [0.0])
        assert not wait_for_answers(metrics, after=0, deadline=0.5)
        exposed.answers["/metrics"] = good
        assert wait_for_answers(metrics, after=0, deadline=10)


def test_use_is_of_the_program_and_all_that_it_started(tmp_path: Path) -> None:
    """Of this very process there are children only if it has some; a leader's own use is none of its program's."""
    made = Part(name="broker", argv=("x",), env={}, cwd="/", source="s", digest="d")

    found = dict(read(Child(part=made, identity=identity(os.getpid()))))

    assert {dict(labels)["__name__"] for labels in found} <= {
        "container_cpu_usage_seconds_total",
        "container_memory_working_set_bytes",
    }
