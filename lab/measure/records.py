"""What an engine published: the records of both topics, as a case's folder keeps them."""

import gzip
import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.core.errors import ToolError

ORDERS, MATCHES = "orders", "matches"
"""The topics of docs/engine.md: a record an order, and one a fill."""
SIDES = ("BUY", "SELL")
FILE = "records.tsv.gz"
"""In a case's folder: topic, partition, offset and value, a line each, as they were read."""


@dataclass(frozen=True, slots=True)
class RawRecord:
    """A record as the broker has it."""

    topic: str
    partition: int
    offset: int
    value: str


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """An order that the engine says it has taken; price in cents, 0 where it names none."""

    partition: int
    offset: int
    id: str
    symbol: str
    side: str
    price: int
    quantity: int


@dataclass(frozen=True, slots=True)
class FillRecord:
    """A fill that the engine says it has made; price in cents."""

    partition: int
    offset: int
    match: str
    taker: str
    maker: str
    symbol: str
    price: int
    quantity: int
    side: str


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How the records of a case were read.

    Args:
        took: Seconds after the load until both topics stood still and all was read.
        until: When they were found to stand still (epoch ms).
        missed: Records that were gone before they could be read.
        problem: Why they could not be read; None if they were.
    """

    took: float
    until: float
    missed: int = 0
    problem: str | None = None


@dataclass(frozen=True, kw_only=True)
class Records:
    """The records of a case, those of a partition in their order, and what of them can't be read."""

    orders: tuple[OrderRecord, ...]
    fills: tuple[FillRecord, ...]
    unreadable: tuple[str, ...] = ()


def read(path: Path) -> Records:
    """Read the file of a case's folder.

    Raises:
        ToolError: It isn't there, or is no such file.
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            return parsed(_raw(line) for line in file)
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise ToolError(f"the engines' records can't be read: {error}; look at {path}") from error


def write(path: Path, records: Iterable[RawRecord]) -> None:
    """Write the file of a case's folder, whole or not at all."""
    part = path.with_name(f".{path.name}")
    with gzip.open(part, "wt", encoding="utf-8") as file:
        for one in records:
            # A value that is no JSON may hold a line's end; JSON holds none, so nothing that can be read is changed.
            value = one.value.replace("\r", " ").replace("\n", " ")
            file.write(f"{one.topic}\t{one.partition}\t{one.offset}\t{value}\n")
    part.replace(path)


def parsed(raw: Iterable[RawRecord]) -> Records:
    """What records say."""
    orders: list[OrderRecord] = []
    fills: list[FillRecord] = []
    unreadable: list[str] = []
    for one in sorted(raw, key=lambda record: (record.topic, record.partition, record.offset)):
        try:
            value = json.loads(one.value)
            if one.topic == ORDERS:
                orders.append(_order(one, value))
            else:
                fills.append(_fill(one, value))
        except (ValueError, KeyError, TypeError, AttributeError):
            unreadable.append(f"{one.topic}, partition {one.partition}, offset {one.offset}: {one.value[:200]}")
    return Records(orders=tuple(orders), fills=tuple(fills), unreadable=tuple(unreadable))


def _raw(line: str) -> RawRecord:
    topic, partition, offset, value = line.rstrip("\n").split("\t", 3)
    return RawRecord(topic, int(partition), int(offset), value)


def _order(raw: RawRecord, value: dict[str, Any]) -> OrderRecord:
    _require(value, "ORDER_PLACED", ("orderId", "symbol", "side"), ("quantity",))
    if value["side"].upper() not in SIDES:
        raise ValueError(value["side"])
    price = value.get("price") or 0
    if type(price) is not int:
        raise TypeError(price)
    return OrderRecord(
        raw.partition,
        raw.offset,
        value["orderId"],
        value["symbol"],
        value["side"].upper(),
        price,
        value["quantity"],
    )


def _fill(raw: RawRecord, value: dict[str, Any]) -> FillRecord:
    texts = ("matchId", "takerOrderId", "makerOrderId", "symbol", "takerSide")
    _require(value, "MATCH_EXECUTED", texts, ("executionPrice", "executionQuantity"))
    return FillRecord(
        raw.partition,
        raw.offset,
        value["matchId"],
        value["takerOrderId"],
        value["makerOrderId"],
        value["symbol"],
        value["executionPrice"],
        value["executionQuantity"],
        value["takerSide"].upper(),
    )


def _require(value: dict[str, Any], kind: str, texts: Sequence[str], numbers: Sequence[str]) -> None:
    if value["type"] != kind:
        raise ValueError(value["type"])
    for name in (*texts, *numbers):
        if type(value[name]) is not (str if name in texts else int):
            raise TypeError(name)
