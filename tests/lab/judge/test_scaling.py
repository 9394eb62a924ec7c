from dataclasses import replace
from typing import Any

import pytest

from lab.judge.bound import Status
from lab.judge.capacity import Capacity
from lab.judge.rate_search import Interval
from lab.judge.scaling import scaled
from lab.settings.suites import Suite, plan
from tests.lab.made import SETTINGS
from tests.lab.searches import capacity, failed, held

ASR2 = plan(SETTINGS, "asr2", "full")
COMMAND = "./invokew capacity --topology=multi --against=single --repeat=2 --engine-cpu=60m"
LIMITED: dict[str, Any] = {"host_busy": 0.3, "throttled": ("me-shard-a",)}


def search(topology: str, rate: int, *, limited: dict[str, Any] | None = None, **changes: Any) -> Capacity:
    """A search that found a rate to 6 %, limited by the engines."""
    tries = (held(rate), failed(rate + 10, **(LIMITED if limited is None else limited)))
    found = Interval(rate=rate, low=round(rate * 0.97), high=round(rate * 1.03))
    shards = len(SETTINGS.topology(topology).shards)
    return capacity(
        *tries, **{"interval": found, "topology": topology, "shards": shards, "run": f"{topology}-{rate}", **changes}
    )


def searches(*rates: int, **changes: Any) -> list[Capacity]:
    """Two or more searches of three shards, and as many of one that found 10,000."""
    return [search("multi", rate, **changes) for rate in rates] + [
        search("single", 10_000 + number, **changes) for number, _ in enumerate(rates)
    ]


@pytest.mark.parametrize(
    ("rates", "status"),
    [
        ((29_900, 29_950, 30_000, 30_050), Status.MET),
        ((20_000, 20_100), Status.MISSED),
        ((27_000, 27_100), Status.UNDECIDED),
        ((30_000,), Status.UNDECIDED),
    ],
)
def test_the_whole_interval_of_repeated_searches_decides(rates: tuple[int, ...], status: Status) -> None:
    found = scaled(ASR2, "e", searches(*rates))

    assert found is not None
    assert found.status is status
    assert "times the capacity with 3 shards for 1 (95 % interval " in found.line
    again = f"search again: {COMMAND.removesuffix(' --engine-cpu=60m')}"
    assert found.advice == (again if status is Status.UNDECIDED else "")


def test_one_search_of_each_meets_nothing() -> None:
    """However far it lies above."""
    found = scaled(ASR2, "e", searches(60_000))

    assert found is not None
    assert found.status is not Status.MET


def said(found: list[Capacity], suite: Suite = ASR2, engine: str = "e") -> str:
    bound = scaled(suite, engine, found)
    assert bound is not None
    assert bound.status is Status.UNMEASURED
    return bound.line


def test_without_searches_it_is_not_judged_and_the_way_to_them_is_told() -> None:
    assert said([]) == f"scaling: NOT JUDGED ({COMMAND})"


@pytest.mark.parametrize(
    ("limited", "who"),
    [
        ({"host_busy": 0.97}, "the host"),
        ({"host_busy": 0.3, "short_generator": True}, "k6"),
        ({"host_busy": 0.3, "throttled": ("edge-gateway",)}, "the gateway"),
    ],
)
def test_where_something_else_than_the_engines_was_the_limit_it_is_not_judged(
    limited: dict[str, Any], who: str
) -> None:
    line = said(searches(20_000, 20_100, limited=limited))

    assert line.startswith(
        f"scaling: NOT JUDGED ({who}, not the engines, was the limit of multi in the search multi-20000"
    )


@pytest.mark.parametrize(
    ("limited", "engine_cpu"),
    [
        ({"host_busy": 0.97}, "40m"),
        ({"host_busy": 0.8, "waited_outside": True, "throttled": ("me-shard-a",)}, "40m"),
        ({"host_busy": 0.3, "throttled": ("edge-gateway",)}, "60m"),
    ],
    ids=["the host", "k6 or its way", "the gateway"],
)
def test_after_a_search_that_the_machine_ended_one_with_less_for_each_engine_is_advised(
    limited: dict[str, Any], engine_cpu: str
) -> None:
    line = said(searches(20_000, 20_100, limited=limited, engine_cpu="60m"))

    assert line.endswith(f"--engine-cpu={engine_cpu})")


@pytest.mark.parametrize(
    "changes",
    [
        {"basis": {"engine": "another"}},
        {"runtime": "process"},
        {"profile": "smoke"},
        {"broke_off": "the search was interrupted"},
    ],
    ids=["engine", "runtime", "profile", "broke off"],
)
def test_searches_of_something_else_say_nothing(changes: dict[str, Any]) -> None:
    assert said(searches(20_000, 20_100, **changes)) == f"scaling: NOT JUDGED ({COMMAND})"


def test_searches_of_one_topology_alone_say_nothing() -> None:
    assert "there is no search of single" in said([search("multi", 20_000)])


def test_more_than_so_many_shards_can_give_is_an_alarm() -> None:
    assert "ALARM: more than 3/1 times" in said(searches(60_000, 60_100, 60_200))


def test_an_alarm_of_newer_searches_is_not_passed_over_for_older_ones() -> None:
    others = {"engine": "e", "engine_cpu": "50m"}

    found = said([*searches(60_000, 60_100, 60_200), *searches(45_000, 45_100, basis=others)])

    assert "ALARM: more than 3/1 times" in found


def test_searches_with_different_settings_are_never_mixed() -> None:
    others = {"engine": "e", "engine_cpu": "50m"}
    mixed = [*searches(20_000, 20_100), *searches(45_000, 45_100, basis=others, limited={"host_busy": 0.97})]

    found = scaled(ASR2, "e", mixed)

    assert found is not None
    assert found.status is Status.MISSED
    assert scaled(ASR2, "e", mixed[::-1]) == replace(found)


def test_a_suite_that_asks_for_none_has_none() -> None:
    assert scaled(plan(SETTINGS, "asr1", "full"), "e", []) is None
    assert scaled(plan(SETTINGS, "asr2", "full", ("b1",)), "e", []) is None


def test_without_a_cluster_no_limit_of_cpu_is_offered() -> None:
    line = said([], replace(ASR2, runtime="process", profile="smoke"))

    assert line.endswith("(./invokew capacity --topology=multi --against=single --repeat=2 --profile=smoke)")
