"""What ended a search for capacity: the load generator, the host, a CPU limit, or the topology itself; pure."""

from collections.abc import Iterator
from statistics import median

from lab.core.figures import number, share
from lab.judge.capacity import Capacity
from lab.judge.tries import Figures

BUSY = 0.9
"""Share of the host's CPU from which on the host is the limit: what is left comes in pieces too short to be used."""
FULL = 0.8
"""Cores from which on a part is the limit: it does its work in one thread, and orders come in bursts."""


def limits(found: Capacity) -> str:
    """What limited the highest rate that held, with the CPU that each part used; for people."""
    last = found.failed or found.held
    if not last:
        return "no measurement shows what the limit is"
    highest = found.bracket.failed if found.failed else found.bracket.held
    which = "the lowest rate that did not hold" if found.failed else "the highest rate that was tried"
    machine = found.machine
    busy = median(one.host_busy for one in last)
    shares = f"{machine.nodes} nodes, k6 and all pods share {number(machine.cores)} cores, busy {share(busy)}"
    return f"{shares} at {number(highest)} orders/min, {which} ({_cores(last)}): {', '.join(_named(found, last, busy))}"


def _named(found: Capacity, last: tuple[Figures, ...], busy: float) -> Iterator[str]:
    reached = [*_reached(last, busy)]
    yield from reached
    if found.bracket.failed is None:
        yield "even capacity.most held; raise it to find more"
    elif not reached:
        yield _without_a_name(last)


def _reached(last: tuple[Figures, ...], busy: float) -> Iterator[str]:
    """The limits of k6, the host and the CPU limits that were reached."""
    if _most([one.short_generator for one in last]):
        yield "k6 was short of CPU, so the figure is a lower bound"
    if busy >= BUSY:
        yield "the host, not the design, is the limit"
    if throttled := sorted({who for one in last for who in one.throttled}):
        yield f"the CPU limit of {', '.join(throttled)} was reached"


def _without_a_name(last: tuple[Figures, ...]) -> str:
    """What is the limit where neither the host nor k6 nor a CPU limit is."""
    used = {
        "an engine": _median([max(filter(None, one.cores.shards.values()), default=None) for one in last]),
        "the gateway": _median([one.cores.gateway for one in last]),
    }
    full = [name for name, cores in used.items() if cores is not None and cores >= FULL]
    if full:
        return f"the host had CPU to spare: {' and '.join(full)} used a whole core and is the limit"
    return "no part used a whole core and the host had CPU to spare: what limits the rate is unknown"


def _median(values: list[float | None]) -> float | None:
    known = [one for one in values if one is not None]
    return median(known) if known else None


def _most(values: list[bool]) -> bool:
    return sum(values) * 2 > len(values)


def _cores(figures: tuple[Figures, ...]) -> str:
    """The cores that each part used, as medians."""
    k6 = f"k6 {number(median(one.cores.k6 for one in figures))}"
    by_shard = [[cores for cores in one.cores.shards.values() if cores is not None] for one in figures]
    engines = [sum(cores) for cores in by_shard if cores]
    gateways = [one.cores.gateway for one in figures if one.cores.gateway is not None]
    parts = [k6]
    if engines:
        busiest = median(max(cores) for cores in by_shard if cores)
        several = f", the busiest {number(busiest)}" if any(len(cores) > 1 for cores in by_shard) else ""
        parts.append(f"engines {number(median(engines))}{several}")
    if gateways:
        parts.append(f"gateway {number(median(gateways))}")
    return f"{', '.join(parts)} cores"
