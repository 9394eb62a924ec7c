"""What ended a search for capacity: the load generator, the host, a CPU limit, or the topology itself; pure."""

from collections.abc import Iterator
from statistics import median

from lab.capacity.result import Capacity
from lab.capacity.tries import Figures

BUSY = 0.9
"""Share of the host's CPU from which on the host is the limit: what is left comes in pieces too short to be used."""


def limits(found: Capacity) -> str:
    """What limited the highest rate that held, with the CPU that each part used; for people."""
    last = found.failed or found.held
    if not last:
        return "nothing was measured that says what the limit is"
    rate = found.bracket.failed if found.failed else found.bracket.held
    which = "the lowest rate that did not hold" if found.failed else "the highest rate that was tried"
    machine = found.machine
    busy = median(one.host_busy for one in last)
    shares = f"{machine.nodes} nodes, k6 and all pods share {machine.cores:g} cores, busy {busy:.0%}"
    return f"{shares} at {rate:,} orders/min, {which} ({_cores(last)}): {', '.join(_named(found, last, busy))}"


def _named(found: Capacity, last: tuple[Figures, ...], busy: float) -> Iterator[str]:
    named = False
    if _most([one.short_generator for one in last]):
        named = True
        yield "k6 was short of CPU, so the figure is a lower bound"
    if busy >= BUSY:
        named = True
        yield "the host, not the design, is the limit"
    throttled = sorted({who for one in last for who in one.throttled})
    if throttled:
        named = True
        yield f"the CPU limit of {', '.join(throttled)} was reached"
    if found.bracket.failed is None:
        yield "it held the most that is sought; raise capacity.most to find more"
    elif not named:
        yield "the host had CPU to spare: an engine or the gateway is the limit"


def _most(values: list[bool]) -> bool:
    return sum(values) * 2 > len(values)


def _cores(figures: tuple[Figures, ...]) -> str:
    """The cores that each part used, as medians."""
    k6 = f"k6 {median(one.cores.k6 for one in figures):.2f}"
    by_shard = [[cores for cores in one.cores.shards.values() if cores is not None] for one in figures]
    engines = [sum(cores) for cores in by_shard if cores]
    gateways = [one.cores.gateway for one in figures if one.cores.gateway is not None]
    parts = [k6]
    if engines:
        busiest = median(max(cores) for cores in by_shard if cores)
        several = f", the busiest {busiest:.2f}" if any(len(cores) > 1 for cores in by_shard) else ""
        parts.append(f"engines {median(engines):.2f}{several}")
    if gateways:
        parts.append(f"gateway {median(gateways):.2f}")
    return f"{', '.join(parts)} cores"
