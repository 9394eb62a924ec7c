"""Which orders are excused: those that k6 or the surroundings made slow, and not the design; and what is left then."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, pairwise

from lab.core.part_labels import GATEWAY
from lab.core.windows import Window
from lab.measure import counters
from lab.measure.control import SLOW, ControlRecording, Spell
from lab.measure.counters import Point, Series
from lab.measure.extract import Extract
from lab.measure.samples import Order, Samples
from lab.settings.topology import SHARD_PREFIX

LATE = 10.0
"""ms by which k6 sends an order late by its own doing: it starts an iteration within 2 ms. As long as a slow request of
the control (`SLOW`), for the same reason."""
PART = 0.5
"""Of an order's latency that its lateness, or what the control waited at that time, has to come to: else most of it has
another cause, and the order is the design's."""
MOST_CPU = 0.5
"""Of the machine's cores that the engines and the gateway use together, at which they are what slows it down."""
USED_CORES = 0.1
"""Cores below which a workload has no part in that."""
OF_ORDERS = (SHARD_PREFIX, GATEWAY)
"""How the names of the workloads under test begin."""
HISTOGRAMS = ("match_duration", "gateway_duration")
"""The parts of an extract that say how long orders took."""


@dataclass(frozen=True, kw_only=True)
class Excuses:
    """What was excused of a load.

    Args:
        late: Orders that k6 itself sent late.
        latest: By how much (ms) it sent the latest of them.
        slow: Orders that were due in a slow spell of the control's, and were not late.
        spells: The slow spells.
        cores: That the engines and the gateway used in the slow spells and while k6 was late, by workload.
        host_cores: Of the machine; None if that isn't known.
    """

    late: int = 0
    latest: float = 0.0
    slow: int = 0
    spells: tuple[Spell, ...] = ()
    cores: Mapping[str, float] = field(default_factory=dict)
    host_cores: int | None = None

    @property
    def orders(self) -> int:
        """How many orders are excused."""
        return self.late + self.slow

    @property
    def took_the_cpu(self) -> tuple[str, ...]:
        """The engines and the gateway, if they used most of the machine in the slow spells, which then are theirs."""
        if self.host_cores is None or sum(self.cores.values()) < MOST_CPU * self.host_cores:
            return ()
        return tuple(name for name, used in self.cores.items() if used >= USED_CORES)


def of(samples: Samples, control: ControlRecording | None, load: Window) -> tuple[Excuses, Samples]:
    """What is excused of a load, and the orders that are not.

    Args:
        samples: All orders.
        control: What ran beside them; None: nothing did, or it says nothing.
        load: What is judged of it: from the warm-up to the last order.
    """
    late: list[float] = []
    kept: list[Order] = []
    for order in samples.orders:
        if not load.start <= order.due <= load.end:
            kept.append(order)
        elif is_late(order):
            late.append(order.late or 0.0)
        elif control is None or not is_slow(order, control):
            kept.append(order)
    excuses = Excuses(
        late=len(late),
        latest=max(late, default=0.0),
        slow=len(samples.orders) - len(kept) - len(late),
        spells=control.spells(load) if control else (),
    )
    return excuses, replace(samples, orders=tuple(kept))


def late_spells(samples: Samples) -> tuple[Spell, ...]:
    """The times in which k6 should have sent what it sent late."""
    late = (order for order in samples.orders if is_late(order))
    return tuple(Spell(start=order.due, end=order.sent, waited=order.late or 0.0) for order in late)


def is_late(order: Order) -> bool:
    """Whether k6 itself made an order slow, by sending it late; one that failed has another cause."""
    late = order.late or 0.0
    late = late if order.overslept is None else min(late, order.overslept)
    return order.accepted and late > LATE and late >= PART * order.latency


def is_slow(order: Order, control: ControlRecording) -> bool:
    """Whether the control was as slow at that time; an order that failed has another cause."""
    waited = control.waited_at(order.due) if order.accepted else 0.0
    return waited > SLOW and waited >= PART * order.latency


def without(extract: Extract, spells: Sequence[Spell], samples: Samples) -> Extract:
    """The same without what engines and gateway observed of the orders of a slow spell, by the scrapes around it.

    Only what the spell can have made slow goes: as many observations as orders were due in it, the slowest of them, but
    not those of more than what the control waited over `PART`, as an order of so long would not be excused. How long
    all orders took together stays as it is: without it a rise of their mean would not show.

    Args:
        extract: What was scraped.
        spells: The slow spells.
        samples: All orders.
    """
    if not spells:
        return extract
    reached = _reached(spells, samples)
    cut = {name: _cut(extract.get(name, ()), reached) for name in HISTOGRAMS}
    return {**extract, **cut}


@dataclass(frozen=True, slots=True)
class _Reached:
    """An order that was due in a slow spell: when, for which shard, and how long it may have taken for that (ms)."""

    due: float
    shard: str | None
    most: float


def _reached(spells: Sequence[Spell], samples: Samples) -> list[_Reached]:
    """Each once, by the longest that the control waited around it."""
    dues = [order.due for order in samples.orders]
    waited: dict[int, float] = {}
    for one in spells:
        for place in range(bisect_left(dues, one.start), bisect_right(dues, one.end)):
            waited[place] = max(waited.get(place, 0.0), one.waited)
    found = ((samples.orders[place], most) for place, most in waited.items())
    return [_Reached(order.due, order.shard, most / PART) for order, most in found]


def _cut(buckets: Sequence[Series], reached: Sequence[_Reached]) -> tuple[Series, ...]:
    is_tagged = any(one.shard for one in reached)
    by_shard: dict[str, dict[object, dict[float, Series]]] = {}
    for one in chain.from_iterable(counters.by_bound(buckets).values()):
        labels = frozenset((name, value) for name, value in one.labels.items() if name != "le")
        shard = one.labels.get("shard", "") if is_tagged else ""
        by_shard.setdefault(shard, {}).setdefault(labels, {})[counters.upper_bound(one)] = one
    found: list[Series] = []
    for shard, histograms in by_shard.items():
        own = [one for one in reached if one.shard == shard or not shard]
        for histogram in histograms.values():
            found += _cut_histogram(histogram, [one[max(one)] for one in histograms.values()], own)
    return tuple(found)


def _cut_histogram(
    own: Mapping[float, Series], totals: Sequence[Series], reached: Sequence[_Reached]
) -> Iterator[Series]:
    """Without what the orders of slow spells may have been of it, the slowest first, from scrape to scrape.

    Of a bucket that reaches beyond what an order may have taken, the part below that goes; of several histograms of one
    shard each loses its part.
    """
    bounds, last = sorted(own), own[max(own)].points
    gone = dict.fromkeys(bounds, 0.0)
    points: dict[float, list[Point]] = {bound: list(own[bound].points[:1]) for bound in bounds}
    for (left, _), (right, _) in pairwise(last):
        near = [one.most for one in reached if one.due < right and one.due + one.most > left]
        if near:
            part = _rise(own[max(own)], left, right) / max(sum(_rise(one, left, right) for one in totals), 1e-9)
            used, lost = 0.0, {}
            for below, bound in reversed([*pairwise([0.0, *bounds])]):
                held = _rise(own[bound], left, right) - (_rise(own[below], left, right) if below else 0.0)
                spare = part * sum(_part_below(most, below, bound) for most in near) - used
                lost[bound] = max(0.0, min(held, spare))
                used += lost[bound]
            for bound in bounds:
                gone[bound] += math.fsum(some for other, some in lost.items() if other <= bound)
        for bound in bounds:
            points[bound].append((right, counters.at(own[bound].points, right) - gone[bound]))
    yield from (replace(own[bound], points=tuple(points[bound])) for bound in bounds)


def _rise(one: Series, left: float, right: float) -> float:
    return counters.at(one.points, right) - counters.at(one.points, left)


def _part_below(most: float, below: float, bound: float) -> float:
    """Which part of a bucket lies below a value; of one without an end all, where it begins below it."""
    if most >= bound or (math.isinf(bound) and most > below):
        return 1.0
    return max(0.0, (most - below) / (bound - below)) if math.isfinite(bound) else 0.0


def cores(cpu: Sequence[Series], spells: Sequence[Spell]) -> dict[str, float]:
    """The cores that the engines and the gateway used in slow spells, by workload and by the scrapes around each."""
    found: dict[str, float] = {}
    for one in cpu:
        workload = one.labels.get("pod", "").rsplit("-", 2)[0]
        if workload.startswith(OF_ORDERS):
            # A pod has a series of its own and one of its container.
            found[workload] = max(found.get(workload, 0.0), _cores(one, spells))
    return found


def _cores(cpu: Series, spells: Sequence[Spell]) -> float:
    around = [
        (left, right)
        for left, right in pairwise(cpu.points)
        if any(spell.start < right[0] and spell.end > left[0] for spell in spells)
    ]
    lasted = sum(right[0] - left[0] for left, right in around) / 1000
    return sum(max(0.0, right[1] - left[1]) for left, right in around) / lasted if lasted else 0.0
