"""All orders of a case as the load generator saw them, by when they were due, made of k6's points."""

import math
import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from lab.core.windows import Window
from lab.measure import k6_points, plan
from lab.measure.k6_points import Points, Request
from lab.measure.plan import NoPlanError, Start
from lab.settings.case_settings import CaseSettings

OUTSIDE_THE_LOAD = re.compile(r"::(setup|teardown)(::.*)?")
"""k6's own groups of requests that are no load, and what a script nests in them."""
BEFORE_PATH, AFTER_PATH = re.compile(r"^([^/?#]+:)?//[^/?#]*"), re.compile(r"[?#].*", re.DOTALL)
"""What of an address is not its path (RFC 3986, appendix B); a name that a script gave may be no address at all."""
NO_ORDER = re.compile(r"(.*/)?(seed|health|metrics)(/.*)?")
"""The name or path of a request that is no order: the word itself, not one that contains it (a ticker SEED)."""

SHARD_TAG = "shard="


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order, from the instant at which the load's plan wanted it to its answer.

    Args:
        due: When the plan wanted it sent (epoch ms); when it was sent, where the plan isn't known.
        late: ms from then until it was sent; None where the plan isn't known.
        connect: ms from then until it had a connection: waiting for one, connecting, TLS.
        service: ms from then to the end of its answer.
        accepted: Whether it was.
        opened: Whether it opened a connection instead of using one that stood.
        shard: The one that its script says it was for; None if the script doesn't say.
        index: Its number in the load, if the script says it.
        refused: Whether the engine answered that it does not take it: it can't have matched it.
        runner: Which of several runners sent it, from 0 on.
        overslept: How much of its lateness is k6's own, in ms; None: all, for its iteration asks for nothing else.
    """

    due: float
    service: float
    accepted: bool
    late: float | None = None
    connect: float = 0.0
    opened: bool = False
    shard: str | None = None
    index: int | None = None
    refused: bool = False
    runner: int = 0
    overslept: float | None = None

    @property
    def sent(self) -> float:
        """When it was sent (epoch ms)."""
        return self.due + (self.late or 0.0)

    @property
    def latency(self) -> float:
        """Ms from when it was due to the end of its answer."""
        return (self.late or 0.0) + self.connect + self.service

    @property
    def answered(self) -> float:
        """When its answer had come (epoch ms)."""
        return self.due + self.latency

    @property
    def judged_latency(self) -> float:
        """Its latency; infinite if it failed, for a refused connection is answered in no time."""
        return self.latency if self.accepted else math.inf


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What one of several runners sent: how many orders, and by how many ms all of them were late.

    The latter is None where nobody knows when they were due, or where there are none.
    """

    orders: int
    late: float | None


NOTHING_SENT = Sent(orders=0, late=None)


@dataclass(frozen=True, kw_only=True)
class Samples:
    """All orders of a case by when they were due.

    Args:
        orders: In the order of time.
        dropped: Iterations that k6 couldn't start.
        truncated: Whether k6's file breaks off.
        unplanned: Why it isn't known when they were due; None if it is. Then they count from when they were sent.
        runners: What each file has, where there are several.
    """

    orders: tuple[Order, ...]
    dropped: int
    truncated: bool = False
    unplanned: str | None = None
    runners: tuple[Sent, ...] = ()

    @property
    def start(self) -> float | None:
        """When the load began: its first order was due (epoch ms)."""
        return self.orders[0].due if self.orders else None

    @property
    def end(self) -> float | None:
        """When the last order was due (epoch ms)."""
        return self.orders[-1].due if self.orders else None

    @property
    def answered(self) -> float | None:
        """When the last answer came (epoch ms)."""
        return max((order.answered for order in self.orders), default=None)

    def within(self, window: Window) -> Sequence[Order]:
        """The orders due in this window, however late they were sent or answered."""
        first = bisect_left(self.orders, window.start, key=lambda order: order.due)
        last = bisect_left(self.orders, window.end, key=lambda order: order.due)
        return self.orders[first:last]


def read(path: Path | Sequence[Path], settings: CaseSettings | None = None) -> Samples:
    """The orders that k6 recorded (`--out csv`, compressed or not).

    Any script will do: an order is a POST outside setup and teardown whose address ends in `/orders`. k6 puts a name
    that a script gives its requests in place of the address; then it is any that doesn't name a seed, health or
    metrics.

    Args:
        path: The file, or those of one runner or more; one that breaks off (k6 was killed) gives what is in it.
        settings: The load that was asked for, which says when the orders were due if their script doesn't; None if
            that isn't known.

    Raises:
        ToolError: A file is missing, or no such file.
    """
    if isinstance(path, Path):
        return of(k6_points.read(path), settings)
    return of(k6_points.read(*path), settings, runners=len(path))


def of(points: Points, settings: CaseSettings | None, *, runners: int = 0) -> Samples:
    """The same of what was read, in the files of so many runners; 0: of no runners."""
    return _samples([one for one in points.requests if _is_order(one)], points, settings, runners=runners)


def read_all(path: Path) -> Samples:
    """The same of a script of the lab's own that sends no orders: each of its requests counts as one.

    Raises:
        ToolError: The file is missing, or no such file.
    """
    points = k6_points.read(path)
    return _samples(points.requests, points, None)


def _samples(
    requests: Sequence[Request], points: Points, settings: CaseSettings | None, *, runners: int = 0
) -> Samples:
    unplanned: str | None = None
    starts: Sequence[Start | None] = [None] * len(requests)
    try:
        starts = plan.starts(requests, points, settings)
    except NoPlanError as error:
        unplanned = str(error)
    own = {request.scenario for request in requests}
    asks_more = sum(request.scenario in own for request in points.requests) > len(requests)
    orders = [
        _order(request, start, points, asks_more=asks_more) for request, start in zip(requests, starts, strict=True)
    ]
    sent = _sent_by(requests, orders, runners)
    orders.sort(key=lambda order: order.due)
    return Samples(
        orders=tuple(orders),
        dropped=round(points.dropped),
        truncated=points.truncated,
        unplanned=unplanned,
        runners=sent,
    )


def _sent_by(requests: Sequence[Request], orders: Sequence[Order], runners: int) -> tuple[Sent, ...]:
    late: list[list[float]] = [[] for _ in range(runners)]
    counts = [0] * runners
    for request, order in zip(requests, orders, strict=True) if runners else ():
        counts[request.runner] += 1
        if order.late is not None:
            late[request.runner].append(order.late)
    return tuple(
        Sent(orders=count, late=plan.all_along(own) if own else None) for count, own in zip(counts, late, strict=True)
    )


def _is_order(request: Request) -> bool:
    if request.method != "POST" or OUTSIDE_THE_LOAD.fullmatch(request.group):
        return False
    path = BEFORE_PATH.sub("", AFTER_PATH.sub("", request.address))
    return path.endswith("/orders") or ("/" not in request.address and not NO_ORDER.fullmatch(request.address))


def _order(request: Request, start: Start | None, points: Points, *, asks_more: bool) -> Order:
    index = request.index or ""
    is_rejected = request.is_rejected or index in points.rejected
    late, connect = _way(request, start)
    return Order(
        due=start.due if start else request.sent,
        late=late,
        connect=connect,
        service=request.service,
        accepted=request.is_ok and not is_rejected,
        opened=request.connecting > 0,
        shard=_shard(request.tags),
        index=int(index) if index.isdigit() else None,
        refused=is_rejected if request.is_ok else request.status == "503" or request.status[:1] == "4",
        runner=request.runner,
        overslept=max(0.0, start.begun - start.due) if asks_more and start and start.begun is not None else None,
    )


def _way(request: Request, start: Start | None) -> tuple[float | None, float]:
    """How late a request was sent, and how long it waited for a connection (ms)."""
    if start is None:
        return None, request.blocked
    if request.has_connected:
        return max(0.0, request.sent - start.due), request.blocked
    sent = max(start.due, start.begun or 0.0)
    return sent - start.due, max(0.0, request.answered - sent)


@lru_cache
def _shard(tags: str) -> str | None:
    """The shard in tags that k6 has no column for: `testid=r1&judged=yes&shard=a`."""
    return next((tag.removeprefix(SHARD_TAG) for tag in tags.split("&") if tag.startswith(SHARD_TAG)), None) or None
