"""How often the intervals of a search for a capacity, and of a speed-up, hold the truth: by simulation.

    .venv/bin/python benchmarks/searches.py [draws]

A try of a rate holds with the probability of a logistic curve over the logarithm of the rate; its scale is the noise.
From one search to the next the capacity differs by the machine's drift, which is log-normal.
"""

import math
import random
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from statistics import fmean, median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lab.judge.rate_search import Interval, Search
from lab.judge.speedup import ratio
from lab.settings.case_settings import CapacitySettings
from lab.settings.loading import committed

NOISES = (0.02, 0.05, 0.1, 0.2)
DRIFTS = (0.0, 0.03, 0.06, 0.12)
DRAWS = 300
REPEATED = (1, 2, 3)
HOLDS = ">= 90 %"
"""What is to be reached."""
Searches = tuple[list[bool], list[float], list[int]]
"""Of some searches: whether the interval holds the truth, how wide it is, and by how many tries."""
Row = tuple[str, str, str]
"""A question, what is to be reached, and what was found."""


def rows(draws: int = DRAWS) -> Iterator[Row]:
    """The table's rows, one after the other as they are simulated.

    Args:
        draws: Searches for each noise; speed-ups for each noise and drift are a fourth of them.
    """
    found = {noise: _capacities(noise, draws) for noise in NOISES}
    yield "a capacity's interval holds the truth", HOLDS, _by(found, lambda one: f"{fmean(one[0]):.0%}")
    yield "its width (median)", "", _by(found, lambda one: f"{median(one[1]):.0%}")
    yield "tries", "", _by(found, lambda one: f"{fmean(one[2]):.1f}")
    for drift in DRIFTS:
        by_noise = {noise: _speed_ups(noise, drift, max(1, draws // 4)) for noise in NOISES}
        for count in REPEATED:
            held = " / ".join(f"{fmean(each[count][0]):.0%}" for each in by_noise.values())
            wide = " / ".join(f"{median(each[count][1]):.0%}" for each in by_noise.values())
            yield f"a speed-up's by {count} and {count} searches, drift {drift:.0%}", HOLDS, f"{held}; width {wide}"


@cache
def wanted() -> CapacitySettings:
    """How the lab's own settings seek a capacity."""
    return committed().capacity


def sought(capacity: float, noise: float, chance: random.Random) -> tuple[Interval, int]:
    """What a search finds of a capacity, and by how many tries."""
    search = Search.of(wanted())
    while (rate := search.rate) is not None:
        margin = max(-50.0, min(50.0, math.log(rate / capacity) / noise))
        search = search.after(holds=chance.random() < 1 / (1 + math.exp(margin)))
    assert search.interval is not None
    return search.interval, search.tries


def _capacities(noise: float, draws: int) -> Searches:
    chance = random.Random(1)
    inside, widths, tries = [], [], []
    for _ in range(draws):
        capacity = math.exp(chance.uniform(math.log(8_000), math.log(150_000)))
        found, count = sought(capacity, noise, chance)
        inside.append((found.low or 0) <= capacity <= (found.high or math.inf))
        widths.append(math.log(found.high / found.low) if found.high and found.low else math.inf)
        tries.append(count)
    return inside, widths, tries


def _speed_ups(noise: float, drift: float, draws: int) -> dict[int, tuple[list[bool], list[float]]]:
    """By how many searches of each topology: whether the interval holds the truth, and its width."""
    chance = random.Random(2)
    found: dict[int, tuple[list[bool], list[float]]] = {count: ([], []) for count in REPEATED}
    for _ in range(draws):
        one, truth = math.exp(chance.uniform(math.log(8_000), math.log(60_000))), chance.uniform(1.5, 3)
        many, few = (
            [sought(rate * math.exp(chance.gauss(0, drift)), noise, chance)[0] for _ in range(max(REPEATED))]
            for rate in (one * truth, one)
        )
        for count, (inside, widths) in found.items():
            _, low, high = ratio(many[:count], few[:count])
            inside.append(low <= truth <= high)
            widths.append(math.log(high / low))
    return found


def _by(found: dict[float, Searches], told: Callable[[Searches], str]) -> str:
    return " / ".join(told(one) for one in found.values())


if __name__ == "__main__":
    print(f"at a noise of {' / '.join(f'{noise:.0%}' for noise in NOISES)} of a try:")
    for question, target, value in rows(int(sys.argv[1]) if len(sys.argv) > 1 else DRAWS):
        print(f"{question:58} {target:8} {value}", flush=True)
