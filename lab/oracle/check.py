"""Holds what an engine published, and what it counted, against what it was sent; pure."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from lab.core.figures import count, counted
from lab.core.windows import Window
from lab.measure import counters
from lab.measure.correctness import Correctness, Divergence, Way
from lab.measure.extract import Extract
from lab.measure.metrics import SCRAPE_SECONDS
from lab.measure.records import FillRecord, OrderRecord, Reading, Records
from lab.measure.scraped import Scraped
from lab.measure.shard_measuring import scraped_of
from lab.oracle.accounts import UNKNOWN, Seen, Sent, accounts, lost, out_of_time
from lab.oracle.book import BUY, LIMIT, MARKET, SELL, ReferenceBook
from lab.oracle.planned_order import PlannedOrder
from lab.oracle.replay import Replay, Replayed
from lab.settings.semantics import SemanticsSettings
from lab.settings.topology import Shard, Topology

SHOWN = 10
"""Divergences that are kept; all are counted."""
SIDES = {"bid": BUY, "ask": SELL}
"""The gauges' label to the side of the book."""


class Plan(Protocol):
    """The load as a pure function of its seed."""

    def resting(self, shard: str) -> Iterator[PlannedOrder]:
        """What is rested in a shard's book before the load, in that order."""

    def order(self, i: int) -> PlannedOrder:
        """The i-th order of the load."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """All that is known of one case.

    Args:
        topology: Whose shards.
        loaded: Ids of those that get orders.
        semantics: What is expected where engines differ.
        is_clean: Whether the books were empty before the case.
        load: The load proper.
        orders: As the load generator saw them.
        records: What the engines published.
        reading: How that was read.
        extract: What was scraped.
        plan: What was sent; None for a script that doesn't follow one.
        clocks: ms by which the clocks of two runners that sent it may differ.
    """

    topology: Topology
    loaded: Sequence[str]
    semantics: SemanticsSettings
    is_clean: bool
    load: Window
    orders: Sequence[Seen]
    records: Records
    reading: Reading
    extract: Extract
    plan: Plan | None
    clocks: float = 0.0

    @property
    def last_answer(self) -> float:
        """When the last answer came (epoch ms)."""
        return max((one.answered for one in self.orders), default=0.0)


def check(evidence: Evidence) -> Correctness:
    """What the engines did, held against what they should have done."""
    return _Check(evidence).result()


class _Check:
    def __init__(self, evidence: Evidence) -> None:
        self._given = evidence
        self._records = evidence.records
        self._notes: list[str] = []

    def result(self) -> Correctness:
        given = self._given
        why, is_silent = self._unchecked()
        found = () if why else tuple(self._divergences())
        return Correctness(
            way=self._way,
            accepted=self._accepted,
            orders=len(self._records.orders),
            fills=len(self._records.fills),
            replayed=0 if why else sum(one.right for one in self._replayed.values()),
            lost=0 if why else self._lost,
            found=len(found),
            divergences=found[:SHOWN],
            unchecked=why,
            is_silent=is_silent,
            notes=tuple(self._notes),
            took=given.reading.took,
        )

    def _unchecked(self) -> tuple[str | None, bool]:
        reading, records = self._given.reading, self._records
        if reading.problem:
            return f"the records could not be read: {reading.problem}", False
        if reading.missed:
            return f"{count(reading.missed)} records were gone before they could be read", False
        if not (records.orders or records.fills or records.unreadable):
            return "no records", True
        return None, False

    @cached_property
    def _sent(self) -> Mapping[str, Sent]:
        """The orders by their ids; none where the script doesn't say which of the plan they are."""
        plan, orders = self._given.plan, self._given.orders
        if plan is None:
            return {}
        known = ((plan.order(one.index), one) for one in orders if one.index is not None)
        return {order.id: Sent(order, one) for order, one in known}

    @cached_property
    def _is_planned(self) -> bool:
        orders = self._given.orders
        return self._given.plan is not None and bool(orders) and all(one.index is not None for one in orders)

    @property
    def _way(self) -> Way:
        return Way.REPLAY if self._is_planned and self._given.is_clean else Way.INVARIANTS

    @cached_property
    def _accepted(self) -> int:
        return sum(one.accepted for one in self._given.orders)

    @cached_property
    def _lost(self) -> int:
        if self._is_planned:
            return len(lost(self._sent, self._records.orders))
        return max(0, self._accepted - len(self._records.orders))

    def _divergences(self) -> Iterator[Divergence]:
        """Those of the orders first: what is wrong with fills mostly follows from them."""
        yield from (Divergence(kind="unreadable record", line=line) for line in self._records.unreadable)
        found = tuple(accounts(self._sent, self._records.orders) if self._is_planned else self._counted_orders())
        yield from (one for one in found if one.kind != UNKNOWN or not self._others)
        yield from self._scattered()
        if self._is_planned:
            clocks = self._given.clocks
            times = (out_of_time(self._sent, orders, clocks=clocks) for orders in self._orders.values())
            yield from (one for one in times if one)
        by_time = sorted(self._replayed.values(), key=lambda one: self._instant(one.at))
        yield from (one.divergence for one in by_time if one.divergence)
        yield from self._other_symbols()
        yield from self._too_many_seeds()
        for shard in self._given.topology.shards:
            yield from self._matches_counted(shard)
            if self._way is Way.REPLAY and shard.id in self._given.loaded:
                yield from self._depth(shard)

    def _instant(self, order: str) -> float:
        """When an order was sent; that of an unknown one comes after all others."""
        return self._sent[order].seen.sent if order in self._sent else math.inf

    @cached_property
    def _others(self) -> bool:
        """Whether all orders that nobody of the load sent were sent by others: the engines took as many more."""
        unknown = sum(one.id not in self._sent for one in self._records.orders) if self._is_planned else self._more
        taken = round(sum(self._all.count(self._scraped(shard).of("orders")) for shard in self._given.topology.shards))
        # Of the load's own those count that the engines took: one that was refused makes no room for another's.
        own = len(self._sent.keys() & self._recorded) if self._is_planned else len(self._given.orders)
        is_others = 0 < unknown <= taken - own
        if is_others:
            self._notes.append(f"the records have {counted(unknown, 'order')} more than the load: others sent them")
        return is_others

    @property
    def _more(self) -> int:
        """How many more orders have a record than were sent."""
        return len(self._records.orders) - len(self._given.orders)

    def _counted_orders(self) -> Iterator[Divergence]:
        """For a script whose orders nobody knows: as many records as orders."""
        found, sent = len(self._records.orders), len(self._given.orders)
        if found < self._accepted:
            line = f"{count(self._accepted)} orders were accepted, {count(found)} have a record"
            yield Divergence(kind="lost order", line=line)
        if self._more > 0:
            yield Divergence(kind=UNKNOWN, line=f"{count(sent)} orders were sent, {count(found)} have a record")

    @cached_property
    def _orders(self) -> Mapping[str, list[OrderRecord]]:
        """Each symbol's, in their order; of doubled ones the first, since the account tells of the others."""
        found: dict[str, list[OrderRecord]] = {symbol: [] for symbol in self._symbols}
        seen: set[str] = set()
        for one in self._records.orders:
            if one.id in seen and one.id in self._sent:
                continue
            seen.add(one.id)
            found.setdefault(one.symbol, []).append(one)
        return found

    @cached_property
    def _fills(self) -> Mapping[str, list[FillRecord]]:
        found: dict[str, list[FillRecord]] = {}
        for one in self._records.fills:
            found.setdefault(one.symbol, []).append(one)
        return found

    @property
    def _symbols(self) -> Iterable[str]:
        return (symbol for shard in self._given.topology.shards for symbol in shard.symbols)

    @cached_property
    def _recorded(self) -> frozenset[str]:
        return frozenset(one.id for one in self._records.orders)

    @cached_property
    def _planned_seeds(self) -> Mapping[str, list[PlannedOrder]]:
        """What the plan rests, by symbol."""
        found: dict[str, list[PlannedOrder]] = {}
        if self._is_planned and self._given.plan:
            for shard in self._given.loaded:
                for one in self._given.plan.resting(shard):
                    found.setdefault(one.symbol, []).append(one)
        return found

    @cached_property
    def _books(self) -> Mapping[str, ReferenceBook]:
        books: dict[str, ReferenceBook] = {}
        for symbol in {*self._orders, *self._fills, *self._planned_seeds}:
            book = books[symbol] = ReferenceBook(self._given.semantics)
            for one in self._planned_seeds.get(symbol, ()):
                book.rest(book.taker(one.id, one.side, LIMIT, one.price, one.quantity))
        return books

    @cached_property
    def _replayed(self) -> Mapping[str, Replayed]:
        known = self._recorded | self._sent.keys()
        planted = {one.id for orders in self._planned_seeds.values() for one in orders}
        may_be_seed = (lambda _: False) if self._way is Way.REPLAY else (lambda name: name not in known | planted)
        sent = self._sent

        def type_of(order: OrderRecord) -> str:
            """As it was sent; of an order that nobody knows, by whether it names a price: a LIMIT order has to."""
            if order.id in sent:
                return sent[order.id].order.type
            return LIMIT if order.price else MARKET

        return {
            symbol: Replay(book, type_of=type_of, may_be_seed=may_be_seed).run(
                self._orders.get(symbol, ()), self._fills.get(symbol, ())
            )
            for symbol, book in sorted(self._books.items())
            if not self._shares_ids(symbol)
        }

    def _shares_ids(self, symbol: str) -> bool:
        """Whether orders of a symbol have one id, as they may: nobody knows then whose a fill is."""
        ids = [one.id for one in self._orders.get(symbol, ())]
        if shared := len(ids) - len(set(ids)) + self._earlier:
            self._notes.append(f"fills of {symbol} are not checked: {count(shared)} orders have another's id")
        return bool(shared)

    @cached_property
    def _earlier(self) -> int:
        """How many makers were filled before the record of their id came: an earlier case left orders of that id."""
        if self._is_planned or self._given.is_clean:
            return 0
        place = {one.id: number for orders in self._orders.values() for number, one in enumerate(orders)}
        fills = (one for some in self._fills.values() for one in some)
        return len({one.maker for one in fills if place.get(one.maker, -1) > place.get(one.taker, math.inf)})

    def _scattered(self) -> Iterator[Divergence]:
        """Records are keyed by symbol, so a symbol's are in one partition; else they have no order."""
        for topic, records in (("orders", self._records.orders), ("matches", self._records.fills)):
            places: dict[str, set[int]] = {}
            for one in records:
                places.setdefault(one.symbol, set()).add(one.partition)
            for symbol, found in sorted(places.items()):
                if len(found) > 1:
                    listed = ", ".join(map(str, sorted(found)))
                    line = f"records of {symbol} are in partitions {listed} of {topic}: they are not keyed by symbol"
                    yield Divergence(kind="scattered records", line=line)

    def _other_symbols(self) -> Iterator[Divergence]:
        """A seed has one symbol for ever."""
        seen: dict[str, str] = {}
        for symbol, one in self._replayed.items():
            for seed in one.seeds:
                if (before := seen.setdefault(seed, symbol)) != symbol:
                    line = f"{seed}, of which nothing is recorded, was filled in {before} and in {symbol}"
                    yield Divergence(kind="wrong fill", line=line)

    def _too_many_seeds(self) -> Iterator[Divergence]:
        if self._way is Way.REPLAY:
            return
        for shard in self._given.topology.shards:
            found = sum(len(self._replayed[name].seeds) for name in shard.symbols if name in self._replayed)
            rested = self._rested(shard)
            if rested is None:
                if found:
                    self._notes.append(f"shard {shard.id}: how many orders rested at first was not scraped")
            elif found > (rested := max(0.0, rested - self._planted(shard))):
                line = (
                    f"shard {shard.id} filled {count(found)} makers of which nothing is recorded; at the load's begin "
                    f"{count(rested)} orders rested"
                )
                yield Divergence(kind="unknown makers", line=line)

    def _planted(self, shard: Shard) -> int:
        """How many of those are the load's own, which are known."""
        return sum(len(self._planned_seeds.get(symbol, ())) for symbol in shard.symbols)

    def _rested(self, shard: Shard) -> float | None:
        """The most orders that can have rested when the load began: those of the first scrape, and what was filled."""
        own = self._scraped(shard)
        depth = counters.earliest(own.of("depth"), self._given.load)
        first = min((at for one in own.of("depth") for at, _ in one.points if at in self._given.load), default=None)
        if depth is None or first is None:
            return None
        start = self._given.load.start
        return depth + sum(counters.since(one.points, start, first) for one in own.of("matches"))

    def _matches_counted(self, shard: Shard) -> Iterator[Divergence]:
        own = self._scraped(shard)
        series = own.of("matches")
        if not series or not self._is_final(series) or counters.resets(series, self._given.load):
            if any(self._fills.get(symbol) for symbol in shard.symbols):
                self._notes.append(f"shard {shard.id}: me_matches_total was not scraped whole after the last record")
            return
        start = self._given.load.start
        # A scrape is stamped when it is asked for: its answer may count the load's first fills already.
        least, most = (
            round(sum(counters.since(one.points, before, math.inf) for one in series))
            for before in (start, start - SCRAPE_SECONDS * 1000)
        )
        found = sum(len(self._fills.get(symbol, ())) for symbol in shard.symbols)
        if not least <= found <= most:
            counted = least if found < least else most
            line = f"shard {shard.id} counted {count(counted)} fills (me_matches_total), {count(found)} have a record"
            yield Divergence(kind="other count", line=line)

    def _depth(self, shard: Shard) -> Iterator[Divergence]:
        """What rests at the end; where fills diverged it differs for that reason."""
        known = [self._replayed.get(name) for name in shard.symbols if name in self._books]
        if any(one is None or one.divergence for one in known):
            return
        own = self._scraped(shard)
        for label, side in SIDES.items():
            series = [one for one in own.of("depth") if one.labels.get("side") == label]
            if len(series) != 1 or not self._is_final(series):
                self._notes.append(f"shard {shard.id}: its depth was not scraped after the last record")
                return
            rests = sum(self._books[name].depth(side) for name in shard.symbols if name in self._books)
            if (shown := round(series[0].points[-1][1])) != rests:
                line = (
                    f"shard {shard.id} shows a depth of {count(shown)} ({label}) at the end, {count(rests)} orders rest"
                )
                yield Divergence(kind="other depth", line=line)

    def _is_final(self, series: Sequence[counters.Series]) -> bool:
        """Whether all were scraped after the last answer and the last record."""
        until = max(self._given.last_answer, self._given.reading.until)
        return all(one.points[-1][0] >= until for one in series)

    def _scraped(self, shard: Shard) -> Scraped:
        return scraped_of(self._all, shard.id)

    @cached_property
    def _all(self) -> Scraped:
        return Scraped.of_load(self._given.extract, self._given.load).counted_after(-math.inf)
