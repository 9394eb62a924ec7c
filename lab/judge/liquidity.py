"""Whether a shard's book held what the load needs: what was asked at its start, and enough to its end."""

from collections.abc import Iterator

from lab.core.figures import count, ratio, share
from lab.core.windows import slices
from lab.judge.bound import Kind
from lab.judge.reason import EITHER_WAY, Reason, darkens, flatters
from lab.measure.measurements import CaseMeasurements, ShardMeasurements
from lab.settings.suites import Case

FALL = 0.5
"""Of its best minute: matches per order below it mean that the book ran dry."""
ENOUGH_ORDERS = 100
"""In a minute, for that: fills an order vary by a tenth among so many, by a third among ten."""
DEPTH = 0.1
"""By which a sized book may differ from what was asked, as a share of it."""
SHALLOW = flatters(Kind.LATENCY, Kind.ERRORS) + darkens(Kind.FILLS)
"""Fewer resting orders are less to search and less to fill."""
DEEP = darkens(Kind.LATENCY, Kind.ERRORS) + flatters(Kind.FILLS)


def bad_book(case: Case, measured: CaseMeasurements, shard: ShardMeasurements) -> Iterator[Reason]:
    """What was wrong with the book of a shard that gets orders."""
    yield from _depth(case, shard)
    yield from _dry(case, measured, shard)


def _depth(case: Case, shard: ShardMeasurements) -> Iterator[Reason]:
    """The depth that a case is about; one whose quantities are drawn is taken from at once, so it may be lower."""
    book = case.settings.book
    if book is None:
        return
    asked, who = book.orders * len(shard.symbols), f"the book of me-shard-{shard.shard}"
    if shard.first_asks is None:
        line = f"{who} was not scraped during the load, {count(asked)} SELL orders asked; run './invokew status'"
        yield Reason(line=line, bends=EITHER_WAY)
    elif shard.first_asks > asked * (1 + DEPTH) or (book.sized and shard.first_asks < asked * (1 - DEPTH)):
        held = f"held {count(shard.first_asks)} SELL orders at the start, {count(asked)} asked (limit ±{share(DEPTH)})"
        line = f"{who} {held}; make cases.{case.id}.clean true and let {case.script} seed cases.{case.id}.book"
        yield Reason(line=line, bends=SHALLOW if shard.first_asks < asked else DEEP)
    elif book.sized and shard.least_asks is not None and shard.least_asks < asked * (1 - DEPTH):
        line = (
            f"{who} fell to {count(shard.least_asks)} SELL orders, {count(asked)} asked (limit -{share(DEPTH)}): "
            f"let {case.script} put back what its orders take"
        )
        yield Reason(line=line, bends=SHALLOW)


def _dry(case: Case, measured: CaseMeasurements, shard: ShardMeasurements) -> Iterator[Reason]:
    """An empty side of the book; fills that stop while orders rest are the engine's own doing, and told."""
    remedy = f"seed more in {case.script}"
    if case.settings.book:
        remedy += f", or raise cases.{case.id}.book.orders"
    if shard.least_asks == 0:
        line = f"the book of me-shard-{shard.shard} ran dry: no SELL order rested at one scrape or more; {remedy}"
        yield Reason(line=line, bends=SHALLOW)
        return
    ratios = [
        matches / orders
        for minute, matches, orders in zip(
            slices(measured.load), shard.matches_per_minute, shard.orders_per_minute, strict=False
        )
        if orders * minute.seconds / 60 >= ENOUGH_ORDERS
    ]
    if ratios and min(ratios) < FALL * max(ratios):
        fell = f"matches an order fell from {ratio(max(ratios))} to {ratio(min(ratios))} in one minute"
        if shard.least_asks is None:
            line = f"{fell} on me-shard-{shard.shard}, whose depth nobody knows: it may have run dry; {remedy}"
            yield Reason(line=line, bends=flatters(Kind.LATENCY, Kind.ERRORS))
        else:
            line = f"{fell} on me-shard-{shard.shard}, while {count(shard.least_asks)} SELL orders rested at least"
            yield Reason(line=line)
