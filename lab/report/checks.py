"""The figures that a case's validity rests on, each beside its limit; what they come to, the verdict's reasons say."""

from collections.abc import Iterator, Mapping
from typing import Any

from lab.report import loose
from lab.report.case_document import Check
from lab.report.words import UNKNOWN, number, share


def checks(measured: Any, limits: Mapping[str, Any]) -> tuple[Check, ...]:
    """The figures of a case.

    Args:
        measured: Its measurements.
        limits: `validity` of the settings in force, as its profile has them.
    """
    return tuple(
        check
        for check in (
            *_load(measured, limits),
            *_samples(measured, limits),
            *(check for shard in loose.items(loose.at(measured, "shards")) for check in _shard(shard, limits)),
            *_pod("gateway", loose.at(measured, "gateway"), limits),
        )
        if check.measured != UNKNOWN
    )


def _load(measured: Any, limits: Mapping[str, Any]) -> Iterator[Check]:
    asked, reached = (loose.number(loose.at(measured, name)) for name in ("rate_asked", "rate_reached"))
    part = reached / asked if asked and reached is not None else None
    yield Check(what="rate reached of the rate asked", measured=share(part), limit=_least(limits, "rate_reached"))
    generator = loose.at(measured, "generator")
    yield _check("iterations dropped", loose.at(generator, "dropped"), "0")
    used = loose.number(loose.at(generator, "cpu_share"))
    yield Check(
        what="CPU that k6 used of what it could have had", measured=share(used), limit=_most(limits, "generator_cpu")
    )
    yield _check("late writes of k6 to Prometheus", loose.at(generator, "late_writes"), "told, not judged")


def _samples(measured: Any, limits: Mapping[str, Any]) -> Iterator[Check]:
    least = f"at least {number(loose.number(limits.get('min_samples')))}"
    for name, seen in loose.table(loose.at(measured, "client")).items():
        accepted = loose.count(loose.at(seen, "orders")) - loose.count(loose.at(seen, "errors"))
        yield Check(what=f"accepted orders in window '{name}'", measured=number(accepted), limit=least)
    sent, shards = loose.number(loose.at(measured, "sent")), loose.items(loose.at(measured, "shards"))
    taken = sum(loose.number(loose.at(shard, "orders")) or 0.0 for shard in shards)
    if sent is not None and shards:
        yield Check(what="orders that the engines took", measured=number(taken), limit=f"k6 sent {number(sent)}")


def _shard(shard: Any, limits: Mapping[str, Any]) -> Iterator[Check]:
    who = f"shard {loose.text(loose.at(shard, 'shard'), '?')}"
    yield from _pod(who, shard, limits)
    yield _check(f"{who}: fewest resting SELL orders", loose.at(shard, "least_asks"), "above 0")


def _pod(who: str, pod: Any, limits: Mapping[str, Any]) -> Iterator[Check]:
    if not loose.table(pod):
        return
    gap, throttled = loose.number(loose.at(pod, "longest_gap")), loose.number(loose.at(pod, "throttled"))
    yield _check(f"{who}: jobs that scrape it", loose.at(pod, "scrapers"), "exactly 1")
    yield Check(what=f"{who}: longest time without a scrape", measured=number(gap, "s"), limit="one scrape missed")
    yield _check(f"{who}: restarts", loose.at(pod, "restarts"), "0")
    yield Check(what=f"{who}: CPU periods throttled", measured=share(throttled), limit=_most(limits, "throttled"))


def _check(what: str, value: Any, limit: str) -> Check:
    return Check(what=what, measured=number(loose.number(value)), limit=limit)


def _least(limits: Mapping[str, Any], name: str) -> str:
    return f"at least {share(loose.number(limits.get(name)))}"


def _most(limits: Mapping[str, Any], name: str) -> str:
    return f"at most {share(loose.number(limits.get(name)))}"
