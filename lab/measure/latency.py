"""The latency of many orders: exact percentiles of it and of its parts, and how many failed."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from lab.measure.samples import Order

P50, P95, P99, P999 = Fraction(1, 2), Fraction(95, 100), Fraction(99, 100), Fraction(999, 1000)


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
        parts: Where it went; None where no order was accepted.
    """

    orders: int
    errors: int
    p50: float
    p95: float
    p99: float
    p999: float
    max: float
    parts: Parts | None = None

    @property
    def error_rate(self) -> float:
        """The share of the orders that failed; 1 when there was none."""
        return self.errors / self.orders if self.orders else 1.0


def latency(orders: Iterable[Order]) -> Latency:
    """Count the orders and take their percentiles."""
    some = list(orders)
    values = sorted(order.judged_latency for order in some)
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


def rank(count: int, share: Fraction) -> int:
    """The nearest rank: ceil(share * count), at least 1; exact, since floats put 99.9 % of 1,000 at 1,000."""
    return max(1, -(-count * share.numerator // share.denominator))


def percentile(ordered: Sequence[float], share: Fraction) -> float:
    """The smallest of the values that at least this share of them doesn't exceed (nearest rank); infinite for none."""
    return ordered[rank(len(ordered), share) - 1] if ordered else math.inf
