from typing import Any

import pytest

from lab.judge.capacity_limits import Limit, limits, limits_of
from lab.judge.rate_search import Interval
from lab.judge.tries import Cores
from tests.lab.searches import capacity, failed, held


def test_the_host_is_named_with_what_shares_it_and_who_used_it() -> None:
    said = limits(capacity(held(24_000), failed(25_200, host_busy=0.97)))

    assert said == (
        "4 nodes, k6 and all pods share 2 cores, busy 97 % at 25,200 orders/min, where it ends "
        "(k6 0.41, engines 1.83, the busiest 0.62, gateway 0.43 cores): the host, not the design, is the limit"
    )


@pytest.mark.parametrize(
    ("changes", "end"),
    [
        ({"host_busy": 0.88}, "no part used a whole core and the host had CPU to spare: what limits the rate is unknown"),
        ({"host_busy": 0.5, "cores": Cores(k6=0.4, shards={"a": 0.2, "b": 0.9}, gateway=None)}, "the host had CPU to spare: an engine used a whole core and is the limit"),
        ({"host_busy": 0.5, "cores": Cores(k6=0.4, shards={"a": 0.2}, gateway=0.85)}, "the host had CPU to spare: the gateway used a whole core and is the limit"),
        ({"host_busy": 0.5, "throttled": ("me-shard-b",)}, "the CPU limit of me-shard-b was reached"),
        ({"waited_outside": True}, "orders waited in k6 or on their way to the gateway, which met the objective with its engines, so the figure is a lower bound"),
        ({"short_generator": True}, "k6 was short of CPU, so the figure is a lower bound"),
        ({"short_generator": True, "host_busy": 0.99}, "k6 was short of CPU, so the figure is a lower bound, the host, not the design, is the limit"),
    ],
)  # fmt: skip
def test_what_ended_the_search_is_named(changes: dict[str, Any], end: str) -> None:
    assert limits(capacity(held(24_000), failed(25_200, **changes))).endswith(f"cores): {end}")


def test_the_tries_of_a_rate_are_taken_together() -> None:
    """Those within the interval: one that failed far above it says nothing of where the capacity ends."""
    tries = [
        *(failed(rate, host_busy=busy) for rate, busy in ((25_000, 0.2), (25_100, 0.95), (25_200, 0.96))),
        failed(48_000),
    ]
    found = capacity(held(24_000), *tries, interval=Interval(rate=25_000, low=24_000, high=26_000))

    assert "busy 95 % at 25,000 to 25,200 orders/min, where it ends" in limits(found)


@pytest.mark.parametrize(
    ("changes", "reached"),
    [
        ({"host_busy": 0.95}, (Limit.HOST,)),
        ({"host_busy": 0.3, "throttled": ("me-shard-a", "me-shard-b")}, (Limit.ENGINES,)),
        ({"host_busy": 0.3, "throttled": ("edge-gateway", "me-shard-b")}, (Limit.GATEWAY, Limit.ENGINES)),
        ({"host_busy": 0.95, "short_generator": True}, (Limit.GENERATOR, Limit.HOST)),
        ({"host_busy": 0.8, "waited_outside": True, "throttled": ("me-shard-a",)}, (Limit.WAY, Limit.ENGINES)),
        ({"host_busy": 0.8, "waited_outside": True, "throttled": ("edge-gateway",)}, (Limit.GATEWAY,)),
        ({"host_busy": 0.3}, ()),
    ],
)
def test_what_a_capacity_is_the_capacity_of_is_known(changes: dict[str, Any], reached: tuple[Limit, ...]) -> None:
    assert limits_of(capacity(held(24_000), failed(25_200, **changes))) == reached


def test_a_search_that_found_no_end_says_so() -> None:
    said = limits(capacity(held(240_000, host_busy=0.5)))

    assert "busy 50 % at 240,000 orders/min, where it ends" in said
    assert said.endswith("even capacity.most held; raise it to find more")


def test_without_figures_of_cpu_by_pod_k6s_alone_are_told() -> None:
    unknown = Cores(k6=0.4, shards={"a": None}, gateway=None)

    assert "(k6 0.4 cores)" in limits(capacity(failed(1020, cores=unknown)))


def test_nothing_measured_is_no_limit() -> None:
    assert limits(capacity()) == "no measurement shows what the limit is"
