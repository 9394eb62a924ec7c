"""The figures that a case's validity rests on, each beside its limit; what they come to, the verdict's reasons say."""

from collections.abc import Iterator, Mapping
from typing import Any

from lab.judge.validity import LEAST_RATE
from lab.present.case_document import Check
from lab.present.words import NOT_LIMITED, UNKNOWN, milliseconds, number, share
from lab.store import loose

TOLD = "told, not judged"


def checks(measured: Any, limits: Mapping[str, Any], *, limited: bool = True) -> tuple[Check, ...]:
    """The figures of a case.

    Args:
        measured: Its measurements.
        limits: `validity` of the settings in force, as its profile has them.
        limited: Whether what ran had limits of CPU.
    """
    return tuple(
        check
        for check in (
            *_load(measured, limits),
            *_samples(measured, limits),
            *_path(measured, limits),
            *_lab(measured, limits),
            *(
                check
                for shard in loose.items(loose.at(measured, "shards"))
                for check in _shard(shard, limits, limited=limited)
            ),
            *_pod("gateway", loose.at(measured, "gateway"), limits, limited=limited),
        )
        if check.measured != UNKNOWN
    )


def _load(measured: Any, limits: Mapping[str, Any]) -> Iterator[Check]:
    asked, reached = (loose.number(loose.at(measured, name)) for name in ("rate_asked", "rate_reached"))
    part = reached / asked if asked and reached is not None else None
    yield Check(what="rate reached of the rate asked", measured=share(part), limit=_least(limits, "rate_reached"))
    least = loose.number(loose.at(measured, "least_rate"))
    yield Check(
        what="of the rate asked in the poorest minute", measured=share(least), limit=f"at least {share(LEAST_RATE)}"
    )
    generator = loose.at(measured, "generator")
    yield _check("iterations dropped", loose.at(generator, "dropped"), "0")
    used = loose.number(loose.at(generator, "cpu_share"))
    yield Check(
        what="CPU that k6 used of what it could have had", measured=share(used), limit=_most(limits, "generator_cpu")
    )
    late, most = loose.at(generator, "late_writes"), _most(limits, "late_writes")
    yield _check("late writes of k6 to Prometheus", late, most if most == TOLD else f"1, or {most} of one each 5 s")
    busy = loose.number(loose.at(generator, "host_busy"))
    yield Check(
        what="CPU of this machine that was used, busiest minute",
        measured=share(busy),
        limit=_most(limits, "host_busy"),
    )


def _samples(measured: Any, limits: Mapping[str, Any]) -> Iterator[Check]:
    least = f"at least {number(loose.number(limits.get('min_samples')))}"
    for name, seen in loose.table(loose.at(measured, "client")).items():
        accepted = loose.count(loose.at(seen, "orders")) - loose.count(loose.at(seen, "errors"))
        yield Check(what=f"accepted orders in window '{name}'", measured=number(accepted), limit=least)
    sent, shards = loose.number(loose.at(measured, "sent")), loose.items(loose.at(measured, "shards"))
    taken = sum(loose.number(loose.at(shard, "orders")) or 0.0 for shard in shards)
    if sent is not None and shards:
        yield Check(what="orders that the engines took", measured=number(taken), limit=f"k6 sent {number(sent)}")


def _path(measured: Any, limits: Mapping[str, Any]) -> Iterator[Check]:
    """The null path, and what it leaves of the client's p99: a difference of percentiles, which is no percentile."""
    path = loose.at(measured, "path")
    p99, failed = loose.number(loose.at(path, "p99")), loose.at(path, "problem") is not None
    shown = "failed" if failed else milliseconds(p99)
    yield Check(what="p99 of the path (/health at the same rate)", measured=shown, limit=_of_slo(limits, "path"))
    asked, answered = (loose.number(loose.at(path, name)) for name in ("asked", "answered"))
    if asked:
        part = share((answered or 0.0) / asked)
        yield Check(what="requests for /health answered", measured=part, limit=_least(limits, "rate_reached"))
    client = loose.number(loose.at(measured, "client", "whole", "p99"))
    if p99 is not None and client is not None:
        yield Check(what="p99 at the client less the path's", measured=milliseconds(client - p99), limit=TOLD)
        at_most = [_at_most(pod) for pod in (*_loaded(measured), loose.at(measured, "gateway"))]
        inside = max((bound for bound in at_most if bound is not None), default=None)
        rest = None if inside is None else max(0.0, client - p99 - inside)
        limit = _of_slo(limits, "unexplained")
        yield Check(what="of it, more than any engine's histogram has", measured=milliseconds(rest), limit=limit)


def _of_slo(limits: Mapping[str, Any], name: str) -> str:
    return f"{_most(limits, name)} of the p99's limit"


def _loaded(measured: Any) -> list[Any]:
    return [shard for shard in loose.items(loose.at(measured, "shards")) if loose.at(shard, "is_loaded")]


def _at_most(pod: Any) -> float | None:
    return loose.number(loose.at(pod, "latency", "whole", "p99_at_most"))


def _lab(measured: Any, limits: Mapping[str, Any]) -> Iterator[Check]:
    """Whether the lab was the one that was asked for, and stayed it."""
    apart = loose.number(loose.at(measured, "clock"))
    most = f"at most {number(loose.number(limits.get('clock')), 's')}"
    clocks = number(abs(apart), "s") if apart is not None else UNKNOWN
    yield Check(what="the metrics' clock apart from this machine's", measured=clocks, limit=most)
    if loose.at(measured, "unknown") is not None:
        yield Check(what="what stood around the load", measured="unknown", limit="known")
    for what, name in (("things that stood otherwise than asked", "deviations"), ("changes during the run", "changes")):
        found = loose.at(measured, name)
        yield _check(what, len(found) if isinstance(found, list) else None, "0")
    ended = loose.at(measured, "endings")
    yield _check("containers that ended during the load", len(ended) if isinstance(ended, list) else None, "0")
    if loose.at(measured, "outage") is not None:
        polls = number(loose.number(loose.at(measured, "broker_polls")))
        yield _check(f"polls of {polls} at which the broker was there", loose.at(measured, "broker_seen"), "0")


def _shard(shard: Any, limits: Mapping[str, Any], *, limited: bool) -> Iterator[Check]:
    who = f"shard {loose.text(loose.at(shard, 'shard'), '?')}"
    yield from _pod(who, shard, limits, limited=limited)
    yield _check(f"{who}: fewest resting SELL orders", loose.at(shard, "least_asks"), "above 0")


def _pod(who: str, pod: Any, limits: Mapping[str, Any], *, limited: bool) -> Iterator[Check]:
    if not loose.table(pod):
        return
    gap, throttled = loose.number(loose.at(pod, "longest_gap")), loose.number(loose.at(pod, "throttled"))
    yield _check(f"{who}: jobs that scrape it", loose.at(pod, "scrapers"), "exactly 1")
    yield Check(what=f"{who}: longest time without a scrape", measured=number(gap, "s"), limit="one scrape missed")
    yield _check(f"{who}: restarts", loose.at(pod, "restarts"), "0")
    shown = share(throttled) if limited else NOT_LIMITED
    yield Check(what=f"{who}: CPU periods throttled", measured=shown, limit=_most(limits, "throttled"))


def _check(what: str, value: Any, limit: str) -> Check:
    return Check(what=what, measured=number(loose.number(value)), limit=limit)


def _least(limits: Mapping[str, Any], name: str) -> str:
    return f"at least {share(loose.number(limits.get(name)))}"


def _most(limits: Mapping[str, Any], name: str) -> str:
    limit = loose.number(limits.get(name))
    return TOLD if limit is None else f"at most {share(limit)}"
