"""What ended a search for capacity: the load generator, the host, the gateway, or the engines; pure."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from statistics import median

from lab.core.figures import number, share
from lab.judge.capacity import Capacity
from lab.judge.tries import Figures
from lab.settings.topology import SHARD_PREFIX

BUSY = 0.9
"""Share of the host's CPU from which on the host is the limit: what is left comes in pieces too short to be used."""
FULL = 0.8
"""Cores from which on a part is the limit: it does its work in one thread, and orders come in bursts."""


class Limit(StrEnum):
    """What a capacity is the capacity of."""

    GENERATOR = "k6"
    WAY = "k6 or its way to the gateway"
    HOST = "the host"
    GATEWAY = "the gateway"
    ENGINES = "the engines"
    RANGE = "capacity.most"


def limits_of(found: Capacity) -> tuple[Limit, ...]:
    """What was at its limit where the search ended, what flatters no design first; none where nothing was."""
    last = _figures(found)
    if not last:
        return ()
    throttled = {who for one in last for who in one.throttled}
    is_gateway = any(not who.startswith(SHARD_PREFIX) for who in throttled) or _is_full(_gateways(last))
    reached = {
        Limit.GENERATOR: _most([one.short_generator for one in last]),
        Limit.WAY: not is_gateway and _most([one.waited_outside for one in last]),
        Limit.HOST: median(one.host_busy for one in last) >= BUSY,
        Limit.GATEWAY: is_gateway,
        Limit.ENGINES: any(who.startswith(SHARD_PREFIX) for who in throttled) or _is_full(_busiest(last)),
        Limit.RANGE: _is_open(found),
    }
    return tuple(limit for limit, is_reached in reached.items() if is_reached)


def _is_open(found: Capacity) -> bool:
    """Whether the highest rate of the range was tried and held."""
    is_over = not found.broke_off and found.demand is None
    return is_over and found.interval is not None and found.interval.high is None


def limits(found: Capacity) -> str:
    """What limited the capacity, with the CPU that each part used; for people."""
    last = _figures(found)
    if not last:
        return "no measurement shows what the limit is"
    machine, rates = found.machine, sorted({one.rate for one in found.edge})
    where = " to ".join(dict.fromkeys(number(rate) for rate in (rates[0], rates[-1])))
    busy = share(median(one.host_busy for one in last))
    shares = f"{machine.nodes} nodes, k6 and all pods share {number(machine.cores)} cores, busy {busy}"
    return f"{shares} at {where} orders/min, where it ends ({_cores(last)}): {', '.join(_named(found, last))}"


def _named(found: Capacity, last: Sequence[Figures]) -> Iterator[str]:
    reached = limits_of(found)
    throttled = ", ".join(sorted({who for one in last for who in one.throttled}))
    if Limit.GENERATOR in reached:
        yield "k6 was short of CPU, so the figure is a lower bound"
    if Limit.WAY in reached:
        yield (
            "orders waited in k6 or on their way to the gateway, which met the objective with its engines, so the "
            "figure is a lower bound"
        )
    if Limit.HOST in reached:
        yield "the host, not the design, is the limit"
    if throttled:
        yield f"the CPU limit of {throttled} was reached"
    if Limit.RANGE in reached:
        yield "even capacity.most held; raise it to find more"
    if not throttled and not {Limit.GENERATOR, Limit.WAY, Limit.HOST, Limit.RANGE} & set(reached):
        full = [limit for limit in (Limit.ENGINES, Limit.GATEWAY) if limit in reached]
        yield _full(full) if full else UNKNOWN


UNKNOWN = "no part used a whole core and the host had CPU to spare: what limits the rate is unknown"


def _full(limits: Sequence[Limit]) -> str:
    names = {Limit.ENGINES: "an engine", Limit.GATEWAY: "the gateway"}
    return f"the host had CPU to spare: {' and '.join(names[one] for one in limits)} used a whole core and is the limit"


def _figures(found: Capacity) -> tuple[Figures, ...]:
    return tuple(one.figures for one in found.edge if one.figures)


def _busiest(last: Sequence[Figures]) -> list[float]:
    by_try = [[cores for cores in one.cores.shards.values() if cores is not None] for one in last]
    return [max(cores) for cores in by_try if cores]


def _gateways(last: Sequence[Figures]) -> list[float]:
    return [one.cores.gateway for one in last if one.cores.gateway is not None]


def _is_full(cores: Sequence[float]) -> bool:
    return bool(cores) and median(cores) >= FULL


def _most(values: Sequence[bool]) -> bool:
    return sum(values) * 2 > len(values)


def _cores(figures: Sequence[Figures]) -> str:
    """The cores that each part used, as medians."""
    parts = [f"k6 {number(median(one.cores.k6 for one in figures))}"]
    sums = [
        sum(cores) for one in figures if (cores := [each for each in one.cores.shards.values() if each is not None])
    ]
    if sums:
        several = any(len(one.cores.shards) > 1 for one in figures)
        busiest = f", the busiest {number(median(_busiest(figures)))}" if several else ""
        parts.append(f"engines {number(median(sums))}{busiest}")
    if gateways := _gateways(figures):
        parts.append(f"gateway {number(median(gateways))}")
    return f"{', '.join(parts)} cores"
