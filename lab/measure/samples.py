"""What the load generator saw: every order of a case, read from k6's raw points, and exact percentiles of them."""

import csv
import gzip
import math
import zlib
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import TextIO
from urllib.parse import urlsplit

from lab.core.causes import LOAD_GENERATOR
from lab.core.errors import ToolError
from lab.core.windows import Window

P50, P95, P99, P999 = Fraction(1, 2), Fraction(95, 100), Fraction(99, 100), Fraction(999, 1000)
OUTSIDE_THE_LOAD = ("::setup", "::teardown")
"""k6's groups of requests that are no load."""
NO_ORDERS = ("seed", "health", "metrics")
"""What a request that is no order has in the name its script gave it."""

SHARD_TAG = "shard="


@dataclass(frozen=True, slots=True)
class Order:
    """One order: when it was sent (epoch ms), how long its answer took (ms), and whether it was accepted.

    `shard` is the one that its script says it was for; None if the script doesn't say.
    """

    sent: float
    latency: float
    accepted: bool
    shard: str | None = None

    @property
    def judged_latency(self) -> float:
        """Its latency; infinite if it failed, for a refused connection is answered in no time."""
        return self.latency if self.accepted else math.inf


@dataclass(frozen=True, kw_only=True)
class Latency:
    """Orders of a window and their latency in ms; a percentile is infinite when that many orders failed."""

    orders: int
    errors: int
    p50: float
    p95: float
    p99: float
    p999: float
    max: float

    @property
    def error_rate(self) -> float:
        """The share of the orders that failed; 1 when there was none."""
        return self.errors / self.orders if self.orders else 1.0


@dataclass(frozen=True, kw_only=True)
class Samples:
    """All orders of a case by the time they were sent, and the iterations that k6 couldn't start."""

    orders: tuple[Order, ...]
    dropped: int
    truncated: bool = False

    @property
    def start(self) -> float | None:
        """When the load began: its first order (epoch ms)."""
        return self.orders[0].sent if self.orders else None

    @property
    def end(self) -> float | None:
        """When the last order was sent (epoch ms)."""
        return self.orders[-1].sent if self.orders else None

    @property
    def answered(self) -> float | None:
        """When the last answer came (epoch ms)."""
        return max((order.sent + order.latency for order in self.orders), default=None)

    def within(self, window: Window) -> Sequence[Order]:
        """The orders sent in this window, however late their answer came."""
        first = bisect_left(self.orders, window.start, key=lambda order: order.sent)
        last = bisect_left(self.orders, window.end, key=lambda order: order.sent)
        return self.orders[first:last]


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
    )


def rank(count: int, share: Fraction) -> int:
    """The nearest rank: ceil(share * count), at least 1; exact, since floats put 99.9 % of 1,000 at 1,000."""
    return max(1, -(-count * share.numerator // share.denominator))


def percentile(ordered: Sequence[float], share: Fraction) -> float:
    """The smallest of the values that at least this share of them doesn't exceed (nearest rank); infinite for none."""
    return ordered[rank(len(ordered), share) - 1] if ordered else math.inf


def read(path: Path) -> Samples:
    """Read `--out csv` of k6, times in ms (`K6_CSV_TIME_FORMAT=unix_milli`), compressed or not.

    Any script will do: an order is a POST outside setup and teardown whose address ends in `/orders`. k6 puts a name
    that a script gives its requests in place of the address; then it is any that doesn't name a seed, health or
    metrics.

    A file that breaks off (k6 was killed) gives what is in it.

    Raises:
        ToolError: The file is missing, or no such file.
    """
    orders: list[Order] = []
    dropped, truncated = 0.0, False
    try:
        with _open(path) as file:
            reader = csv.DictReader(file)
            if not {"metric_name", "timestamp", "metric_value"} <= set(reader.fieldnames or ()):
                raise ToolError(f"{path} has none of k6's columns; look at k6.log beside it", cause=LOAD_GENERATOR)
            try:
                for row in reader:
                    if row["metric_name"] == "dropped_iterations":
                        dropped += float(row["metric_value"])
                    elif row["metric_name"] == "http_req_duration" and _is_order(row):
                        orders.append(_order(row))
            except (EOFError, zlib.error, TypeError, ValueError):
                truncated = True
    except EOFError:
        truncated = True
    except OSError as error:
        raise ToolError(
            f"k6's points can't be read: {error}; look at k6.log beside them", cause=LOAD_GENERATOR
        ) from error
    orders.sort(key=lambda order: order.sent)
    return Samples(orders=tuple(orders), dropped=round(dropped), truncated=truncated)


def _open(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")


def _is_order(row: dict[str, str]) -> bool:
    if row.get("method") != "POST" or (row.get("group") or "").startswith(OUTSIDE_THE_LOAD):
        return False
    address = row.get("url") or row.get("name") or ""
    path = urlsplit(address).path
    return path.endswith("/orders") or ("/" not in address and not any(word in address.lower() for word in NO_ORDERS))


def _order(row: dict[str, str]) -> Order:
    took = float(row["metric_value"])
    # k6 stamps a request when it has its answer.
    return Order(
        sent=float(row["timestamp"]) - took,
        latency=took,
        accepted=_accepted(row),
        shard=_shard(row.get("extra_tags") or ""),
    )


@lru_cache
def _shard(tags: str) -> str | None:
    """The shard in tags that k6 has no column for: `testid=r1&judged=yes&shard=a`."""
    return next((tag.removeprefix(SHARD_TAG) for tag in tags.split("&") if tag.startswith(SHARD_TAG)), None) or None


def _accepted(row: dict[str, str]) -> bool:
    # A script may leave out k6's tag `status`.
    if status := row.get("status"):
        return status == "200"
    return row.get("expected_response") == "true"
