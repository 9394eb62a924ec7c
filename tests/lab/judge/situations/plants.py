"""What can be wrong in a case: a plant each, of parts that any variant can be put together of."""

import math
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import islice, pairwise

from lab.measure.counters import Series
from tests.lab.judge.situations.happening import COMES, TIMEOUT, Happening, Plant, Sent
from tests.lab.made import generator

Select = Callable[[Happening], Iterable[Sent]]
"""Some of a case's orders."""

# Which orders.


def all_orders(happening: Happening) -> Iterable[Sent]:
    return happening.orders


def while_away(happening: Happening) -> Iterable[Sent]:
    return happening.while_away()


def while_going_and_coming(happening: Happening) -> Iterable[Sent]:
    return (*while_going(happening), *while_coming(happening))


def while_going(happening: Happening) -> Iterable[Sent]:
    assert happening.outage
    return (one for one in happening.orders if happening.outage.began <= one.due < happening.outage.in_force)


def while_coming(happening: Happening) -> Iterable[Sent]:
    assert happening.outage
    return (one for one in happening.orders if happening.outage.ending <= one.due < happening.outage.over)


def within(*begins: float, lasts: float) -> Select:
    """Those that are due within so many seconds of any of these seconds of the load."""
    return lambda happening: (one for begin in begins for one in happening.due(begin, begin + lasts))


def of_shards(*shards: str) -> Select:
    return lambda happening: happening.of_shards(*shards)


def each(nth: int, of: Select) -> Select:
    return lambda happening: islice(of(happening), 0, None, nth)


def drawn(share: float, of: Select = all_orders) -> Select:
    """So many of them, drawn at random."""

    def select(happening: Happening) -> Iterable[Sent]:
        source = random.Random(7)
        return (one for one in of(happening) if source.random() < share)

    return select


# What happens to them.


def every_order(of: Select, change: Callable[[Sent], None]) -> Plant:
    def plant(happening: Happening) -> None:
        for one in of(happening):
            change(one)

    return plant


def slower_in_the_engine(of: Select, *, times: float = 1.0, more: float = 0.0) -> Plant:
    """The engine needs more for them (ms), after they were answered."""

    def slow(one: Sent) -> None:
        one.engine = one.engine * times + more

    return every_order(of, slow)


def slower_at_the_client(of: Select, *, more: float, spread: float = 0.0) -> Plant:
    """Their answer comes later (ms), though the engine's own time is what it was."""

    def plant(happening: Happening) -> None:
        source = random.Random(7)
        for one in of(happening):
            one.service += more + spread * source.random()

    return plant


def held_up(of: Select, more: float) -> Plant:
    """They wait (ms) on their way to the engine, which stamps their receipt afterwards."""
    return every_order(of, lambda one: one.waits(more))


def slower_in_both(of: Select, *, more: float, spread: float = 0.0) -> Plant:
    """The engine needs more for them (ms) before it answers."""

    def plant(happening: Happening) -> None:
        source = random.Random(7)
        for one in of(happening):
            took = more + spread * source.random()
            one.service += took
            one.engine += took

    return plant


def refused(of: Select, status: int = 503) -> Plant:
    """They are answered with an error; 0: their connection is refused."""
    return every_order(of, lambda one: one.refused(status))


def rejected(of: Select, *, is_received: bool = True) -> Plant:
    """They are answered with 200 and the status REJECTED."""

    def reject(one: Sent) -> None:
        one.is_rejected, one.is_received, one.fills = True, is_received, 0

    return every_order(of, reject)


def never_matched(of: Select) -> Plant:
    """They are answered, and that was it."""
    return slower_in_the_engine(of, more=math.inf)


def unfilled(share: float, of: Select = all_orders) -> Plant:
    """So many of their fills are lost."""

    def plant(happening: Happening) -> None:
        source = random.Random(7)
        for one in of(happening):
            one.fills = sum(source.random() >= share for _ in range(one.fills))

    return plant


# What stands still for a while, each time at these seconds of the load, for so long (s).


def _spells(begins: Iterable[float], lasts: float) -> Iterable[tuple[float, float]]:
    return ((begin, begin + lasts) for begin in begins)


def times(first: float, apart: float, until: float) -> Sequence[float]:
    """Seconds of the load, so far apart."""
    return [first + n * apart for n in range(math.ceil((until - first) / apart))]


def matching_stands_still(*begins: float, lasts: float, shards: Sequence[str] = ("a", "b", "c")) -> Plant:
    """Orders are answered, and matched only when it goes on."""

    def plant(happening: Happening) -> None:
        for begin, end in _spells(begins, lasts):
            for one in happening.due(begin, end):
                if one.shard in shards:
                    one.engine += max(0.0, happening.at(end) - one.received)

    return plant


def process_stands_still(*begins: float, lasts: float, shards: Sequence[str] = ("a", "b", "c")) -> Plant:
    """Requests wait in the socket, so that the engine stamps their receipt afterwards."""

    def plant(happening: Happening) -> None:
        for begin, end in _spells(begins, lasts):
            for one in happening.due(begin, end):
                if one.shard in shards:
                    one.waits(max(0.0, happening.at(end) - one.sent))

    return plant


def control_stands_still(*begins: float, lasts: float) -> Plant:
    """The control's requests wait too."""

    def plant(happening: Happening) -> None:
        for begin, end in _spells(begins, lasts):
            for one in happening.control or ():
                if happening.at(begin) <= one.due < happening.at(end):
                    one.service += happening.at(end) - one.due

    return plant


def control_late(*begins: float, lasts: float) -> Plant:
    """The control's requests are sent late: their own k6 stands still."""

    def plant(happening: Happening) -> None:
        for begin, end in _spells(begins, lasts):
            for one in happening.control or ():
                if happening.at(begin) <= one.due < happening.at(end):
                    one.late += happening.at(end) - one.due

    return plant


def control_gap(begin: float, lasts: float) -> Plant:
    """Nothing of the control is known for a while."""

    def plant(happening: Happening) -> None:
        first, last = happening.at(begin), happening.at(begin + lasts)
        happening.control = [one for one in happening.control or () if not first <= one.due < last]

    return plant


def control_restarts(begin: float, lasts: float) -> Plant:
    """The control's own process ends, and its requests fail until it is there again."""

    def plant(happening: Happening) -> None:
        for one in happening.control or ():
            if happening.at(begin) <= one.due < happening.at(begin + lasts):
                one.status, one.service = 0, 0.0
        happening.restarts.append(("control", begin, "Error, exit code 1"))

    return plant


def machine_stands_still(*begins: float, lasts: float) -> Plant:
    """The requests of orders and of the control wait, whoever they are for."""
    return both(process_stands_still(*begins, lasts=lasts), control_stands_still(*begins, lasts=lasts))


def k6_stands_still(*begins: float, lasts: float) -> Plant:
    """Orders that are due meanwhile are sent late, all of them; the control is another process."""

    def plant(happening: Happening) -> None:
        for begin, end in _spells(begins, lasts):
            for one in happening.due(begin, end):
                one.late += happening.at(end) - one.due

    return plant


def nobody_accepts(*begins: float, lasts: float) -> Plant:
    """Connections are closed after each answer, and for a while new ones aren't taken: they are tried again later."""

    def plant(happening: Happening) -> None:
        source = random.Random(7)
        for one in happening.orders:
            one.connect += 0.3
        for begin, end in _spells(begins, lasts):
            for one in happening.due(begin, end):
                one.connect += source.choice((1000.0, 2000.0))

    return plant


def engine_hangs(begin: float, lasts: float, shard: str = "a", *, takes_them_later: bool = True) -> Plant:
    """It neither answers nor is scraped; orders time out, or are answered when it goes on."""

    def plant(happening: Happening) -> None:
        end = happening.at(begin + lasts)
        for one in happening.due(begin, begin + lasts):
            if one.shard != shard:
                continue
            held = end - one.sent
            one.waits(held)
            if one.service >= TIMEOUT:
                one.status, one.service, one.is_received = 0, TIMEOUT, takes_them_later
        happening.gaps.append((f"me-shard-{shard}", begin, begin + lasts))

    return plant


def unscraped(begin: float, lasts: float, *shards: str) -> Plant:
    """The engines of these shards answer no scrape for a while."""

    def plant(happening: Happening) -> None:
        happening.gaps += [(f"me-shard-{shard}", begin, begin + lasts) for shard in shards or "a"]

    return plant


def out_of_memory(
    begin: float, lasts: float, workload: str = "me-shard-a", *, cause: str = "OOMKilled, exit code 137"
) -> Plant:
    """A container is ended, at its limit if nothing else is said, and started again; meanwhile it takes no order."""

    def plant(happening: Happening) -> None:
        for one in happening.due(begin, begin + lasts):
            if workload in {"edge-gateway", f"me-shard-{one.shard}"}:
                one.refused(0 if workload == "edge-gateway" or not happening.topology.has_gateway else 503)
        happening.gaps.append((workload, begin, begin + lasts))
        happening.restarts.append((workload, begin, cause))

    return plant


# The load, the machine and the way.


def both(*plants: Plant) -> Plant:
    def plant(happening: Happening) -> None:
        for one in plants:
            one(happening)

    return plant


def symbols_drawn(shares: dict[str, float]) -> Plant:
    """The script draws each shard with this share, and its symbols evenly."""

    def plant(happening: Happening) -> None:
        source = random.Random(7)
        owned = {shard.id: shard.symbols for shard in happening.topology.shards}
        for one in happening.orders:
            one.shard = source.choices(list(shares), list(shares.values()))[0]
            one.symbol = source.choice(owned[one.shard])

    return plant


def more_orders(times: int) -> Plant:
    """The script sends so many orders in the place of each."""

    def plant(happening: Happening) -> None:
        ordered = happening.orders
        gaps = [later.due - one.due for one, later in pairwise(ordered)]
        happening.orders = [
            replace(one, i=times * one.i + n, due=one.due + n * gap / times)
            for one, gap in zip(ordered, [*gaps, gaps[-1]], strict=True)
            for n in range(times)
        ]

    return plant


def dropped(begin: float, lasts: float) -> Plant:
    """k6 has no virtual user left for a while, and drops what is due."""

    def plant(happening: Happening) -> None:
        gone = [one.i for one in happening.due(begin, begin + lasts)]
        happening.orders = [one for one in happening.orders if not gone or not gone[0] <= one.i <= gone[-1]]
        happening.generator = replace(happening.generator, dropped=len(gone))

    return plant


def fewer_orders(share: float) -> Plant:
    """The script's load ends early."""

    def plant(happening: Happening) -> None:
        happening.orders = happening.orders[: round(share * len(happening.orders))]

    return plant


def foreign_orders(share: float) -> Plant:
    """Others send orders too, so many to each of the load's."""

    def plant(happening: Happening) -> None:
        happening.foreign = share

    return plant


def runs_dry(second: float) -> Plant:
    """From a second of the load on no SELL order rests, and nothing is filled."""

    def plant(happening: Happening) -> None:
        for one in happening.due(second, happening.settings.duration):
            one.fills = 0
        happening.asks = lambda _shard, at: 0.0 if at >= second else 3000.0

    return plant


def goes_in(seconds: float) -> Plant:
    """The broker needs so long to go, after it was asked to."""

    def plant(happening: Happening) -> None:
        assert happening.outage
        happening.outage = replace(happening.outage, in_force=happening.outage.began + seconds * 1000)

    return plant


def recovers_in(seconds: float) -> Plant:
    """The broker needs so long to come back."""

    def plant(happening: Happening) -> None:
        assert happening.outage
        happening.outage = replace(happening.outage, over=happening.outage.ending + seconds * 1000)

    return plant


def k6(**figures: float) -> Plant:
    def plant(happening: Happening) -> None:
        happening.generator = generator(**figures)

    return plant


def engines_spin(cores: float) -> Plant:
    """Each engine uses so many cores all the time, of the machine's two."""

    def plant(happening: Happening) -> None:
        happening.spins = {shard.name: cores for shard in happening.topology.shards}
        happening.generator = replace(happening.generator, host_cores=2)

    return plant


def throttled(share: float, *workloads: str) -> Plant:
    def plant(happening: Happening) -> None:
        happening.throttled = dict.fromkeys(workloads or ("me-shard-a",), share)

    return plant


def path(p99: float) -> Plant:
    def plant(happening: Happening) -> None:
        happening.path = replace(happening.path, p99=p99)

    return plant


# What becomes of what is recorded.


def scraped(part: str, change: Callable[[Series], Sequence[Series]]) -> Plant:
    """Each series of a part of what is scraped is this instead."""

    def plant(happening: Happening) -> None:
        happening.scraped[part] = change

    return plant


def without_buckets(*bounds: str) -> Callable[[Series], Sequence[Series]]:
    return lambda one: () if one.labels["le"] in bounds else (one,)


def by_side(*coarse: str) -> Callable[[Series], Sequence[Series]]:
    """Two histograms in place of one, by a label of the engine's own; the second one lacks these bounds."""

    def of(one: Series, side: str, share: float) -> Series:
        points = tuple((instant, share * value) for instant, value in one.points)
        return replace(one, labels={**one.labels, "side": side}, points=points)

    return lambda one: (
        of(one, "buy", 0.7),
        *(() if one.labels["le"] in coarse else (of(one, "sell", 0.3),)),
    )


def by_symbol(one: Series) -> Sequence[Series]:
    """Four series in place of one, by a label of the engine's own."""
    points = tuple((instant, value / 4) for instant, value in one.points)
    return [replace(one, labels={**one.labels, "symbol": name}, points=points) for name in "ABCD"]


def no_number(*scrapes: int) -> Callable[[Series], Sequence[Series]]:
    """Not a number at these scrapes, counted from the first or the last; at all of them, if none is named."""

    def change(one: Series) -> Sequence[Series]:
        gone = {number % len(one.points) for number in scrapes} or range(len(one.points))
        points = tuple(
            (instant, math.nan if number in gone else value) for number, (instant, value) in enumerate(one.points)
        )
        return (replace(one, points=points),)

    return change


def breaks_off(missing: int) -> Plant:
    """k6's file lacks so many orders, the last ones."""

    def plant(happening: Happening) -> None:
        happening.missing = missing

    return plant


def outage_lasts(seconds: float) -> Plant:
    """The broker is asked to come back so long after it went."""

    def plant(happening: Happening) -> None:
        assert happening.outage
        ending = happening.outage.in_force + seconds * 1000
        happening.outage = replace(happening.outage, ending=ending, over=ending + COMES * 1000)

    return plant


def without_metadata(happening: Happening) -> None:
    """A script of the user's own, that says of no order which one it is or when it was due."""
    for one in happening.orders:
        one.tells = False


def without_control(happening: Happening) -> None:
    happening.control = None
