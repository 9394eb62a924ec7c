"""How often verdicts err, simulated with the product's own rules: prints each question, its rate and what to reach.

    .venv/bin/python benchmarks/verdicts.py [--draws N] [--only WORD]

Client latencies are exponential, log-normal (sigma 0.5 and 1) and Pareto (2), alone and with stalls in which all orders
wait for the end: 0.1 s in each 20 s, 0.3 s in each 60 s, each at an instant of its own; and those that the tests have
of a real run, by seconds drawn again. Where a p99 is set, latencies without their stalls are multiplied until it is
that. The rate shown is the worst of all cells unless it says otherwise.

2,000 draws of all take about half an hour on two cores.
"""

import argparse
import functools
import math
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import searches  # noqa: E402
from lab.core.windows import BEFORE, DURING, WHOLE, Window  # noqa: E402
from lab.judge import p99, risen, shift, step  # noqa: E402
from lab.judge.bound import Bound, Kind, Status  # noqa: E402
from lab.judge.pooled import pooled  # noqa: E402
from lab.judge.shift import Allowed  # noqa: E402
from lab.measure import latency, samples, stretches  # noqa: E402
from lab.measure.latency import Latency  # noqa: E402
from lab.measure.rise import BETWEEN_LOADS, WITHIN_LOAD, compare  # noqa: E402
from lab.measure.samples import Order, Samples  # noqa: E402

RATE = 17.0
"""Orders a second, as A2's and A4's."""
LIMIT = 200.0
FAMILIES: dict[str, Callable[[random.Random], float]] = {
    "exponential": lambda chance: chance.expovariate(1),
    "log-normal 0.5": lambda chance: chance.lognormvariate(0, 0.5),
    "log-normal 1": lambda chance: chance.lognormvariate(0, 1),
    "Pareto 2": lambda chance: chance.paretovariate(2),
}
STALLS: dict[str, tuple[float, float] | None] = {"": None, "0.1 s/20 s": (0.1, 20.0), "0.3 s/60 s": (0.3, 60.0)}
SHARE = 0.99
MANY = 50_000
"""Orders that a truth is taken of."""
RECORDED = ROOT / "tests" / "lab" / "judge" / "recorded" / "a2" / "samples.csv.gz"


@dataclass(frozen=True)
class Cell:
    """A kind of latencies; of the recorded ones without a family."""

    family: str
    stalls: str = ""

    def __str__(self) -> str:
        return f"{self.family}{', stalls ' + self.stalls if self.stalls else ''}"


RECORDED_CELL = Cell("recorded")
CELLS = tuple(Cell(family, stalls) for family in FAMILIES for stalls in STALLS)


@functools.cache
def seconds_of_a_run() -> tuple[tuple[float, ...], ...]:
    """The recorded latencies (ms), by the second."""
    orders = samples.read(RECORDED).orders
    by_second: dict[int, list[float]] = {}
    for order in orders:
        by_second.setdefault(int((order.due - orders[0].due) // 1000), []).append(order.latency)
    return tuple(map(tuple, by_second.values()))


def drawn(chance: random.Random, cell: Cell, seconds: float, scale: float, rate: float = RATE) -> list[Order]:
    """The orders of some seconds."""
    if cell == RECORDED_CELL:
        values = [one for _ in range(math.ceil(seconds)) for one in chance.choice(seconds_of_a_run())]
        apart = seconds / len(values)
        return [Order(due=n * apart * 1000, service=scale * one, accepted=True) for n, one in enumerate(values)]
    one, count = FAMILIES[cell.family], round(seconds * rate)
    found = [scale * one(chance) for _ in range(count)]
    for start, lasts in _stalls(chance, cell, seconds):
        for number in range(max(0, math.ceil(start * rate)), min(count, math.ceil((start + lasts) * rate))):
            found[number] += (start + lasts - number / rate) * 1000
    return [Order(due=n / rate * 1000, service=value, accepted=True) for n, value in enumerate(found)]


def _stalls(chance: random.Random, cell: Cell, seconds: float) -> Iterator[tuple[float, float]]:
    stalls = STALLS[cell.stalls]
    if stalls:
        lasts, each = stalls
        begin = -chance.random() * each
        while begin < seconds:
            yield begin + chance.random() * each, lasts
            begin += each


@functools.cache
def many(cell: Cell) -> tuple[tuple[float, float], ...]:
    """Latencies of many orders before they are multiplied, and what stalls add to each (ms)."""
    chance, seconds = random.Random(99), MANY / RATE
    alone = [one.latency for one in drawn(chance, Cell(cell.family), seconds, 1.0)]
    return tuple(zip(alone, (one.latency for one in drawn(chance, cell, seconds, 0.0)), strict=False))


@functools.cache
def scaled_to(cell: Cell, wanted: float) -> float:
    """By what latencies are multiplied, so that their p99 with stalls is this (ms)."""
    low, high = 0.0, wanted
    for _ in range(12):
        middle = (low + high) / 2
        values = sorted(middle * alone + waited for alone, waited in many(cell))
        low, high = (middle, high) if values[int(SHARE * len(values))] < wanted else (low, middle)
    return (low + high) / 2


@functools.cache
def plain(cell: Cell, wanted: float) -> float:
    """By what latencies are multiplied, so that their p99 without stalls is this (ms)."""
    if cell == RECORDED_CELL:
        return wanted / sorted(one for some in seconds_of_a_run() for one in some)[-5]
    return scaled_to(Cell(cell.family), wanted)


def judged_rise(before: Latency, during: Latency, allowed: Allowed) -> Status:
    """The bound of A4 at the client."""
    (bound,) = risen.held(SimpleNamespace(client={BEFORE: before, DURING: during}, loaded=()), allowed)  # type: ignore[arg-type]
    return bound.status


def more(orders: Sequence[Order], ms: float = 0.0, times: float = 1.0) -> list[Order]:
    """The same orders, slower."""
    return [Order(due=one.due, service=one.service * times + ms, accepted=True) for one in orders]


FLOOR, BARE = Allowed(ratio=1.1, at_least_ms=10), Allowed(ratio=1.1, at_least_ms=0)


def rises(chance: random.Random, cell: Cell) -> dict[str, bool]:
    """A4's rise: 45 s before and 120 s during."""
    scale = plain(cell, 3.0)
    before = latency.judged(drawn(chance, cell, 45, scale))
    orders = drawn(chance, cell, 120, scale)
    same, third, fifty = (latency.judged(one) for one in (orders, more(orders, times=1.3), more(orders, ms=50.0)))
    found = compare(before.interval, same.compared[0], drift=WITHIN_LOAD)
    return {
        "no rise: not PASS": judged_rise(before, same, FLOOR) is not Status.MET,
        "+30 % of 3 ms, floor 10: not PASS": judged_rise(before, third, FLOOR) is not Status.MET,
        "+30 % of 3 ms, floor 0: PASS": judged_rise(before, third, BARE) is Status.MET,
        "+50 ms: not missed": judged_rise(before, fifty, FLOOR) is not Status.MISSED,
        "rise's interval without the truth": not found.ratio.low <= 1 <= found.ratio.high,
    }


def isolations(chance: random.Random, cell: Cell) -> dict[str, bool]:
    """B4's two cold shards, 7,560 orders against 1,650 each, without and with drift between the loads."""
    scale = plain(cell, 3.0)
    allowed = Allowed(ratio=1.05, at_least_ms=10)
    statuses, outside = [], {}
    for drift in (0.0, 0.13, 0.25):
        first = drawn(chance, cell, 270, scale * math.exp(chance.gauss(0, drift)), rate=28)
        second = drawn(chance, cell, 270, scale * math.exp(chance.gauss(0, drift)), rate=1650 / 270)
        before, after = latency.judged(first).compared, latency.judged(second).compared
        found = shift.at_client(before, after, allowed, drift=BETWEEN_LOADS, parts=2)
        if not drift:
            statuses.append(found.status)
            again = latency.judged(drawn(chance, cell, 270, scale, rate=1650 / 270)).compared
            statuses.append(shift.at_client(before, again, allowed, drift=BETWEEN_LOADS, parts=2).status)
        else:
            outside[f"isolation's interval without the truth, drift {drift:g}"] = not (
                found.rise.ratio.low <= 1 <= found.rise.ratio.high
            )
    return {"isolation, honest: not PASS": any(one is not Status.MET for one in statuses), **outside}


def p99_bound(orders: Sequence[Order]) -> Bound:
    """The bound on p99 of a load at the client, with its worst stretch."""
    load = Window(name=WHOLE, start=0.0, end=len(orders) / RATE * 1000)
    found = stretches.at_client(Samples(orders=tuple(orders), dropped=0), load)
    measured = SimpleNamespace(
        client={WHOLE: latency.judged(orders)}, loaded=(), stretches=found, load=load, windows={WHOLE: load}, worst=None
    )
    return p99.held(measured, LIMIT)  # type: ignore[arg-type]


def limits(chance: random.Random, cell: Cell) -> dict[str, bool]:
    """A p99 that is truly so much of its limit: of 500 orders, and of A2's 4 min 30 s."""

    def status(share: float, seconds: float) -> Status:
        return p99_bound(drawn(chance, cell, seconds, scaled_to(cell, share * LIMIT))).status

    return {
        "p99 10 % above: PASS": status(1.1, 500 / RATE) is Status.MET,
        "p99 20 % above: PASS": status(1.2, 500 / RATE) is Status.MET,
        "p99 at 85 %: FAIL": status(0.85, 270) is Status.MISSED,
        "p99 at 90 %: FAIL": status(0.9, 270) is Status.MISSED,
        "p99 at half: not PASS": status(0.5, 270) is not Status.MET,
    }


def steps(chance: random.Random, cell: Cell) -> dict[str, bool]:
    """B3's four stages at a constant p99 of 100 ms, each with drift 0.13."""
    scale, drift = scaled_to(cell, 100.0), 0.13
    client = {
        f"stage {number}": latency.judged(drawn(chance, cell, 120, scale * math.exp(chance.gauss(0, drift)), rate))
        for number, rate in enumerate((17.0, 30.0, 63.0, 84.0), start=1)
    }
    return {"step, constant p99: FAIL": step.held(SimpleNamespace(client=client), 20.0).status is Status.MISSED}  # type: ignore[arg-type]


def repetitions(chance: random.Random, _: Cell) -> dict[str, bool]:
    """A figure 10 % below its limit at the median, whose noise makes 30 % of all runs miss it.

    Either each run's own interval has that noise, or the runs differ by it and none of them shows it.
    """
    noise = math.log(1 / 0.9) / 0.5244
    figures = [LIMIT * 0.9 * math.exp(chance.gauss(0, noise)) for _ in range(8)]
    found = {}
    for told, wide in (("in each interval", 1.96 * noise), ("from run to run", 0.05)):
        for count in (1, 2, 3, 4, 5, 8):
            some = [_bound(one, math.exp(wide)) for one in figures[:count]]
            is_met = some[0].status is Status.MET if count == 1 else _all_met(some)
            found[f"--repeat={count}, 30 % chance of a miss, noise {told}: not PASS"] = not is_met
    return found


def _bound(figure: float, wide: float) -> Bound:
    low, high = figure / wide, figure * wide
    status = Status.MET if high < LIMIT else Status.MISSED if low >= LIMIT else Status.UNDECIDED
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


def _all_met(some: Sequence[Bound]) -> bool:
    return {one.status for one in some} == {Status.MET} or pooled(some).high < LIMIT


QUESTIONS: dict[str, tuple[Callable[[random.Random, Cell], dict[str, bool]], tuple[Cell, ...], float]] = {
    "rise": (rises, (*CELLS, RECORDED_CELL), 1.0),
    "isolation": (isolations, (*CELLS, RECORDED_CELL), 0.25),
    "p99": (limits, CELLS, 0.5),
    "step": (steps, CELLS, 0.1),
    "repeat": (repetitions, (Cell("drift"),), 1.0),
}
"""Of each kind of question what draws it once, of which latencies, and how many of the draws it gets."""
TO_REACH = {
    "no rise: not PASS": 0.05,
    "+30 % of 3 ms, floor 10: not PASS": 0.05,
    "+30 % of 3 ms, floor 0: PASS": 0.05,
    "+50 ms: not missed": 0.01,
    "rise's interval without the truth": 0.07,
    "isolation, honest: not PASS": 0.05,
    "isolation's interval without the truth": 0.10,
    "p99 10 % above: PASS": 0.05,
    "p99 20 % above: PASS": 0.05,
    "p99 at 85 %: FAIL": 0.05,
    "p99 at 90 %: FAIL": 0.05,
    "p99 at half: not PASS": 0.01,
    "step, constant p99: FAIL": 0.05,
}
WHY_NOT = {
    "no rise: not PASS": "half a percent of the orders wait in stalls, so the interval of p99 reaches into the stalls: "
    "met would be a PASS whose interval reaches far beyond the limit",
    "+30 % of 3 ms, floor 10: not PASS": "as without a rise",
    "isolation, honest: not PASS": "as for the rise",
    "p99 at half: not PASS": "what stalls add lies above the limit and comes together now and then: undecided",
}
WORSE = "compare: equal runs called worse"


def rates(task: tuple[str, Cell, int]) -> tuple[str, Cell, dict[str, float], int]:
    """The rates of one kind of question in one cell."""
    name, cell, draws = task
    draw, _, share = QUESTIONS[name]
    count = max(20, round(draws * share))
    chance = random.Random(f"{name} {cell}")
    sums: dict[str, int] = {}
    for _ in range(count):
        for question, is_so in draw(chance, cell).items():
            sums[question] = sums.get(question, 0) + is_so
    return name, cell, {question: hits / count for question, hits in sums.items()}, count


def main() -> None:
    """Draw and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=2000, help="of each cell (default 2000)")
    parser.add_argument("--only", default="", help=f"one of {', '.join(QUESTIONS)}")
    options = parser.parse_args()
    tasks = [
        (name, cell, options.draws)
        for name, (_, cells, _) in QUESTIONS.items()
        if options.only in name
        for cell in cells
    ]
    by_question: dict[str, list[tuple[float, Cell]]] = {}
    with ProcessPoolExecutor(max_workers=2) as pool:
        for number, (name, cell, seen, count) in enumerate(pool.map(rates, tasks), start=1):
            print(f"{number} of {len(tasks)}: {name}, {cell}, {count} draws", file=sys.stderr, flush=True)
            for question, rate in seen.items():
                by_question.setdefault(question, []).append((rate, cell))
    print("| question | without stalls | recorded | with stalls | to reach | |\n|---|---|---|---|---|---|")
    for name, each in by_question.items():
        print(_row(name, each))
    if options.only:
        return
    for question, wanted, found in searches.rows(max(20, options.draws // 20)):
        print(f"| {question} | {found} | - | - | {wanted} | |")
    print(f"| {WORSE} | - | - | - | ≤ 1 % | not simulated here: tests/lab/compare/test_noise.py has 80 pairs |")


def _row(question: str, each: Sequence[tuple[float, Cell]]) -> str:
    kinds = (
        [one for one in each if not one[1].stalls and one[1] != RECORDED_CELL],
        [one for one in each if one[1] == RECORDED_CELL],
        [one for one in each if one[1].stalls],
    )
    quiet, *_ = shown = [max((rate for rate, _ in some), default=None) for some in kinds]
    limit = next((most for name, most in TO_REACH.items() if question.startswith(name)), None)
    worst, cell = max(each, key=lambda one: one[0])
    if limit is None:
        said = "falls with N" if "in each interval" in question else "only more of them show how runs differ"
    elif worst <= limit:
        said = "met"
    elif (quiet or 0.0) <= limit and cell.stalls and question in WHY_NOT:
        also = " (nor for the recorded ones)" if (shown[1] or 0.0) > limit else ""
        said = f"met without stalls, not with{also}; worst {cell}: {WHY_NOT[question]}"
    else:
        said = f"NOT MET: worst {cell}"
    texts = " | ".join("-" if one is None else f"{one:.1%}" for one in shown)
    return f"| {question} | {texts} | {f'≤ {limit:.0%}' if limit else '-'} | {said} |"


if __name__ == "__main__":
    main()
