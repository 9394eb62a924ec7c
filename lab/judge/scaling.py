"""Whether a topology scales: by searches for its capacity and that of fewer shards, limited by the engines; pure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from lab.core.figures import TIMES, interval, ratio
from lab.core.quantity import exactly
from lab.judge.bound import Bound, Kind, Status
from lab.judge.capacity import Capacity
from lab.judge.capacity_limits import Limit, limits_of
from lab.judge.speedup import of_searches
from lab.settings.suites import Suite

NAME = "scaling"
ELSEWHERE = (Limit.GENERATOR, Limit.WAY, Limit.HOST, Limit.GATEWAY, Limit.RANGE)
"""Limits of a capacity that say nothing of how engines scale."""
ENGINE_CPU = "60m"
"""What searches are advised to give each engine: under half of it one shard did not carry 5,040 orders a minute on the
stand, under it three end before its two cores do (docs/capacity.md)."""
REPEATED = 2
"""Searches of each topology without which nothing is met."""


def scaled(suite: Suite, engine: str, searches: Sequence[Capacity]) -> Bound | None:
    """What searches of the very engines that a suite ran with say of its scaling; None if it asks for none.

    Of several settings with which was searched, the newest tells that can be judged, or whose figure no honest searches
    give.

    Args:
        suite: What was asked; its topology has more shards than the one that it is compared with.
        engine: The engines' images, by names that are bound to their content.
        searches: All there are, the newest first.
    """
    if suite.scaling is None:
        return None
    own = [one for one in searches if _is_of(one, suite, engine)]
    found = [_judged(suite, alike) for alike in _alike(own)]
    telling = [one for one in found if one.figure is not None]
    return next(iter((*telling, *found)), _not_judged(suite, ""))


def command(suite: Suite, engine_cpu: str | None = ENGINE_CPU) -> str:
    """The command that makes the searches, with this CPU for each engine; None: its own, as where nothing limits it."""
    assert suite.scaling is not None  # noqa: S101 - whoever calls has looked
    limit = "" if engine_cpu is None or suite.runtime == "process" else f" --engine-cpu={engine_cpu}"
    profile = "" if suite.profile == "full" else f" --profile={suite.profile}"
    return (
        f"./invokew capacity --topology={suite.topology.name} --against={suite.scaling.against} --repeat=2"
        f"{limit}{profile}"
    )


def _is_of(one: Capacity, suite: Suite, engine: str) -> bool:
    is_same = one.basis.get("engine") == engine and one.runtime == suite.runtime
    return is_same and one.profile in {"full", suite.profile} and not one.broke_off


def _alike(searches: Sequence[Capacity]) -> Iterator[list[Capacity]]:
    """The searches that may be compared with each other, those with the newest among them first."""
    keys = [tuple(sorted(one.basis.items())) for one in searches]
    place = {key: keys.index(key) for key in keys}
    ordered = sorted(searches, key=lambda one: place[tuple(sorted(one.basis.items()))])
    for _, some in groupby(ordered, key=lambda one: one.basis):
        yield list(some)


def _judged(suite: Suite, searches: Sequence[Capacity]) -> Bound:
    wanted = suite.scaling
    assert wanted is not None  # noqa: S101 - whoever calls has looked
    many, few = ([one for one in searches if one.topology == name] for name in (suite.topology.name, wanted.against))
    for name, some in ((suite.topology.name, many), (wanted.against, few)):
        if not some:
            return _not_judged(suite, f"there is no search of {name}")
        if not any(map(_is_engines, some)):
            return _not_judged(suite, _why_not(some[0]), _better_cpu(some[0]))
    found = of_searches(*([one for one in some if _is_engines(one)] for some in (many, few)))
    shards, fewer = found.of.shards, found.against.shards
    limit = wanted.efficiency * shards / fewer
    counts = (len(found.of.runs), len(found.against.runs))
    line = (
        f"scaling: {ratio(found.ratio, limit=limit)} times the capacity with {shards} shards for {fewer} "
        f"(95 % interval {interval(found.low, found.high)}, by {counts[0]} and {counts[1]} searches; at least "
        f"{ratio(limit)} = {ratio(wanted.efficiency)} * {shards}/{fewer})"
    )
    if found.low > shards / fewer:
        alarm = _not_judged(suite, f"ALARM: more than {shards}/{fewer} times the capacity: {line}")
        return replace(alarm, figure=found.ratio, limit=limit, unit=TIMES, low=found.low, high=found.high)
    status = Status.of_interval(found.low, found.high, limit, is_more_better=True)
    if status is Status.MET and min(counts) < REPEATED:
        status = Status.UNDECIDED
    advice = f"search again: {command(suite, many[0].engine_cpu)}" if status is Status.UNDECIDED else ""
    return Bound(
        name=NAME,
        kind=Kind.FILLS,
        status=status,
        line=line + (f", undecided: {advice}" if advice else ""),
        figure=found.ratio,
        limit=limit,
        unit=TIMES,
        is_more_better=True,
        low=found.low,
        high=found.high,
        advice=advice,
    )


def _is_engines(one: Capacity) -> bool:
    return one.is_bounded and not set(limits_of(one)) & set(ELSEWHERE)


def _why_not(one: Capacity) -> str:
    elsewhere = [limit for limit in limits_of(one) if limit in ELSEWHERE]
    if not elsewhere:
        return f"the search {one.run} found no capacity"
    return f"{' and '.join(elsewhere)}, not the engines, was the limit of {one.topology} in the search {one.run}"


def _better_cpu(one: Capacity) -> str:
    """What each engine is to have in a search that ends by the engines, after one that ended by the machine."""
    if one.engine_cpu is None or not set(limits_of(one)) & {Limit.GENERATOR, Limit.WAY, Limit.HOST}:
        return one.engine_cpu or ENGINE_CPU
    return f"{max(1, int(exactly(one.engine_cpu) * 1000 * 2 / 3))}m"


def _not_judged(suite: Suite, why: str, engine_cpu: str = ENGINE_CPU) -> Bound:
    said = f"{why}; {command(suite, engine_cpu)}" if why else command(suite)
    return Bound(name=NAME, kind=Kind.FILLS, status=Status.UNMEASURED, line=f"scaling: NOT JUDGED ({said})")
