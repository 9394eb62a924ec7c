"""Plain values of searches for capacity: tries with their figures, and what they come to."""

from dataclasses import replace
from typing import Any

from lab.judge.capacity import Capacity, Machine
from lab.judge.rate_search import Interval
from lab.judge.tries import Cores, Figures, Try, TryOutcome


def figures(**changes: Any) -> Figures:
    good = Figures(
        reached=24_000,
        matches=28_800,
        p99=14.2,
        error_rate=0.0,
        dropped=0,
        cores=Cores(k6=0.41, shards={"a": 0.62, "b": 0.6, "c": 0.61}, gateway=0.43),
        host_busy=0.72,
        short_generator=False,
        throttled=(),
    )
    return replace(good, **changes)


def held(rate: int, **changes: Any) -> Try:
    return Try(
        name=f"try-01-{rate}",
        rate=rate,
        outcome=TryOutcome.HELD,
        reason="p99 14.2 ms, 0 % errors",
        figures=figures(**changes),
    )


def failed(rate: int, **changes: Any) -> Try:
    return Try(
        name=f"try-02-{rate}",
        rate=rate,
        outcome=TryOutcome.FAILED,
        reason="p99 812 ms",
        figures=figures(p99=812.0, **changes),
    )


def capacity(*tries: Try, **changes: Any) -> Capacity:
    """What these tries come to: between the highest rate that held and the lowest that didn't."""
    rates = {outcome: [one.rate for one in tries if one.outcome is outcome] for outcome in TryOutcome}
    low, high = max(rates[TryOutcome.HELD], default=None), min(rates[TryOutcome.FAILED], default=None)
    found = Capacity(
        run="r3",
        topology="multi",
        shards=3,
        profile="full",
        runtime="k3d",
        interval=Interval(rate=low or high or 0, low=low, high=high) if tries else None,
        tries=tries,
        machine=Machine(nodes=4, cores=2),
        basis={"settings": "s", "profile": "full", "runtime": "k3d", "engine": "e", "machine": "4 nodes, 2 cores"},
    )
    return replace(found, **changes)
