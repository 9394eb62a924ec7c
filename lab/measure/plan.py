"""When each order was due: as its script says, or by the plan of the one arrival-rate scenario that sent them all."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from lab.measure.k6_points import Iteration, Points, Request
from lab.settings.case_settings import CaseSettings

ON_TIME = 10.0
"""ms by which the least late order of a part of the load may be late, in most parts: k6 starts an iteration within
2 ms, and what it starts late is soon followed by one on time. A load of another rate drifts away for good: one that is
0.1 % slower is 10 ms late after ten seconds."""
SLACK = 3.0
"""ms by which k6's instants, cut to whole ones, may put an order outside of its own iteration."""
PARTS = 20
"""Of the load, by number of orders."""


class NoPlanError(Exception):
    """When the orders were due can't be told; the message says why."""


@dataclass(frozen=True, slots=True)
class Start:
    """When an order was due, and when the iteration that sent it began (epoch ms); None where k6 does not say that."""

    due: float
    begun: float | None


def starts(orders: Sequence[Request], points: Points, settings: CaseSettings | None) -> list[Start]:
    """When each order was to be sent, and when k6 set about it.

    Args:
        orders: In the order of the file.
        points: All of the file.
        settings: The load that the case asks for; None if that isn't known.

    Raises:
        NoPlanError: That can't be told.
    """
    if not orders:
        return []
    if any(order.due is not None for order in orders):
        return _told(orders, points, is_ramp=bool(settings and settings.stages))
    return _planned(orders, points, settings)


def _told(orders: Sequence[Request], points: Points, *, is_ramp: bool) -> list[Start]:
    """As the script says; a ramp's plan begins later than its script knows, when k6 has started all VUs."""
    if points.dropped:
        raise NoPlanError("k6 dropped iterations, so the script counts fewer orders than were due")
    if any(one.due is None for one in orders):
        raise NoPlanError("the script says of some orders only when they were due")
    unconnected = {one.index for one in orders if not one.has_connected}
    begun = {one.index: one.began for one in points.iterations if one.index in unconnected}
    try:
        due = [float(one.due or "") for one in orders]
        late = [one.sent - at for one, at in zip(orders, due, strict=True) if one.has_connected]
        begin = max(0.0, min(late, default=0.0)) if is_ramp else 0.0
        return [Start(at + begin, begun.get(one.index or "")) for one, at in zip(orders, due, strict=True)]
    except ValueError as error:
        raise NoPlanError(f"the script says when orders were due, but not as a number: {error}") from error


def _planned(orders: Sequence[Request], points: Points, settings: CaseSettings | None) -> list[Start]:
    """The i-th iteration that began was the i-th due, and the plan began when it makes none early."""
    if settings is None:
        raise NoPlanError("the load that was asked for isn't known")
    iterations = sorted(_iterations(orders, points), key=lambda one: one.began)
    offsets = list(_offsets(settings, len(iterations)))
    if len(offsets) < len(iterations):
        raise NoPlanError("the script sent more orders than the case asks for")
    begin = min(one.began - offset for one, offset in zip(iterations, offsets, strict=True))
    _require_kept([one.began - begin - offset for one, offset in zip(iterations, offsets, strict=True)])
    own = _own(orders, iterations)
    return [Start(begin + offsets[own[one]], iterations[own[one]].began) for one in range(len(orders))]


def _own(orders: Sequence[Request], iterations: Sequence[Iteration]) -> dict[int, int]:
    """Which iteration sent which order: k6 says it nowhere, but an order lies within its own.

    Of scripts that send their order first the n-th that was sent is the n-th iteration's; of those that do it last the
    n-th that was answered is that of the n-th that ended.
    """
    every = range(len(orders))
    by_end = sorted(every, key=lambda one: orders[one].answered), sorted(every, key=lambda one: iterations[one].ended)
    by_begin = sorted(every, key=lambda one: orders[one].sent), list(every)
    for ours, theirs in (by_end, by_begin):
        own = dict(zip(ours, theirs, strict=True))
        if all(_lies_in(orders[one], iterations[other]) for one, other in own.items()):
            return own
    raise NoPlanError("which iteration sent which order can't be told")


def _lies_in(order: Request, iteration: Iteration) -> bool:
    return iteration.began - SLACK <= order.sent and order.answered <= iteration.ended + SLACK


def _iterations(orders: Sequence[Request], points: Points) -> list[Iteration]:
    scenarios = {order.scenario for order in orders}
    if len(scenarios) != 1:
        raise NoPlanError(f"{len(scenarios)} scenarios sent the orders")
    if points.dropped:
        raise NoPlanError("k6 dropped iterations")
    found = [one for one in points.iterations if one.scenario in scenarios]
    if not points.iterations:
        return [_by_itself(order) for order in orders]
    if len(found) != len(orders):
        raise NoPlanError(f"{len(found)} iterations sent {len(orders)} orders")
    return found


def _by_itself(order: Request) -> Iteration:
    """The iteration of an order in a file that has no iterations, only what is needed of k6's points."""
    if not order.has_connected:
        raise NoPlanError("k6 does not say when the orders that got no connection were sent")
    return Iteration(order.scenario, began=order.sent, ended=order.answered, index=None)


def _require_kept(late: Sequence[float]) -> None:
    """Whether the iterations keep to the plan at all: those of another rate, or of no rate, drift away from it."""
    if all_along(late) > ON_TIME:
        raise NoPlanError("the orders don't come at the rate of the case")


def all_along(late: Sequence[float]) -> float:
    """How late (ms) the least late is in most parts of a load, of which there is one: no stall of a while does that."""
    edges = [round(part * len(late) / PARTS) for part in range(PARTS + 1)]
    return median(min(late[begin:end]) for begin, end in pairwise(edges) if begin < end)


def _offsets(settings: CaseSettings, most: int) -> Iterator[float]:
    """When each order is due, in ms from the load's begin, at most so many: as k6's arrival-rate executors plan it.

    At a constant rate the first is due at once; in a ramp each when the area under its lines has come to its number.
    """
    if not settings.stages:
        yield from (number * 60_000 / settings.rate for number in range(most))
        return
    number, sent, begin, low = 1, 0.0, 0.0, settings.rate / 60
    for stage in settings.stages:
        high, lasts = stage.rate / 60, float(stage.for_)
        last = sent + (low + high) / 2 * lasts
        while number <= min(last, most):
            yield (begin + _seconds(number - sent, low, high, lasts)) * 1000
            number += 1
        sent, begin, low = last, begin + lasts, high


def _seconds(area: float, low: float, high: float, lasts: float) -> float:
    """After how many seconds of a line from one rate to another its area is this."""
    if low == high:
        return area / low
    slope = (high - low) / lasts
    return (math.sqrt(max(0.0, low**2 + 2 * slope * area)) - low) / slope
