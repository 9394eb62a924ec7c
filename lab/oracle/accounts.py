"""Which orders have records: each that was accepted has one, with what was sent, and no other has."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lab.measure.correctness import Divergence
from lab.measure.records import OrderRecord
from lab.oracle.planned_order import PlannedOrder

UNKNOWN = "unknown order"
"""The kind of a divergence: a record names an order that the load did not send."""
CLOCK = 2.0
"""Milliseconds: k6 writes instants cut to whole ones."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """An order as the load generator saw it, whatever it was.

    Args:
        index: Which of the plan's it is; None if the script doesn't say.
        sent: When it was sent (epoch ms).
        answered: When its answer came, or nobody waited for it any more.
        accepted: Whether it was accepted.
        refused: Whether the engine answered that it does not take it; neither, if it never answered.
        runner: Which of several runners sent it, by its own clock.
    """

    index: int | None
    sent: float
    answered: float
    accepted: bool
    refused: bool = False
    runner: int = 0


@dataclass(frozen=True, slots=True)
class Sent:
    """An order of the plan, and what the load generator saw of it."""

    order: PlannedOrder
    seen: Seen


def accounts(sent: Mapping[str, Sent], records: Sequence[OrderRecord]) -> Iterator[Divergence]:
    """What is wrong with the orders' records.

    Args:
        sent: The orders by their ids.
        records: Of all symbols.
    """
    counted = Counter(record.id for record in records)
    for record in records:
        one = sent.get(record.id)
        if one is None:
            yield Divergence(kind=UNKNOWN, line=f"{_where(record)} names {record.id}, which nobody sent")
        elif one.seen.refused:
            yield Divergence(kind="refused order", line=f"{_where(record)} names {record.id}, which was refused")
        elif changed := _changed(one.order, record):
            yield Divergence(kind="changed order", line=f"{_where(record)}: {record.id} has {changed}")
    for name, times in counted.items():
        if times > 1 and name in sent:
            yield Divergence(kind="doubled order", line=f"{name} has {times} records")
    for one in lost(sent, records):
        order = one.order
        line = f"{order.id} ({order.side} {order.quantity} {order.symbol} at {order.price}) was accepted; no record"
        yield Divergence(kind="lost order", line=line)


def lost(sent: Mapping[str, Sent], records: Sequence[OrderRecord]) -> tuple[Sent, ...]:
    """The accepted orders that have no record, as they were sent."""
    found = {record.id for record in records}
    missing = (one for name, one in sent.items() if one.seen.accepted and name not in found)
    return tuple(sorted(missing, key=lambda one: one.seen.sent))


def out_of_time(sent: Mapping[str, Sent], records: Sequence[OrderRecord], *, clocks: float = 0.0) -> Divergence | None:
    """The first order of a symbol that stands behind one that was sent only after it was answered.

    Args:
        sent: The orders by their ids.
        records: Of the symbol.
        clocks: ms by which the clocks of two runners may differ.
    """
    latest: dict[int, Sent] = {}
    for record in records:
        one = sent.get(record.id)
        if one is None:
            continue
        for runner, other in latest.items():
            after = other.seen.sent - one.seen.answered
            if one.seen.accepted and after > CLOCK + (clocks if runner != one.seen.runner else 0.0):
                line = (
                    f"{other.order.id} stands before {one.order.id} in {record.symbol}, though it was sent "
                    f"{after:.0f} ms after that one's answer"
                )
                return Divergence(kind="order out of time", line=line)
        own = latest.get(one.seen.runner)
        if own is None or one.seen.sent > own.seen.sent:
            latest[one.seen.runner] = one
    return None


def _changed(order: PlannedOrder, record: OrderRecord) -> str:
    told = {name: (getattr(record, name), getattr(order, name)) for name in ("symbol", "side", "price", "quantity")}
    if order.type == "MARKET" and not record.price:
        # What a MARKET order's price was is nothing that an engine has to keep.
        del told["price"]
    return ", ".join(f"{name} {has} instead of {was}" for name, (has, was) in told.items() if has != was)


def _where(record: OrderRecord) -> str:
    return f"orders, partition {record.partition}, offset {record.offset}"
