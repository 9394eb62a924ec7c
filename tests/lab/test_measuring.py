import math
from typing import Any

import pytest

from lab.counters import Series
from lab.measurements import ShardMeasurements
from lab.measuring import Recording, measure
from lab.samples import Order, Samples
from lab.windows import Outage
from tests.lab.made import START, case, generator, suite

POD = "me-shard-a-596b44db5-xdrl4"
LABELS = {"shard": "a", "pod": POD, "job": "matching-engine", "instance": "10.42.1.3:9091"}
RATE = 17


def rising(per_second: float, *, every: int = 5, until: int = 320, **labels: str) -> Series:
    points = tuple((START + second * 1000, (second + 30) * per_second) for second in range(-30, until, every))
    return Series(labels={**LABELS, **labels}, points=points)


def flat(value: float, **labels: str) -> Series:
    return Series(
        labels={**LABELS, **labels}, points=rising(0).points and tuple((at, value) for at, _ in rising(0).points)
    )


def extract(**changes: Any) -> dict[str, tuple[Series, ...]]:
    """An engine that takes 17 orders a second, 95 % of them within 1 ms, the others within 5 ms."""
    cadvisor = {"pod": POD, "container": "matching-engine", "id": "/kubepods/x"}

    def container(series: Series) -> Series:
        return Series(labels=cadvisor, points=series.points)

    return {
        "match_duration": (
            rising(RATE * 0.95, le="0.001"),
            rising(RATE, le="0.005"),
            rising(RATE, le="+Inf"),
        ),
        "matches": (rising(20),),
        "orders": (rising(RATE, side="buy"), rising(0, side="sell")),
        "depth": (flat(900, side="ask"), flat(0, side="bid")),
        "cpu": (container(rising(0.25)),),
        "cpu_periods": (container(rising(10)),),
        "cpu_throttled_periods": (container(rising(1)),),
        "memory": (container(flat(5e7)),),
        "k6_requests": (flat(1),),
        **changes,
    }


def orders(seconds: float = 300, latency: float = 2.0) -> tuple[Order, ...]:
    return tuple(
        Order(sent=START + n * 1000 / RATE, latency=latency, accepted=True) for n in range(round(seconds * RATE))
    )


def recording(some: tuple[Order, ...] | None = None, outage: Outage | None = None, **changes: Any) -> Recording:
    sent = orders() if some is None else some
    return Recording(
        testid="r1",
        started=START - 5000,
        samples=Samples(orders=sent, dropped=0),
        extract=extract(**changes),
        generator=generator(),
        outage=outage,
        problems=(),
        fault_error=None,
    )


def shard(**changes: Any) -> ShardMeasurements:
    (only,) = measure(case(), suite().topology, recording(**changes)).shards
    return only


def test_the_clients_figures_are_of_the_judged_window_only() -> None:
    slow_start = tuple(
        Order(sent=one.sent, latency=900.0 if one.sent < START + 30_000 else 2.0, accepted=True) for one in orders()
    )

    measured = measure(case(), suite().topology, recording(slow_start))

    assert measured.client["whole"].p99 == 2.0
    assert measured.client["whole"].orders == 270 * RATE
    assert measured.rate_reached == pytest.approx(1020)
    assert (measured.sent, measured.accepted) == (5100, 5100)


def test_orders_after_the_last_scrape_are_in_no_count() -> None:
    """A script that goes on after its case would look as if its orders had gone elsewhere."""
    measured = measure(case(), suite().topology, recording(orders(600)))

    assert measured.sent == pytest.approx(315 * RATE, abs=1)


def test_a_load_that_ends_early_reaches_less() -> None:
    measured = measure(case(), suite().topology, recording(orders(180)))

    assert measured.rate_reached == pytest.approx(1020 * 180 / 300)
    assert measured.ended == pytest.approx(START + 180_000, abs=100)


def test_the_engines_figures_come_from_its_counters_at_the_windows_ends() -> None:
    engine = shard()

    assert engine.latency["whole"].orders == pytest.approx(270 * RATE)
    assert engine.latency["whole"].p50 == pytest.approx(0.5 / 0.95)  # halfway into the bucket up to 1 ms
    assert engine.latency["whole"].p99 == pytest.approx(1 + 4 * (0.99 - 0.95) / 0.05)
    assert engine.matches_per_minute == pytest.approx((1200,) * 5)
    assert engine.orders_per_minute == pytest.approx((1020,) * 5)
    assert engine.orders == pytest.approx(RATE * 315)  # up to the last scrape there is
    assert engine.least_asks == 900
    assert (engine.scrapers, engine.restarts, engine.longest_gap) == (1, 0, 5.0)


def test_the_containers_figures_are_found_by_the_pods_name() -> None:
    engine = shard()

    assert engine.throttled == pytest.approx(0.1)
    assert engine.cores == pytest.approx(0.25)
    assert engine.memory == 5e7


def test_a_second_job_that_scrapes_the_pod_is_counted() -> None:
    assert shard(matches=(rising(20), rising(20, job="kubernetes-pods"))).scrapers == 2


def test_a_second_pod_is_a_restart() -> None:
    found = shard(matches=(rising(20), rising(20, pod="me-shard-a-596b44db5-zzzzz", instance="10.42.1.9:9091")))

    assert (found.scrapers, found.restarts) == (1, 1)


def test_another_shards_series_are_not_taken() -> None:
    others = (rising(20, shard="b"),)
    stranger = (Series(labels={"pod": "me-shard-a-b-596b44db5-xdrl4"}, points=rising(9).points),)

    found = shard(matches=others, cpu=stranger)

    assert (found.scrapers, found.cores) == (0, None)


def test_without_prometheus_every_engine_figure_is_missing_and_none_looks_good() -> None:
    nothing = recording()
    found = measure(case(), suite().topology, Recording(**{**vars(nothing), "extract": {}}))
    (engine,) = found.shards

    assert (engine.scrapers, engine.throttled, engine.least_asks) == (0, None, None)
    assert engine.latency["whole"].p99 == math.inf
    assert found.p99 == math.inf


def test_without_orders_the_load_is_counted_from_k6s_start() -> None:
    measured = measure(case(), suite().topology, recording(()))

    assert measured.load.start == START - 5000
    assert measured.client["whole"].p99 == math.inf
    assert measured.error_rate == 1.0


def test_an_outage_gives_the_rise() -> None:
    outage = Outage(began=START + 60_000, in_force=START + 62_000, ending=START + 182_000, over=START + 190_000)
    slow = tuple(
        Order(sent=one.sent, latency=4.0 if outage.in_force <= one.sent < outage.ending else 2.0, accepted=True)
        for one in orders(270)
    )

    measured = measure(case("a4"), suite().topology, recording(slow, outage))

    assert measured.rise is not None
    assert (measured.rise.ratio, measured.rise.low, measured.rise.high) == (2.0, 2.0, 2.0)
    assert {name: figures.p99 for name, figures in measured.client.items()} == {
        "whole": 4.0, "before": 2.0, "during": 4.0, "after": 2.0,
    }  # fmt: skip


def test_what_spoils_the_evidence_but_not_the_figures_is_a_warning() -> None:
    spoilt = recording(k6_requests=())
    samples = Samples(orders=orders(), dropped=0, truncated=True)
    found = measure(
        case(),
        suite().topology,
        Recording(**{**vars(spoilt), "samples": samples, "generator": generator(late_writes=2, series=0)}),
    )

    assert [line.split(":")[0] for line in found.warnings] == [
        "k6's file of points breaks off",
        "k6 wrote to Prometheus late 2 times",
        "no k6 series with this testid is in Prometheus",
    ]
