"""A search for capacity as people read it: a line a try, the table of all tries, and what was found; pure."""

from lab.core.figures import UNKNOWN, ms, number, seconds, share
from lab.judge.capacity import Capacity
from lab.judge.capacity_limits import limits
from lab.judge.tries import Try
from lab.judge.verdict import marked
from lab.settings.case_settings import CapacitySettings
from lab.settings.suites import Suite

COLUMNS = ("try", "orders/min", "", "p99", "errors", "matches/min", "host busy", "k6", "engines", "gateway", "why")


def intention(suite: Suite, wanted: CapacitySettings) -> str:
    """What a search is going to do."""
    tries = f"up to {wanted.repeat} tries" if wanted.repeat > 1 else "one try"
    return (
        f"{suite.title}: from {number(wanted.least)} orders/min, twice as much until one does not hold, then between "
        f"them until they differ by {share(wanted.precision)} at most; {tries} of {seconds(wanted.duration)} a rate, "
        "on clean books"
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
    """What was found, in a line: the rate, and between which rates it lies."""
    held, failed = found.bracket.held, found.bracket.failed
    of = marked(f"capacity of {found.topology}", found.profile, found.runtime)
    if found.broke_off:
        before = "nothing" if held is None else f"{number(held)} orders/min"
        return f"{of}: not found: {found.broke_off}; {before} held before"
    if held is None:
        least = found.tries[-1]
        return f"{of}: below {number(least.rate)} orders/min, the lowest rate of the search: {least.reason}"
    matches = "" if found.matches is None else f" ({number(found.matches)} matches/min)"
    upper = "no rate that was tried failed" if failed is None else f"between {number(held)} and {number(failed)}"
    return f"{of}: {number(held)} orders/min{matches}, {upper}"


def lines(found: Capacity, speed_up: str | None) -> list[str]:
    """What was found, what the limit was, and the speed-up or how to get one."""
    said = [conclusion(found)]
    if found.held or found.failed:
        said.append(limits(found))
    if speed_up:
        said.append(speed_up)
    elif found.shards > 1 and found.bracket.held and not found.broke_off:
        said.append("no speed-up: no run has a capacity of fewer shards with these settings and engines; add --against")
    return said
