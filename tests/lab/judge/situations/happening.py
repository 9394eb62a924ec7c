"""What happens in a case of full length, order by order; nothing in it is wrong until a plant changes it.

The honest background: an order's client latency is log-normal (median 2 ms, sigma 0.5), its engine takes it 0.5 ms
after it was sent and needs 0.6 of the client's time, and 60 % of the orders make 1 to 3 fills.
"""

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from lab.core.windows import Outage
from lab.measure.counters import Series
from lab.measure.measurements import Generator
from lab.measure.null_path import NullPath
from lab.settings.case_settings import CaseSettings
from lab.settings.suites import Case
from lab.settings.topology import Topology
from tests.lab.made import START, generator
from tests.lab.made import case as case_of
from tests.lab.made import suite as suite_of

MEDIAN, SIGMA = 2.0, 0.5
"""Of the client's latency (ms)."""
ENGINES_PART = 0.6
WAY = 0.5
"""ms from an order's sending to its receipt at the engine."""
FILLED = 0.6
MOST_FILLS = 3
TIMEOUT = 5000.0
"""ms after which the scripts give an order up."""
CONTROL_MEDIAN, CONTROL_SIGMA = 0.5, 0.375
"""Of the control's latency (ms): its p99 is 1.2 ms, as the path's."""
GOES, COMES = 1.0, 1.1
"""Seconds in which the broker goes and comes back."""


@dataclass(slots=True, kw_only=True)
class Sent:
    """One order; times in ms, instants since the epoch.

    Args:
        i: Its number.
        due: When the plan has it.
        symbol: What it trades.
        shard: Who owns that.
        late: How long after `due` k6 turned to it.
        connect: How long it waited for a connection.
        service: From the begin of its sending to the end of its answer.
        way: From the begin of its sending to its receipt at the engine.
        engine: What the engine needs for it from receipt to the end of the matching; infinite: it never ends.
        fills: How many it makes.
        status: Of its answer; 0: there is none.
        is_rejected: Whether the answer says so, whatever its status.
        is_received: Whether the engine counts it.
        tells: Whether the script says in k6's metadata which order it is and when it was due.
    """

    i: int
    due: float
    symbol: str
    shard: str
    service: float
    late: float = 0.0
    connect: float = 0.0
    way: float = WAY
    engine: float
    fills: int
    status: int = 200
    is_rejected: bool = False
    is_received: bool = True
    tells: bool = True

    @property
    def sent(self) -> float:
        return self.due + self.late + self.connect

    @property
    def answered(self) -> float:
        return self.sent + self.service

    @property
    def received(self) -> float:
        return self.sent + self.way

    @property
    def finished(self) -> float:
        return self.received + self.engine

    def waits(self, more: float) -> None:
        """Wait for so long (ms) on the way to the engine, which stamps its receipt afterwards."""
        self.way += more
        self.service += more

    def refused(self, status: int) -> None:
        """Get this answer instead of the engine's; 0: no connection, of which k6 has no times."""
        self.status, self.service, self.is_received, self.fills = status, 1.0 if status else 0.0, False, 0


@dataclass(slots=True, kw_only=True)
class Asked:
    """One request of the control beside the load: when it was due (epoch ms), and its parts (ms)."""

    due: float
    service: float
    late: float = 0.0
    status: int = 200


@dataclass(kw_only=True)
class Happening:
    """All that happens in a case; plants change it in place.

    Args:
        case: What is asked.
        topology: What stands.
        orders: In the order in which they are due.
        control: The requests beside the load; None: no control runs.
        outage: When the broker is away.
        generator: How k6 fares.
        path: What the calibration shows.
        around: What else is seen around the load, as `Surroundings` has it.
        gaps: In which time (seconds of the load) a workload answers no scrape.
        restarts: When (seconds of the load) a workload's process begins anew, and why it ended.
        throttled: Of a workload's CPU periods.
        spins: The cores that a workload uses besides those for its orders.
        foreign: How many orders others send to each of the load's.
        asks: Resting SELL orders of a shard by the second of the load.
        scraped: What becomes of each series that is scraped, before the lab reads it: by the part that it is in.
        missing: How many of the last orders are not in k6's file, which breaks off.
    """

    case: Case
    topology: Topology
    orders: list[Sent]
    control: list[Asked] | None
    outage: Outage | None
    generator: Generator = field(default_factory=generator)
    path: NullPath = field(default_factory=lambda: NullPath(p99=1.2, asked=153, answered=153))
    around: dict[str, Any] = field(default_factory=dict)
    gaps: list[tuple[str, float, float]] = field(default_factory=list)
    restarts: list[tuple[str, float, str]] = field(default_factory=list)
    throttled: dict[str, float] = field(default_factory=dict)
    spins: dict[str, float] = field(default_factory=dict)
    foreign: float = 0.0
    asks: Callable[[str, float], float] = lambda _shard, _second: 3000.0
    scraped: dict[str, Callable[[Series], Sequence[Series]]] = field(default_factory=dict)
    missing: int = 0

    @property
    def settings(self) -> CaseSettings:
        return self.case.settings

    @property
    def start(self) -> float:
        return START

    @property
    def end(self) -> float:
        return START + self.settings.duration * 1000

    def at(self, second: float) -> float:
        """The instant of a second of the load."""
        return START + second * 1000

    def due(self, begin: float, end: float) -> Iterator[Sent]:
        """The orders that are due between two seconds of the load."""
        return (one for one in self.orders if self.at(begin) <= one.due < self.at(end))

    def while_away(self) -> Iterator[Sent]:
        """The orders that are due while the broker is surely away."""
        assert self.outage
        return (one for one in self.orders if self.outage.in_force <= one.due < self.outage.ending)

    def of_shards(self, *shards: str) -> Iterator[Sent]:
        return (one for one in self.orders if one.shard in shards)


Plant = Callable[[Happening], None]


def honest(name: str, seed: int = 1) -> Happening:
    """A case in which nothing is wrong, to be changed at will."""
    case, topology, drawn, beside = case_of(name), suite_of(name).topology, *_drawn(name, seed)
    book = case.settings.book
    asked = book.orders * len(topology.shards[0].symbols) if book else 3000
    owners = {symbol: one.id for one in topology.shards for symbol in one.symbols}
    return Happening(
        case=case,
        topology=topology,
        orders=[
            Sent(
                i=i,
                due=due,
                symbol=symbol,
                shard=owners[symbol],
                service=took,
                engine=ENGINES_PART * took,
                fills=fills,
            )
            for i, (due, symbol, took, fills) in enumerate(drawn)
        ],
        control=[Asked(due=due, service=took) for due, took in beside],
        outage=_outage(case.settings),
        asks=lambda _shard, _second: float(asked),
    )


@cache
def _drawn(name: str, seed: int) -> tuple[list[tuple[float, str, float, int]], list[tuple[float, float]]]:
    """What is drawn: of each order when it is due, its symbol, latency and fills; the control's instants and latencies."""
    case, topology = case_of(name), suite_of(name).topology
    return (
        [*_orders(case.settings, topology, random.Random(f"{name} {seed}"))],
        [*_control(case, random.Random(seed))],
    )


def _orders(
    settings: CaseSettings, topology: Topology, source: random.Random
) -> Iterator[tuple[float, str, float, int]]:
    symbols = [symbol for one in topology.shards if one.id in (settings.shards or [one.id]) for symbol in one.symbols]
    hot = settings.hot
    others = [symbol for symbol in symbols if hot is None or symbol != hot.symbol]
    for second in due_seconds(settings):
        symbol = hot.symbol if hot and source.random() < hot.share else source.choice(others)
        took = source.lognormvariate(math.log(MEDIAN), SIGMA)
        yield START + second * 1000, symbol, took, source.randint(1, MOST_FILLS) if source.random() < FILLED else 0


def due_seconds(settings: CaseSettings) -> Iterator[float]:
    """When each order is due, in seconds of the load: of a ramp, when its area has grown by one more order.

    k6 sends the first order of a constant rate at once, that of a ramp when its area has come to one.
    """
    begins, low, sent, i = 0.0, float(settings.rate), 0.0, int(bool(settings.stages))
    stages = [(float(one.rate), float(one.for_)) for one in settings.stages] or [(low, float(settings.duration))]
    for high, lasts in stages:
        whole = sent + (low + high) / 2 * lasts / 60
        slope, speed = (high - low) / lasts / 60, low / 60
        while i < round(whole, 6) + bool(settings.stages):
            area = i - sent
            yield begins + (area / speed if not slope else (math.sqrt(speed**2 + 2 * slope * area) - speed) / slope)
            i += 1
        begins, low, sent = begins + lasts, high, whole


def _control(case: Case, source: random.Random) -> Iterator[tuple[float, float]]:
    rate = case.limits.control
    for n in range(round(rate * case.settings.duration)):
        yield START + n * 1000 / rate, source.lognormvariate(math.log(CONTROL_MEDIAN), CONTROL_SIGMA)


def _outage(settings: CaseSettings) -> Outage | None:
    fault = settings.fault
    if fault is None:
        return None
    began = START + fault.after * 1000
    in_force = began + GOES * 1000
    ending = in_force + fault.for_ * 1000
    return Outage(began=began, in_force=in_force, ending=ending, over=ending + COMES * 1000)
