import math
from dataclasses import replace
from typing import Any

import pytest

from lab.judge.tries import Try, TryOutcome, try_of
from lab.judge.verdict import judge_case
from lab.measure.latency import Latency
from lab.measure.measurements import CaseMeasurements, RunnerFigures
from lab.settings.suites import Case, capacity_case
from tests.lab.made import SETTINGS, engine, gateway, generator, latency, measured, shard

RUNNER = RunnerFigures(name="runner 1 of 1", orders=5100, late=0.4, clock=0.02, cpu_share=0.1)
CASE = capacity_case(SETTINGS, SETTINGS.topology("single"), "full", 1020)


def tried(one: CaseMeasurements, case: Case = CASE, *, host_busy: float = 0.5) -> Try:
    return try_of("try-01-1020", case, one, judge_case(case, one), host_busy=host_busy)


def figures(**changes: Any) -> CaseMeasurements:
    """Those of a try that holds, but for these."""
    return measured("a2", **changes)


def test_a_try_that_meets_its_slo_holds() -> None:
    one = tried(figures())

    assert (one.outcome, one.reason) == (TryOutcome.HELD, "p99 3 ms, 0 % errors")
    assert one.figures is not None
    assert one.figures.matches == pytest.approx(1224)
    assert one.figures.host_busy == 0.5


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"p99": 250.0}, "p99 250 ms"),
        ({"client": {"whole": latency(orders=1000, errors=20)}}, "2 % errors"),
        ({"generator": generator(dropped=17)}, "17 orders dropped"),
        ({"rate_reached": 900.0}, "900 orders/min reached"),
        ({"p99": 250.0, "generator": generator(cpu_share=0.97)}, "p99 250 ms, k6 short of CPU"),
        ({"p99": 250.0, "shards": (shard(throttled=0.3),)}, "p99 250 ms, me-shard-a throttled"),
        ({"p99": 250.0, "gateway": gateway(throttled=0.3)}, "p99 250 ms, edge-gateway throttled"),
        ({"shards": (shard(p99=300.0),)}, "p99 300 ms"),
        ({"p99": 800.0, "shards": (shard(longest_gap=20.0),)}, "p99 800 ms"),  # too busy to be scraped
        ({"shards": (shard(orders=900.0, finished=640.0),)}, "me-shard-a finished 640 of 900 orders"),
    ],
)
def test_a_rate_that_is_too_high_does_not_hold(changes: dict[str, Any], reason: str) -> None:
    """Dropped orders make a case INVALID; of a capacity they are the end."""
    one = tried(figures(**changes))

    assert one.outcome is TryOutcome.FAILED
    assert one.reason == reason


@pytest.mark.parametrize(
    "client", [latency(), replace(latency(176.0), low=150.0, high=230.0)], ids=["met", "undecided"]
)
def test_a_limit_of_cpu_that_harms_no_order_ends_nothing(client: Latency) -> None:
    """Where a search limits the engines, most of its tries are throttled."""
    one = tried(figures(client={"whole": client}, shards=(shard(throttled=0.3),)))

    assert one.outcome is TryOutcome.HELD
    assert one.figures is not None
    assert one.figures.throttled == ("me-shard-a",)


@pytest.mark.parametrize(
    "changes",
    [
        {"generator": generator(cpu_share=0.97)},
        {"shards": (shard(throttled=0.3),)},
        {"shards": (shard(orders=9000.0),)},
    ],
    ids=["k6 short of CPU", "throttled", "others trade too"],
)
def test_a_rate_that_holds_though_something_makes_it_harder_holds(changes: dict[str, Any]) -> None:
    assert tried(figures(**changes)).outcome is TryOutcome.HELD


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"gateway": gateway(latency={"whole": engine(180.0, 500.0)})}, False),
        ({"shards": (shard(p99=300.0),)}, False),
        ({"gateway": None}, False),
        ({"client": {"whole": latency(math.inf, errors=20)}}, False),
        ({"client": {"whole": latency(150.0)}}, False),
    ],
    ids=["the client alone", "the gateway too", "an engine too", "no gateway", "orders failed", "none is late"],
)
def test_orders_that_waited_before_a_gateway_which_met_the_objective_are_told_apart(
    changes: dict[str, Any], expected: bool
) -> None:
    late = {"client": {"whole": latency(300.0)}, "gateway": gateway(latency={"whole": engine(150.0, 200.0)})}
    one = tried(figures(**{**late, **changes}))

    assert one.figures is not None
    assert one.figures.waited_outside is expected
    assert ("the gateway's p99 is within 200 ms" in one.reason) is expected


SAYS_NOTHING: dict[str, dict[str, Any]] = {
    "k6 broke": {"problems": ("k6 ended with 107: the script threw an exception",)},
    "prometheus broke": {"problems": ("prometheus does not answer",), "generator": generator(dropped=5)},
    "a template changed": {"changes": ("the template of me-shard-a changed",), "p99": 250.0},
    "another shard stands": {"deviations": ("me-shard-b stands",), "p99": 250.0},
    "nobody looked": {"unknown": "the cluster does not answer", "p99": 250.0},
    "others trade and slow it": {"shards": (shard(orders=9000.0, p99=300.0),)},
    "not scraped": {"shards": (shard(scrapers=0),)},
    "not scraped, so without a p99": {"shards": (shard(scrapers=0, p99=float("inf")),)},
    "scraped twice": {"shards": (shard(scrapers=2),)},
    "restarted": {"shards": (shard(restarts=1),)},
    "restarted, so its orders are gone": {"shards": (shard(restarts=1, orders=900.0, finished=640.0),)},
    "scraped twice, so its orders count twice": {"shards": (shard(scrapers=2, orders=900.0, finished=640.0),)},
    "a gap": {"shards": (shard(longest_gap=20.0),)},
    "a runner by another clock, so that its orders look late": {
        "generator": generator(runners=(replace(RUNNER, clock=3.0, late=3000.0),)),
        "p99": 3000.0,
    },
    "k6's points break off": {"truncated": True},
    "dry book": {"shards": (shard(least_asks=0.0),)},
}


@pytest.mark.parametrize("name", SAYS_NOTHING)
def test_what_says_nothing_of_the_rate_is_not_measured(name: str) -> None:
    assert tried(figures(**SAYS_NOTHING[name])).outcome is TryOutcome.UNMEASURED


def test_whose_cpu_was_used_is_kept_by_part() -> None:
    one = tried(figures(gateway=gateway(cores=0.4), shards=(shard(cores=None),)))

    assert one.figures is not None
    assert (one.figures.cores.gateway, one.figures.cores.shards) == (0.4, {"a": None})


def test_a_bound_that_the_search_does_not_have_ends_nothing() -> None:
    slo = CASE.settings.slo.model_copy(update={"p99_ms": None})
    relaxed = replace(CASE, settings=CASE.settings.model_copy(update={"slo": slo}))

    assert tried(figures(p99=800.0), relaxed).outcome is TryOutcome.HELD
