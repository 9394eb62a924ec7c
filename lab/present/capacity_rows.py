"""A search for capacity as people read it: a line a try, the table of all tries, and what was found; pure."""

from lab.core.figures import UNKNOWN, interval, ms, number, seconds, share
from lab.judge.capacity import Capacity
from lab.judge.capacity_limits import limits
from lab.judge.tries import Try, TryOutcome
from lab.judge.verdict import marked
from lab.settings.case_settings import CapacitySettings
from lab.settings.suites import Suite

COLUMNS = ("try", "orders/min", "", "p99", "errors", "matches/min", "host busy", "k6", "engines", "gateway", "why")


def intention(suite: Suite, wanted: CapacitySettings) -> str:
    """What a search is going to do."""
    return (
        f"{suite.title}: from {number(wanted.least)} orders/min, twice as much until one does not hold, then around "
        f"the capacity until its interval is no wider than {share(wanted.precision)}; up to {wanted.tries} tries of "
        f"{seconds(wanted.duration)} with {wanted.arrivals} arrivals, on clean books"
    )


def line(one: Try) -> str:
    """One try that has ended."""
    return f"{one.name}: {number(one.rate)} orders/min {one.outcome.value}: {one.reason}"


def rows(found: Capacity) -> list[tuple[str, ...]]:
    """The table's rows, one a try; CPU in cores."""
    return [_row(one) for one in found.tries]


def _row(one: Try) -> tuple[str, ...]:
    head = (one.name, number(one.rate), one.outcome.value)
    if one.figures is None:
        return (*head, *(UNKNOWN,) * (len(COLUMNS) - len(head) - 1), one.reason)
    figures = one.figures
    engines = [cores for cores in figures.cores.shards.values() if cores is not None]
    return (
        *head,
        ms(figures.p99),
        share(figures.error_rate),
        number(figures.matches),
        share(figures.host_busy),
        number(figures.cores.k6),
        number(sum(engines) if engines else None),
        number(figures.cores.gateway),
        one.reason,
    )


def conclusion(found: Capacity) -> str:
    """What was found, in a line: the rate, and the interval that it lies in."""
    under = f" with {found.engine_cpu} CPU an engine" if found.engine_cpu else ""
    of = marked(f"capacity of {found.topology}{under}", found.profile, found.runtime)
    if found.broke_off:
        held = max((one.rate for one in found.tries if one.outcome is TryOutcome.HELD), default=None)
        before = "nothing" if held is None else f"{number(held)} orders/min"
        return f"{of}: not found: {found.broke_off}; {before} held before"
    if found.demand is not None:
        return _carried(found, found.demand)
    if found.interval is None or found.rate is None:
        least = found.tries[-1]
        way_out = "give engines more with --engine-cpu, or lower" if found.engine_cpu else "lower"
        return (
            f"{of}: below {number(least.rate)} orders/min, the lowest rate of the search: {least.reason}; {way_out} "
            "capacity.least"
        )
    matches = "" if found.matches is None else f" ({number(found.matches)} matches/min)"
    if found.interval.high is None:
        most = max(one.rate for one in found.tries)
        return f"{of}: at least {number(most)} orders/min, the highest rate of the search"
    ends = interval(found.interval.low, found.interval.high)
    tries = f"{'1 try' if len(found.tries) == 1 else f'{len(found.tries)} tries'}"
    return f"{of}: {number(found.rate)} orders/min{matches}, 95 % interval {ends}, by {tries}"


def _carried(found: Capacity, demand: int) -> str:
    """Whether a topology carries a rate, in a line."""
    held = sum(one.outcome is TryOutcome.HELD for one in found.tries)
    verb = "carries" if found.rate is not None else "does not carry"
    of = marked(f"{found.topology} {verb} {number(demand)} orders/min", found.profile, found.runtime)
    return f"{of}: {held} of {len(found.tries)} tries held" + ("" if found.rate else f"; {found.tries[-1].reason}")


def lines(found: Capacity, speed_up: str | None) -> list[str]:
    """What was found, what the limit was, and the speed-up or how to get one."""
    said = [conclusion(found)]
    if found.edge:
        said.append(limits(found))
    if speed_up:
        said.append(speed_up)
    elif found.shards > 1 and found.is_bounded:
        said.append("no speed-up: no run has a capacity of fewer shards with these settings and engines; add --against")
    return said
