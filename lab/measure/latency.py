"""The latency of many orders: exact percentiles of it and of its parts, and how many failed."""

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import ClassVar

from pydantic import ConfigDict

from lab.measure import interval
from lab.measure.blocks import inflation_of
from lab.measure.interval import STORED, Estimate, rank
from lab.measure.samples import Order

P50, P95, P99, P999 = Fraction(1, 2), Fraction(95, 100), Fraction(99, 100), Fraction(999, 1000)
LADDER = (P99, P95, Fraction(90, 100), Fraction(75, 100), P50)
"""The percentiles that windows are compared by: where one hiccup hides what the first did, a lower one shows it."""


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Where the time of the orders that were accepted went: the p99 of each part (ms), each by itself.

    Args:
        late: From due to sent; None where it isn't known when they were due.
        connect: From sent to having a connection.
        service: From then to the answer.
        opened: The share of the orders that opened a connection.
    """

    late: float | None
    connect: float
    service: float
    opened: float


@dataclass(frozen=True, kw_only=True)
class Latency:
    """Orders of a window and their latency in ms, from due to answered.

    A percentile is infinite when that many orders failed.

    Args:
        low: Where the 95 % interval of p99 begins; None where nobody asked for it.
        high: Where it ends; infinite where so few orders bound it by nothing.
        ladder: The percentiles of `LADDER` with the intervals that they are compared by.
        parts: Where it went; None where no order was accepted.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STORED

    orders: int
    errors: int
    p50: float
    p95: float
    p99: float
    p999: float
    max: float
    low: float | None = None
    high: float | None = None
    ladder: tuple[Estimate, ...] = ()
    parts: Parts | None = None

    @property
    def error_rate(self) -> float:
        """The share of the orders that failed; 1 when there was none."""
        return self.errors / self.orders if self.orders else 1.0

    @property
    def interval(self) -> Estimate:
        """The p99 with its interval."""
        return Estimate(
            value=self.p99,
            low=self.p99 if self.low is None else self.low,
            high=self.p99 if self.high is None else self.high,
        )

    @property
    def compared(self) -> tuple[Estimate, ...]:
        """What it is compared with others by."""
        return self.ladder or (self.interval,)


def latency(orders: Iterable[Order]) -> Latency:
    """Count the orders and take their percentiles."""
    some = list(orders)
    return _counted(some, sorted(order.judged_latency for order in some))


def _counted(some: Sequence[Order], values: Sequence[float]) -> Latency:
    return Latency(
        orders=len(some),
        errors=sum(not order.accepted for order in some),
        p50=percentile(values, P50),
        p95=percentile(values, P95),
        p99=percentile(values, P99),
        p999=percentile(values, P999),
        max=values[-1] if values else math.inf,
        parts=_parts([order for order in some if order.accepted]),
    )


def judged(orders: Iterable[Order]) -> Latency:
    """The same with the intervals that a verdict rests on."""
    some = list(orders)
    latencies = [order.judged_latency for order in some]
    values = sorted(latencies)
    p99 = together([order.due for order in some], latencies, values)
    return replace(_counted(some, values), low=p99.low, high=p99.high, ladder=alone(values))


def alone(ordered: Sequence[float]) -> tuple[Estimate, ...]:
    """The percentiles of `LADDER` of ascending latencies, with the intervals of orders that are slow one by one."""
    return tuple(interval.percentile(ordered, share) for share in LADDER)


def together(dues: Sequence[float], latencies: Sequence[float], ordered: Sequence[float]) -> Estimate:
    """The p99 with an interval that is wider where slow orders come together, but never endless by that alone.

    Args:
        dues: When the orders were due (ms), ascending.
        latencies: Of each of them (ms).
        ordered: The same, ascending.
    """
    free = interval.percentile(ordered, P99)
    slow = len(ordered) - bisect_right(ordered, free.value)
    if not slow:
        return free
    inflated = inflation_of(dues, [due for due, one in zip(dues, latencies, strict=True) if one > free.value])
    wide = interval.percentile(ordered, P99, independent=len(ordered) / inflated)
    return Estimate(
        value=free.value, low=wide.low, high=free.high if math.isinf(free.high) else min(wide.high, ordered[-1])
    )


def _parts(accepted: Sequence[Order]) -> Parts | None:
    if not accepted:
        return None
    late = [order.late for order in accepted if order.late is not None]
    return Parts(
        late=percentile(sorted(late), P99) if late else None,
        connect=percentile(sorted(order.connect for order in accepted), P99),
        service=percentile(sorted(order.service for order in accepted), P99),
        opened=sum(order.opened for order in accepted) / len(accepted),
    )


def percentile(ordered: Sequence[float], share: Fraction) -> float:
    """The smallest of the values that at least this share of them doesn't exceed (nearest rank); infinite for none."""
    return ordered[rank(len(ordered), share) - 1] if ordered else math.inf
