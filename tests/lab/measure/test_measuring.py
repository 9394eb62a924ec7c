import math
from dataclasses import replace
from typing import Any

import pytest

from lab.core.windows import Outage
from lab.measure.counters import Series
from lab.measure.measurements import CaseMeasurements, ShardMeasurements
from lab.measure.measuring import Recording, measure
from lab.measure.samples import Order, Samples
from tests.lab.made import START, case, generator, suite

POD = "me-shard-a-596b44db5-xdrl4"
LABELS = {"shard": "a", "pod": POD, "job": "matching-engine", "instance": "10.42.1.3:9091"}
RATE = 17


def rising(per_second: float, *, every: int = 5, until: int = 320, **labels: str) -> Series:
    points = tuple((START + second * 1000, (second + 30) * per_second) for second in range(-30, until, every))
    return Series(labels={**LABELS, **labels}, points=points)


def flat(value: float, **labels: str) -> Series:
    return Series(labels={**LABELS, **labels}, points=tuple((at, value) for at, _ in rising(0).points))


def extract(**changes: Any) -> dict[str, tuple[Series, ...]]:
    """An engine that takes 17 orders a second, 95 % of them within 1 ms, the others within 5 ms."""
    cadvisor = {"pod": POD, "container": "matching-engine", "id": "/kubepods/x"}
    containers = {
        "cpu": rising(0.25),
        "cpu_periods": rising(10),
        "cpu_throttled_periods": rising(1),
        "memory": flat(5e7),
    }
    return {
        "match_duration": (rising(RATE * 0.95, le="0.001"), rising(RATE, le="0.005"), rising(RATE, le="+Inf")),
        "matches": (rising(20),),
        "orders": (rising(RATE, side="buy"), rising(0, side="sell")),
        "depth": (flat(900, side="ask"), flat(0, side="bid")),
        **{name: (replace(one, labels=cadvisor),) for name, one in containers.items()},
        "k6_requests": (flat(1),),
        **changes,
    }


def orders(seconds: float = 300, latency: float = 2.0) -> tuple[Order, ...]:
    return tuple(
        Order(due=START + n * 1000 / RATE, service=latency, accepted=True) for n in range(round(seconds * RATE))
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


def single(some: tuple[Order, ...] | None = None, **changes: Any) -> CaseMeasurements:
    return measure(case(), suite().topology, recording(some, **changes))


def shard(**changes: Any) -> ShardMeasurements:
    (only,) = single(**changes).shards
    return only


def test_the_clients_figures_are_of_the_judged_window_only() -> None:
    slow_start = tuple(replace(one, service=900.0 if one.due < START + 30_000 else 2.0) for one in orders())

    measured = single(slow_start)

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
    """The script and so the engine go on after the load."""
    (engine,) = measure(case(), suite().topology, recording(orders(315))).shards

    assert engine.latency["whole"].orders == pytest.approx(270 * RATE)
    assert engine.latency["whole"].p50 == pytest.approx(0.5 / 0.95)  # halfway into the bucket up to 1 ms
    assert engine.latency["whole"].p99 == pytest.approx(1 + 4 * (0.99 - 0.95) / 0.05)
    assert engine.matches_per_minute == pytest.approx((1200,) * 5)
    assert engine.orders_per_minute == pytest.approx((1020,) * 5)
    assert engine.orders == pytest.approx(RATE * 315)  # up to the last scrape there is
    assert (engine.first_asks, engine.least_asks) == (900, 900)
    assert (engine.scrapers, engine.restarts, engine.longest_gap) == (1, 0, 5.0)


def test_what_an_engine_finishes_after_the_loads_last_order_counts_at_its_end() -> None:
    """It took all that its script sent, and some of it is matched only when no order comes any more."""
    engine = shard()

    assert engine.latency["whole"].orders == pytest.approx(270 * RATE + 15 * RATE)


def test_an_engines_p99_beyond_its_buckets_is_judged_as_endless() -> None:
    slow = (rising(RATE * 0.5, le="0.1"), rising(RATE, le="+Inf"))

    found = single(match_duration=slow)

    assert (found.engine_p99, found.is_beyond_buckets, found.p99) == (100.0, True, math.inf)


def test_orders_that_were_accepted_but_never_matched_are_not_finished() -> None:
    """The contract's answer comes before matching: a matcher that hangs for the last 25 s shows nowhere else."""
    hung = [
        replace(one, points=tuple((at, min(value, 305.0 * RATE)) for at, value in one.points))
        for one in extract()["match_duration"]
    ]

    engine = shard(match_duration=tuple(hung))

    assert engine.orders == pytest.approx(315 * RATE)
    assert engine.finished == pytest.approx(275 * RATE)
    assert shard().finished == shard().orders


def test_the_containers_figures_are_found_by_the_pods_name() -> None:
    engine = shard()

    assert (engine.throttled, engine.cores, engine.memory) == pytest.approx((0.1, 0.25, 5e7))


DOWN = replace(flat(1), points=tuple((at, float(at < START)) for at, _ in flat(1).points))


@pytest.mark.parametrize(
    ("changes", "scrapers", "restarts"),
    [
        ({}, 1, 0),
        ({"matches": (rising(20), rising(20, job="kubernetes-pods"))}, 2, 0),
        ({"matches": (rising(20), rising(20, pod="me-shard-a-596b44db5-zzzzz", instance="10.42.1.9:9091"))}, 1, 1),
        ({"matches": (rising(20, shard="b"),)}, 0, 0),
        # an own engine may show its fills only from the first one on: it was scraped if it answered during the load
        ({"matches": (), "up": (flat(1),)}, 1, 0),
        ({"matches": (), "up": (flat(1), flat(1, job="kubernetes-pods"))}, 2, 0),
        ({"matches": (), "up": (flat(0),)}, 0, 0),
        ({"matches": (), "up": (DOWN,)}, 0, 0),
    ],
    ids=["one job", "a second job", "a second pod", "another shard's", "no fill yet", "no fill, a second job", "no answer", "no answer since the load began"],
)  # fmt: skip
def test_who_scrapes_an_engine_and_its_restarts_are_counted(
    changes: dict[str, Any], scrapers: int, restarts: int
) -> None:
    found = shard(**changes)

    assert (found.scrapers, found.restarts) == (scrapers, restarts)


def test_another_pods_cpu_is_not_taken() -> None:
    assert shard(cpu=(Series(labels={"pod": "me-shard-a-b-596b44db5-xdrl4"}, points=rising(9).points),)).cores is None


def test_without_prometheus_every_engine_figure_is_missing_and_none_looks_good() -> None:
    found = measure(case(), suite().topology, replace(recording(), extract={}))
    (engine,) = found.shards

    assert (engine.scrapers, engine.throttled, engine.least_asks) == (0, None, None)
    assert engine.latency["whole"].p99 == math.inf
    assert found.p99 == math.inf


def test_without_orders_the_load_is_counted_from_k6s_start() -> None:
    measured = single(())

    assert measured.load.start == START - 5000
    assert measured.client["whole"].p99 == math.inf
    assert measured.error_rate == 1.0


def test_an_outage_gives_the_rise() -> None:
    outage = Outage(began=START + 60_000, in_force=START + 62_000, ending=START + 182_000, over=START + 190_000)
    slow = tuple(
        replace(one, service=4.0 if outage.in_force <= one.due < outage.ending else 2.0) for one in orders(270)
    )

    measured = measure(case("a4"), suite().topology, recording(slow, outage))

    assert measured.rise is not None
    assert measured.rise.ratio.value == 2.0
    assert measured.rise.difference.value == 2.0
    assert {name: figures.p99 for name, figures in measured.client.items()} == {
        "whole": 4.0, "before": 2.0, "during": 4.0, "outage": 4.0, "after": 2.0,
    }  # fmt: skip


def test_what_spoils_the_evidence_but_not_the_figures_is_a_warning() -> None:
    spoilt = replace(recording(), generator=generator(late_writes=2, series=0))
    found = measure(case(), suite().topology, spoilt)

    assert [line.split(":")[0] for line in found.warnings] == [
        "k6 wrote to Prometheus late 2 times",
        "no k6 series with this testid is in Prometheus",
    ]


HASH = "596b44db5"


def of_shard(shard: str, *series: Series) -> tuple[Series, ...]:
    pod = f"me-shard-{shard}-{HASH}-xdrl4"
    return tuple(
        replace(one, labels={**one.labels, "shard": shard, "pod": pod, "instance": f"{shard}:9091"}) for one in series
    )


def of_gateway(series: Series, **labels: str) -> Series:
    pod = {"pod": f"edge-gateway-{HASH}-q2w3e", "job": "matching-engine", "instance": "gw:9091"}
    return replace(series, labels={**pod, **labels})


def three(loaded: str = "abc", **changes: Any) -> dict[str, tuple[Series, ...]]:
    """Three engines, of which those that are not loaded count nothing, behind a gateway."""
    parts: dict[str, tuple[Series, ...]] = {"k6_requests": (flat(1),)}
    for shard in "abc":
        rate = 28 if shard in loaded else 0
        own = {
            "match_duration": (rising(rate, le="0.001"), rising(rate, le="+Inf")),
            "matches": (rising(1.2 * rate),),
            "orders": (rising(rate, side="buy"),),
            "depth": (flat(900 if rate else 0, side="ask"),),
        }
        for name, series in own.items():
            parts[name] = (*parts.get(name, ()), *of_shard(shard, *series))
    for_a = [of_gateway(rising(84), le=le, shard="a") for le in ("0.005", "+Inf")]
    return {
        **parts,
        "gateway_duration": (*for_a, of_gateway(rising(0), le="+Inf", shard="b")),
        "gateway_requests": (of_gateway(rising(84), shard="a", status="2xx"), of_gateway(rising(0), status="5xx")),
        "gateway_errors": (of_gateway(rising(0), reason="timeout"),),
        "cpu": (
            of_gateway(rising(0.5), container="edge-gateway"),
            Series(labels={"pod": f"me-shard-b-{HASH}-xdrl4"}, points=rising(0.9).points),
        ),
        **changes,
    }


def tagged(shards: str, seconds: float = 300, rate: float = 84) -> tuple[Order, ...]:
    """Each shard in its turn; b's orders take twice as long as a's, c's three times."""
    return tuple(
        Order(
            due=START + n * 1000 / rate,
            service=2.0 * (1 + "abc".index(shards[n % len(shards)])),
            accepted=True,
            shard=shards[n % len(shards)],
        )
        for n in range(round(seconds * rate))
    )


def multi(name: str = "b2", some: tuple[Order, ...] | None = None, loaded: str = "abc", **changes: Any) -> Any:
    record = recording(tagged(loaded) if some is None else some)
    return measure(case(name), suite(name).topology, replace(record, extract=three(loaded, **changes)))


def test_each_shards_latency_at_the_client_is_known_by_its_tag() -> None:
    measured = multi()

    assert [shard.client.latency["whole"].p99 for shard in measured.shards] == [2.0, 4.0, 6.0]
    assert [shard.client.latency["whole"].orders for shard in measured.shards] == [270 * 28] * 3
    assert measured.shards[1].client.p99_by_minute == (4.0,) * 5
    assert measured.client["whole"].orders == 270 * 84


def test_a_script_that_tags_nothing_leaves_the_shards_to_their_engines() -> None:
    measured = multi(some=orders(315))

    assert [shard.client for shard in measured.shards] == [None] * 3
    assert measured.shards[0].latency["whole"].orders == pytest.approx(270 * 28)


def scraped_late(by: int) -> Series:
    """28 orders a second from the load's start on, scraped so many seconds later than those of other shards."""
    seconds = [second + by for second in range(-30, 320, 5)]
    points = tuple((START + second * 1000, max(0.0, second * 28.0)) for second in seconds)
    return Series(labels={**LABELS, "side": "buy"}, points=points)


def test_all_shards_are_counted_up_to_the_same_instant() -> None:
    """A script that goes on after its case would look as if someone else traded, between two shards' last scrapes."""
    late = {"a": 0, "b": 3, "c": 4}

    measured = multi(
        some=tagged("abc", 600),
        orders=tuple(one for shard, by in late.items() for one in of_shard(shard, scraped_late(by))),
    )

    assert measured.sent == pytest.approx(315 * 84, abs=1)
    assert [shard.orders for shard in measured.shards] == pytest.approx([315 * 28] * 3)


def test_a_load_that_is_over_is_counted_whole_whichever_shard_was_scraped_first() -> None:
    """Of 15 s one shard's last scrape may come four seconds before another's: a straight line would lose a twentieth."""
    late = {"a": 0, "b": 2, "c": 4}

    def until_the_end(series: Series) -> Series:
        points = tuple((at, min(value, 298 * 28.0)) for at, value in series.points if at < START + 305_000)
        return replace(series, points=points)

    measured = multi(
        some=tagged("abc", 298),
        orders=tuple(until_the_end(one) for shard, by in late.items() for one in of_shard(shard, scraped_late(by))),
    )

    assert measured.sent == 298 * 84
    assert [shard.orders for shard in measured.shards] == pytest.approx([298 * 28] * 3)


def test_fills_are_those_of_all_shards_by_the_minute() -> None:
    measured = multi()

    assert measured.matches_per_minute == pytest.approx((3 * 1.2 * 28 * 60,) * 5)
    assert measured.throughput == pytest.approx(3 * 1.2 * 28 * 60)


def test_a_shard_without_load_decides_nothing() -> None:
    measured = multi("b1", tagged("a", 180, 17), loaded="a")

    assert [shard.shard for shard in measured.loaded] == ["a"]
    assert measured.shards[1].client is None
    assert measured.engine_p99 == pytest.approx(1.0, abs=0.02)  # b and c have observed nothing: infinite


def test_the_gateways_figures_are_its_own() -> None:
    measured = multi()
    gateway = measured.gateway

    assert (gateway.scrapers, gateway.restarts, gateway.longest_gap) == (1, 0, 5.0)
    assert gateway.answers == pytest.approx({"2xx": 315 * 84, "5xx": 0})  # up to the last scrape there is
    assert gateway.latency["whole"].orders == pytest.approx(270 * 84)
    assert gateway.cores == pytest.approx(0.5)
    assert [shard.cores for shard in measured.shards] == [None, pytest.approx(0.9), None]


def test_what_the_gateway_could_not_route_is_told() -> None:
    measured = multi(gateway_errors=(of_gateway(rising(2), reason="timeout"),))

    assert measured.warnings == ("the gateway could not route 630 requests: 630 timeout",)


def test_each_of_the_gateways_answers_is_counted() -> None:
    """A straight line between the scrapes around the load's end would lose those of its last seconds."""
    at_the_end = START + 300_000
    points = tuple((START - 2000 + n * 5000, 25_201.0 * (START - 2000 + n * 5000 > at_the_end)) for n in range(64))
    answers = of_gateway(Series(labels={}, points=points), shard="a", status="2xx")

    gateway = multi(gateway_requests=(answers,)).gateway

    assert gateway is not None
    assert gateway.answers == {"2xx": 25_201}


def test_a_single_shard_has_no_gateway() -> None:
    assert single().gateway is None


def test_a_pod_that_was_replaced_before_the_load_is_no_restart() -> None:
    """A clean book is a new pod; the old one's last scrapes are in the extract."""
    gone = Series(labels={**LABELS, "pod": f"me-shard-a-{HASH}-00000"}, points=((START - 20_000, 7.0),))

    measured = single(matches=(rising(20), gone), orders=(rising(RATE, side="buy"), gone))

    assert measured.shards[0].restarts == 0
    assert measured.sent == 5100  # not those up to the old pod's last scrape


def test_a_counter_that_appears_with_its_first_order_misses_none() -> None:
    since = Series(
        labels={**LABELS, "side": "buy"},
        points=tuple((at, value - 30 * RATE) for at, value in rising(RATE).points if at > START),
    )

    assert shard(orders=(since,), up=(flat(1),)).orders == pytest.approx(315 * RATE)


def test_a_ramp_has_a_window_a_stage_and_its_rate_is_that_of_all_stages() -> None:
    measured = multi("b3", tagged("abc", 600, 55.5))

    assert list(measured.windows) == ["whole", "stage 1", "stage 2", "stage 3", "stage 4"]
    assert measured.windows["stage 1"].seconds == 105
    assert measured.rate_asked == measured.rate_reached == 3330
    assert (measured.peak, measured.peak_rate) == ("stage 4", 5040)


def test_a_ramp_that_never_holds_a_rate_peaks_in_its_last_stage() -> None:
    ramp = case("b3").settings
    rising_only = ramp.model_copy(update={"stages": ramp.stages[1:3], "duration": 240})
    record = replace(recording(tagged("abc", 240)), extract=three())

    measured = measure(replace(case("b3"), settings=rising_only), suite("b3").topology, record)

    assert (measured.peak, measured.peak_rate) == ("stage 2", (2520 + 5040) / 2)


def test_the_poorest_minute_is_held_against_what_it_was_to_have() -> None:
    gap = tuple(one for one in orders() if not 60_000 <= one.sent - START < 75_000)

    assert single().least_rate == pytest.approx(1.0, abs=0.01)
    assert single(gap).least_rate == pytest.approx(0.75, abs=0.01)


def test_a_ramps_minutes_are_to_have_what_its_lines_say() -> None:
    """At an even rate its first minutes have too many, and its last too few."""
    even = multi("b3", tagged("abc", 600, 55.5))

    assert even.rate_reached == even.rate_asked
    assert even.least_rate == pytest.approx(3330 / 5040, abs=0.01)


def test_of_a_load_that_was_ended_early_only_its_own_time_can_lack_metrics() -> None:
    """The engine was gone at 40 s and k6 was ended at 60 s: metrics are missing for 20 s, not for the 240 s after."""
    gone = tuple(rising(rate, until=45, side=side) for rate, side in ((RATE, "buy"), (0, "sell")))
    dead: dict[str, Any] = {
        "orders": gone,
        "matches": (rising(20, until=45),),
        "match_duration": (rising(RATE, until=45, le="+Inf"),),
    }
    whole = recording(orders(60), **dead)

    def gap(one: Recording) -> float:
        (only,) = measure(case(), suite().topology, one).shards
        return only.longest_gap

    assert gap(whole) == 260
    assert gap(replace(whole, ended_early="the engine ends after each start")) == pytest.approx(20, abs=0.2)
