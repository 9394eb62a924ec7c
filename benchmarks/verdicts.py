"""How often verdicts err, simulated with the product's own rules: prints each question, its rate and what to reach.

    .venv/bin/python benchmarks/verdicts.py [--draws N] [--only WORD]

Client latencies are exponential, log-normal (sigma 0.5 and 1) and Pareto (2), alone and with stalls in which all orders
wait for the end: 0.1 s in each 20 s, 0.3 s in each 60 s, each at an instant of its own; and those that the tests have
of a real run, by seconds drawn again. Where a p99 is set, latencies without their stalls are multiplied until it is
that. Stalls are the machine's, which the control beside the load meets too, or the design's, which it does not.

The rate shown is the worst of all cells of its kind, with its own 95 % interval (Wilson). A target is met where all of
that interval is.
"""

import argparse
import functools
import math
import random
import sys
import time
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from statistics import NormalDist
from types import SimpleNamespace
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import searches  # noqa: E402
from lab.compare import comparison  # noqa: E402
from lab.compare.rule import Assessment  # noqa: E402
from lab.core.windows import AFTER, BEFORE, DURING, WHOLE, Window  # noqa: E402
from lab.judge import p99, risen, shift, step  # noqa: E402
from lab.judge.bound import Bound, Kind, Status  # noqa: E402
from lab.judge.excused import by_chance  # noqa: E402
from lab.judge.repeated import together  # noqa: E402
from lab.judge.shift import Allowed  # noqa: E402
from lab.measure import excuses, latency, samples, stretches  # noqa: E402
from lab.measure.control import ControlRecording, ControlRequest  # noqa: E402
from lab.measure.interval import NORMAL, Estimate, corrected  # noqa: E402
from lab.measure.rise import BETWEEN_LOADS, WITHIN_LOAD, compare  # noqa: E402
from lab.measure.samples import Order  # noqa: E402
from tests.lab.compare.simulated import simulated  # noqa: E402

RATE = 17.0
"""Orders a second, as A2's and A4's."""
LIMIT = 200.0
POOL = 100_000
"""Values of a family, at evenly spaced quantiles: what is drawn of, so that its true p99 is known."""
normal = NormalDist().inv_cdf
FAMILIES: dict[str, Callable[[float], float]] = {
    "exponential": lambda share: -math.log1p(-share),
    "log-normal 0.5": lambda share: math.exp(0.5 * normal(share)),
    "log-normal 1": lambda share: math.exp(normal(share)),
    "Pareto 2": lambda share: (1 - share) ** -0.5,
}
STALLS: dict[str, tuple[float, float] | None] = {"": None, "0.1 s/20 s": (0.1, 20.0), "0.3 s/60 s": (0.3, 60.0)}
SHARE = 0.99
RECORDED = ROOT / "tests" / "lab" / "judge" / "recorded" / "a2" / "samples.csv.gz"


@dataclass(frozen=True)
class Cell:
    """A kind of latencies; of the recorded ones without a family."""

    family: str
    stalls: str = ""
    is_seen: bool = False
    """Whether the control beside the load meets the stalls too."""

    @property
    def kind(self) -> str:
        """The column that its rate belongs to."""
        if self.family == "recorded":
            return "recorded"
        return (
            "without stalls" if not self.stalls else "the machine's stalls" if self.is_seen else "the design's stalls"
        )

    def __str__(self) -> str:
        return f"{self.family}{', stalls ' + self.stalls if self.stalls else ''}"


KINDS = ("without stalls", "recorded", "the machine's stalls", "the design's stalls")
RECORDED_CELL = Cell("recorded")
CELLS = tuple(Cell(family, stalls) for family in FAMILIES for stalls in STALLS)
BESIDE = (*CELLS, *(replace(cell, is_seen=True) for cell in CELLS if cell.stalls), RECORDED_CELL)
"""Those of a comparison, which may be decided without what the control saw too."""


@dataclass(frozen=True)
class Drawn:
    """Orders: when they were due (ms), how long they took (ms), and the stalls among them (ms)."""

    dues: list[float]
    latencies: list[float]
    stalls: tuple[tuple[float, float], ...] = ()

    def slower(self, ms: float = 0.0, times: float = 1.0) -> "Drawn":
        """The same orders, slower."""
        return replace(self, latencies=[one * times + ms for one in self.latencies])

    @functools.cached_property
    def ordered(self) -> list[float]:
        """Their latencies, ascending."""
        return sorted(self.latencies)

    @functools.cached_property
    def alone(self) -> tuple[Estimate, ...]:
        """The percentiles that they are compared by."""
        return latency.alone(self.ordered)

    @functools.cached_property
    def seen(self) -> SimpleNamespace:
        """What a bound looks at of them."""
        together = latency.together(self.dues, self.latencies, self.ordered)
        return SimpleNamespace(orders=len(self.dues), interval=together, compared=self.alone)


@functools.cache
def seconds_of_a_run() -> tuple[tuple[float, ...], ...]:
    """The recorded latencies (ms), by the second."""
    orders = samples.read(RECORDED).orders
    by_second: dict[int, list[float]] = {}
    for order in orders:
        by_second.setdefault(int((order.due - orders[0].due) // 1000), []).append(order.latency)
    return tuple(map(tuple, by_second.values()))


@functools.lru_cache(maxsize=16)
def pool(family: str, scale: float) -> list[float]:
    """The values of a family, ascending (ms)."""
    return [scale * FAMILIES[family]((place + 0.5) / POOL) for place in range(POOL)]


def drawn(chance: random.Random, cell: Cell, seconds: float, scale: float, rate: float = RATE) -> Drawn:
    """The orders of some seconds."""
    if cell == RECORDED_CELL:
        some = seconds_of_a_run()
        found = [scale * one for _ in range(math.ceil(seconds)) for one in chance.choice(some)]
        return Drawn([place * seconds / len(found) * 1000 for place in range(len(found))], found)
    count = round(seconds * rate)
    found = chance.choices(pool(cell.family, scale), k=count)
    stalls = tuple(_stalls(chance, cell, seconds))
    for start, end in stalls:
        for place in range(max(0, math.ceil(start / 1000 * rate)), min(count, math.ceil(end / 1000 * rate))):
            found[place] += end - place / rate * 1000
    return Drawn([place / rate * 1000 for place in range(count)], found, stalls)


def _stalls(chance: random.Random, cell: Cell, seconds: float) -> Iterator[tuple[float, float]]:
    stalls = STALLS[cell.stalls]
    if stalls:
        lasts, each = stalls
        begin = -chance.random() * each
        while begin < seconds:
            start = (begin + chance.random() * each) * 1000
            yield start, start + lasts * 1000
            begin += each


def beside(chance: random.Random, orders: Drawn) -> ControlRecording:
    """The control's requests around the stalls, 20 a second, at a place of their own."""
    first = chance.random() * EACH
    dues = sorted(
        {
            first + EACH * number
            for start, end in orders.stalls
            for number in range(int((start - 500) // EACH), int((end + 500) // EACH))
        }
    )
    return ControlRecording(
        requests=tuple(
            ControlRequest(due=due, latency=1 + sum(end - due for start, end in orders.stalls if start <= due < end))
            for due in dues
        )
    )


EACH = 50.0
"""Ms from one request of the control to the next."""


def unexcused(orders: Drawn, control: ControlRecording) -> Drawn:
    """The orders that the control does not excuse."""
    gone = set()
    for spell in control.spells(Window(name=WHOLE, start=-math.inf, end=math.inf)):
        for place in range(bisect_left(orders.dues, spell.start), bisect_right(orders.dues, spell.end)):
            order = Order(due=orders.dues[place], service=orders.latencies[place], accepted=True)
            if excuses.is_slow(order, control):
                gone.add(place)
    left = [place for place in range(len(orders.dues)) if place not in gone]
    return Drawn([orders.dues[place] for place in left], [orders.latencies[place] for place in left])


def decided(
    chance: random.Random, cell: Cell, first: Drawn, second: Drawn, held: Callable[[Drawn, Drawn], Bound]
) -> Bound:
    """A comparison of two parts, without what the control saw too where that alone keeps it open."""
    found = held(first, second)
    if found.status is not Status.UNDECIDED or not cell.is_seen:
        return found
    controls = [beside(chance, one) for one in (first, second)]
    parts = [Window(name=WHOLE, start=one.dues[0], end=one.dues[-1] + 1) for one in (first, second)]
    before, after = ((control.spells(part), part) for control, part in zip(controls, parts, strict=True))
    if not by_chance(before, after):
        return found
    rest = held(*(unexcused(one, control) for one, control in zip((first, second), controls, strict=True)))
    return rest if rest.status is Status.MET else found


@functools.cache
def scaled_to(cell: Cell, wanted: float) -> float:
    """By what latencies are multiplied, so that their p99 with stalls is this (ms)."""
    if not cell.stalls:
        return plain(cell, wanted)
    stalled = drawn(random.Random(99), cell, POOL / RATE, 0.0).latencies
    alone = random.Random(98).sample(pool(cell.family, 1.0), k=POOL)
    low, high = 0.0, plain(cell, wanted)
    for _ in range(12):
        middle = (low + high) / 2
        above = sum(middle * one + waited >= wanted for one, waited in zip(alone, stalled, strict=False))
        low, high = (middle, high) if above < (1 - SHARE) * POOL else (low, middle)
    return (low + high) / 2


@functools.cache
def plain(cell: Cell, wanted: float) -> float:
    """By what latencies are multiplied, so that their p99 without stalls is this (ms)."""
    if cell == RECORDED_CELL:
        return wanted / sorted(one for some in seconds_of_a_run() for one in some)[-5]
    return wanted / FAMILIES[cell.family](SHARE)


BEYOND = "a bound that is met with an interval that reaches beyond its limit"


def reaches_beyond(*bounds: Bound) -> bool:
    """Whether one of them is met though its interval isn't all within its limit."""
    return any(
        one.status is Status.MET and (one.high or 0.0) > (one.limit or 0.0) * (1 + 1e-9)  # rounding
        for one in bounds
    )


def risen_by(allowed: Allowed) -> Callable[[Drawn, Drawn], Bound]:
    """The bound of A4 at the client."""

    def held(before: Drawn, during: Drawn) -> Bound:
        client = {name: one.seen for name, one in ((BEFORE, before), (DURING, during))}
        (bound,) = risen.held(_measured(client=client, loaded=()), allowed)
        return bound

    return held


def _measured(**figures: Any) -> Any:
    """Of a case's measurements what the rule looks at."""
    return SimpleNamespace(**figures)


FLOOR, BARE = risen_by(Allowed(ratio=1.1, at_least_ms=10)), risen_by(Allowed(ratio=1.1, at_least_ms=0))


def rises(chance: random.Random, cell: Cell) -> dict[str, bool]:
    """A4's rise: 45 s before and 120 s during."""
    scale = plain(cell, 3.0)
    before, orders = drawn(chance, cell, 45, scale), drawn(chance, cell, 120, scale)
    third = orders.slower(times=1.3)
    none, floor, bare = (
        decided(chance, cell, before, during, held) for during, held in ((orders, FLOOR), (third, FLOOR), (third, BARE))
    )
    fifty = decided(chance, cell, before, orders.slower(ms=50.0), FLOOR)
    found = compare(before.seen.interval, orders.alone[0], drift=WITHIN_LOAD)
    return {
        "no rise: not PASS": none.status is not Status.MET,
        "+30 % of 3 ms, floor 10: not PASS": floor.status is not Status.MET,
        "+30 % of 3 ms, floor 0: PASS": bare.status is Status.MET,
        "+50 ms: not missed": fifty.status is not Status.MISSED,
        "+50 ms: PASS": fifty.status is Status.MET,
        "rise's interval without the truth": not found.ratio.low <= 1 <= found.ratio.high,
        BEYOND: reaches_beyond(none, floor, bare),
    }


def isolations(chance: random.Random, cell: Cell) -> dict[str, bool]:
    """B4's two cold shards, 7,560 orders against 1,650 each, without and with drift between the loads."""
    scale = plain(cell, 3.0)
    allowed = Allowed(ratio=1.05, at_least_ms=10)

    def held(before: Drawn, after: Drawn) -> Bound:
        found = shift.at_client(before.alone, after.alone, allowed, drift=BETWEEN_LOADS, parts=2)
        return found.bound("isolation", allowed, of="", what="", by="")

    first = drawn(chance, cell, 270, scale, rate=28)
    colds = [drawn(chance, cell, 270, scale, rate=1650 / 270) for _ in range(2)]
    bounds = [decided(chance, cell, first, cold, held) for cold in colds]
    outside = {}
    for drift in (0.13, 0.25):
        found = compare(first.alone[0], colds[0].alone[0], drift=BETWEEN_LOADS, confidence=corrected(2)).ratio
        drifted = math.exp(chance.gauss(0, drift) - chance.gauss(0, drift))
        outside[f"isolation's interval without the truth, drift {drift:g}"] = not found.low <= drifted <= found.high
    is_kept = all(one.status is Status.MET for one in bounds)
    return {"isolation, honest: not PASS": not is_kept, **outside, BEYOND: reaches_beyond(*bounds)}


def p99_bound(orders: Drawn) -> Bound:
    """The bound on p99 of a load at the client, with its worst stretch."""
    load = Window(name=WHOLE, start=0.0, end=len(orders.dues) / RATE * 1000)
    found = stretches.of_latencies(orders.dues, orders.latencies, load)
    measured = _measured(client={WHOLE: orders.seen}, loaded=(), stretches=found, load=load, worst=None)
    return p99.held(measured, LIMIT)


def limits(chance: random.Random, cell: Cell) -> dict[str, bool]:
    """A p99 that is truly so much of its limit: of 500 orders, and of A2's 4 min 30 s."""

    def held(share: float, seconds: float) -> Bound:
        return p99_bound(drawn(chance, cell, seconds, scaled_to(cell, share * LIMIT)))

    above, far, near, nearer, half = (
        held(share, seconds)
        for share, seconds in ((1.1, 500 / RATE), (1.2, 500 / RATE), (0.85, 270), (0.9, 270), (0.5, 270))
    )
    return {
        "p99 10 % above: PASS": above.status is Status.MET,
        "p99 20 % above: PASS": far.status is Status.MET,
        "p99 at 85 %: FAIL": near.status is Status.MISSED,
        "p99 at 90 %: FAIL": nearer.status is Status.MISSED,
        "p99 at half: not PASS": half.status is not Status.MET,
        BEYOND: reaches_beyond(above, far, near, nearer, half),
    }


def steps(chance: random.Random, cell: Cell) -> dict[str, bool]:
    """B3's four stages at a constant p99 of 100 ms, each with drift 0.13."""
    scale = scaled_to(cell, 100.0)
    client = {}
    for number, rate in enumerate((17.0, 30.0, 63.0, 84.0), start=1):
        orders = drawn(chance, cell, 120, scale, rate).slower(times=math.exp(chance.gauss(0, 0.13)))
        client[f"stage {number}"] = SimpleNamespace(compared=orders.alone, p99=0.0)
    (found,) = step.held(_measured(client=client, loaded=()), 20.0)
    return {"step, constant p99: FAIL": found.status is Status.MISSED, BEYOND: reaches_beyond(found)}


REPEAT = " at --repeat="
COUNTS = (1, 2, 3, 4, 5, 8, 20)
NOISE = math.log(1 / 0.9) / normal(0.7)
"""Standard deviation of the logarithm of a figure that is 10 % below its limit and misses it in 30 % of the runs."""


def repetitions(chance: random.Random, _: Cell) -> dict[str, bool]:
    """A figure 10 % below its limit at the median, whose noise makes 30 % of all runs miss it; and one at its limit.

    Either each run's own interval has that noise, or the runs differ by it and none of them shows it.
    """
    noises = [math.exp(chance.gauss(0, NOISE)) for _ in range(max(COUNTS))]
    found, bounds = {}, []
    for told, wide in (("each interval", NORMAL * NOISE), ("no interval", 0.05)):
        for truth, of in ((0.9, "30 % chance of a miss"), (1.0, "truly at the limit")):
            for count in COUNTS:
                some = [_bound(LIMIT * truth * one, math.exp(wide)) for one in noises[:count]]
                all_of_them = together(some, [str(number) for number in range(count)])
                is_met = all_of_them.status is Status.MET
                bounds += [all_of_them] if is_met else []
                wrong, said = (not is_met, "not PASS") if truth < 1 else (is_met, "PASS")
                found[f"{of}, noise in {told}: {said}{REPEAT}{count}"] = wrong
    return {**found, BEYOND: reaches_beyond(*bounds)}


def _bound(figure: float, wide: float) -> Bound:
    low, high = figure / wide, figure * wide
    status = Status.of_interval(low, high, LIMIT, is_exclusive=True)
    return Bound(
        name="p99_ms",
        kind=Kind.LATENCY,
        status=status,
        line="",
        figure=figure,
        limit=LIMIT,
        unit="ms",
        low=low,
        high=high,
    )


MEASURED_DRIFT = 0.27
"""The most that medians of equal tries on the stand differed by (docs/compare.md); `compare` assumes 0.25."""
OUTAGE = (*[BEFORE] * 5, *[DURING] * 9, *[AFTER] * 6)
"""The windows of A4's stretches."""


def comparisons(chance: random.Random, cell: Cell) -> dict[str, bool]:
    """Two equal runs of ASR 1, with a median of 1 ms as on the stand, and of 20 ms."""
    median = float(cell.family.split()[-2])

    def a_run() -> list[tuple[Any, ...]]:
        cases = [
            simulated(chance.random(), seconds=seconds, between=MEASURED_DRIFT, median=median)
            for seconds in (270.0, 150.0, 90.0, 90.0, 225.0)
        ]
        cases[-1] = tuple(replace(one, window=name) for one, name in zip(cases[-1], OUTAGE, strict=True))
        return [(case,) for case in cases]

    rows = [row for before, after in zip(a_run(), a_run(), strict=True) for row in comparison.rows(before, after)]
    return {"compare: equal runs of ASR 1 called worse": any(row.assessment is Assessment.WORSE for row in rows)}


MEDIANS = (Cell("median of 1 ms"), Cell("median of 20 ms"))
QUESTIONS: dict[str, tuple[Callable[[random.Random, Cell], dict[str, bool]], tuple[Cell, ...], float]] = {
    "rise": (rises, BESIDE, 1.0),
    "isolation": (isolations, BESIDE, 1.0),
    "p99": (limits, CELLS, 1.0),
    "step": (steps, CELLS, 0.25),
    "repeat": (repetitions, (Cell("drift"),), 1.0),
    "compare": (comparisons, MEDIANS, 0.19),
}
"""Of each kind of question what draws it once, of which latencies, and how many of the draws it gets: as many as its
rate's interval needs to be apart from its target."""
TO_REACH = {
    "no rise: not PASS": 0.05,
    "+30 % of 3 ms, floor 10: not PASS": 0.05,
    "+30 % of 3 ms, floor 0: PASS": 0.05,
    "+50 ms: not missed": 0.01,
    "+50 ms: PASS": 0.01,
    "rise's interval without the truth": 0.07,
    "isolation, honest: not PASS": 0.05,
    "isolation's interval without the truth": 0.10,
    "p99 10 % above: PASS": 0.05,
    "p99 20 % above: PASS": 0.05,
    "p99 at 85 %: FAIL": 0.05,
    "p99 at 90 %: FAIL": 0.05,
    "p99 at half: not PASS": 0.01,
    "step, constant p99: FAIL": 0.05,
    "compare: equal runs": 0.01,
    BEYOND: 0.0,
}
OPEN = {
    "the design's stalls": "the control sees none of them, so they are the design's own, and the other part may have "
    "fewer or more: undecided, since the interval of p99 reaches into them",
    "recorded": "2 of its 511 orders take five times its p99, and the interval of p99 reaches to them: undecided",
}
WHY_NOT = {
    "no rise: not PASS": OPEN,
    "+30 % of 3 ms, floor 10: not PASS": OPEN,
    "isolation, honest: not PASS": OPEN,
    "p99 at half: not PASS": {
        "the design's stalls": "what stalls add lies above the limit and comes together now and then: undecided"
    },
}
"""Of the kinds of latencies for which a target can't be met, why."""


@dataclass(frozen=True)
class Rate:
    """How often a question was answered wrongly."""

    hits: int
    draws: int

    def __add__(self, other: "Rate") -> "Rate":
        """Of both."""
        return Rate(self.hits + other.hits, self.draws + other.draws)

    @property
    def value(self) -> float:
        """The share."""
        return self.hits / self.draws

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's, 95 %."""
        square = NORMAL**2 / self.draws
        middle = self.value + square / 2
        wide = NORMAL * math.sqrt(self.value * (1 - self.value) / self.draws + square / self.draws / 4)
        return max(0.0, (middle - wide) / (1 + square)), min(1.0, (middle + wide) / (1 + square))

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.value * 100:.3g} [{low * 100:.2g}, {high * 100:.2g}]"


BATCH = 250
"""Draws of a task, at most: what a process does between two lines of progress."""
Task = tuple[str, Cell, int, int]
"""A kind of question, of which latencies, how many draws before it, and how many it has."""


def rates(task: Task) -> dict[str, Rate]:
    """The rates of some draws."""
    name, cell, first, draws = task
    draw, *_ = QUESTIONS[name]
    chance = random.Random(f"{name} {cell} {cell.is_seen} {first}")
    sums: Counter[str] = Counter()
    for _ in range(draws):
        sums.update({question: int(is_so) for question, is_so in draw(chance, cell).items()})
    return {question: Rate(hits, draws) for question, hits in sums.items()}


def tasks(draws: int, only: str) -> Iterator[Task]:
    """All that is to be drawn, or that of one kind of question."""
    for name, (_, cells, share) in QUESTIONS.items():
        wanted = max(20, round(draws * share)) if only in name else 0
        for cell in cells:
            for first in range(0, wanted, BATCH):
                yield name, cell, first, min(BATCH, wanted - first)


def main() -> None:
    """Draw and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=2000, help="of each cell (default 2000)")
    parser.add_argument("--only", default="", help=f"one of {', '.join(QUESTIONS)}")
    parser.add_argument("--cores", type=int, default=2, help="processes that draw (default 2)")
    options = parser.parse_args()
    found: dict[str, dict[Cell, Rate]] = {}
    began, wanted = time.monotonic(), list(tasks(options.draws, options.only))
    with ProcessPoolExecutor(max_workers=options.cores) as workers:
        searched = None if options.only else workers.submit(_searched, max(20, options.draws // 20))
        for number, (task, seen) in enumerate(zip(wanted, workers.map(rates, wanted), strict=True), start=1):
            name, cell, *_ = task
            told = f"{number} of {len(wanted)}, {time.monotonic() - began:.0f} s: {name}, {cell}"
            print(told, file=sys.stderr, flush=True)
            for question, rate in seen.items():
                by_cell = found.setdefault(question, {})
                by_cell[cell] = by_cell[cell] + rate if cell in by_cell else rate
    print(f"| % of the draws | draws | {' | '.join(KINDS)} | to reach | |\n|{'---|' * (len(KINDS) + 4)}")
    for question, each in found.items():
        if REPEAT not in question:
            print(_row(question, [(rate, cell) for cell, rate in each.items()]))
    for question in dict.fromkeys(one.partition(REPEAT)[0] for one in found if REPEAT in one):
        print(_repeated([*(one for count in COUNTS for one in found[f"{question}{REPEAT}{count}"].values())], question))
    for question, least, told in searched.result() if searched else ():
        print(f"| {question} | | {told} | | | | {least} | |")


def _searched(draws: int) -> list[searches.Row]:
    return list(searches.rows(draws))


def _row(question: str, each: Sequence[tuple[Rate, Cell]]) -> str:
    def worst(some: Sequence[tuple[Rate, Cell]]) -> tuple[Rate, Cell] | None:
        return max(some, key=lambda one: one[0].value, default=None)

    by_kind = {kind: worst([one for one in each if one[1].kind == kind]) for kind in KINDS}
    limit = next((most for name, most in TO_REACH.items() if question.startswith(name)), None)
    texts = " | ".join(str(one[0]) if one else "" for one in by_kind.values())
    wanted = "" if limit is None else f"≤ {limit * 100:.3g}"
    return f"| {question} | {each[0][0].draws} | {texts} | {wanted} | {_said(question, by_kind, limit)} |"


def _repeated(each: Sequence[Rate], question: str) -> str:
    """How a rate falls as more repetitions are pooled."""
    falls = all(later.interval[0] <= earlier.interval[1] for earlier, later in pairwise(each))
    told = f"{' / '.join(map(str, each))} at --repeat={' / '.join(map(str, COUNTS))}"
    return f"| {question} | {each[0].draws} | {told} | | | | falls with N | {'met' if falls else RISES} |"


RISES = (
    "NOT MET up to 4: one run says what its own orders say and knows nothing of how runs differ; each further one "
    "shows that, and fewer PASS wrongly (the row below). An interval that knew how they differ would need "
    f"{math.ceil((NORMAL * NOISE / -math.log(0.9)) ** 2)} runs to PASS in half of all cases"
)


def _said(question: str, by_kind: dict[str, tuple[Rate, Cell] | None], limit: float | None) -> str:
    """Whether the target was met, in which kinds not, and why."""
    if limit is None:
        return ""
    missed = {kind: one for kind, one in by_kind.items() if one and _misses(one[0], limit)}
    if not missed:
        return "met"
    why = WHY_NOT.get(question, {})
    told = "; ".join(
        f"{kind} ({cell}): {'too few draws to tell' if rate.interval[0] <= limit else why.get(kind, 'NOT MET')}"
        for kind, (rate, cell) in missed.items()
    )
    return f"met, but for {told}" if len(missed) < sum(one is not None for one in by_kind.values()) else told


def _misses(rate: Rate, limit: float) -> bool:
    return rate.hits > 0 if not limit else rate.interval[1] > limit


if __name__ == "__main__":
    main()
