"""Makes executions of a case as the stand gives them: a body, a tail, stalls, and what differs from run to run.

The figures are those of real runs of A2 and of tries of the search for the capacity: medians from 0.8 to 1.1 ms whose
logarithm differs by 0.13 to 0.27 from try to try (BETWEEN), a p95 near twice and a p99 near four times the median, now and
then a stall in which all orders wait for it to end: p99.9 from 13 to 33 ms in 434 orders.
"""

import math
import random
from bisect import insort

from lab.compare.stretch import Execution, Stretch

BETWEEN = 0.2
DRIFT = 0.08
"""Standard deviation of the logarithm from one stretch to the next."""
STALLS = 1 / 20
"""A second, with lengths of 5 to 40 ms."""
BUCKETS = (0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, math.inf)


def simulated(
    seed: object,
    *,
    slower: float = 0.0,
    seconds: float = 270.0,
    rate: float = 17.0,
    median: float = 1.0,
    between: float = BETWEEN,
) -> Execution:
    """One execution.

    Args:
        seed: Of its chance.
        slower: By how many ms an engine answers each order later.
        seconds: How long the judged load is.
        rate: Orders a second.
        median: Of the latency (ms), before what differs from run to run.
        between: Standard deviation of the logarithm of what differs from run to run.
    """
    source = random.Random(str(seed))  # noqa: S311 - no secret
    factor = median * math.exp(source.gauss(0, between))
    number = min(20, max(5, int(seconds // 10)))
    return tuple(_stretch(source, factor, slower, seconds / number, rate) for _ in range(number))


def _stretch(source: random.Random, factor: float, slower: float, seconds: float, rate: float) -> Stretch:
    drift = factor * math.exp(source.gauss(0, DRIFT))
    latencies: list[float] = []
    for _ in range(round(rate * seconds)):
        tail = source.paretovariate(1.6) if source.random() < 0.04 else 1.0
        insort(latencies, drift * math.exp(source.gauss(0, 0.35)) * tail + slower)
    if source.random() < STALLS * seconds:
        stall = source.uniform(5, 40)
        for _ in range(max(1, round(rate * stall / 1000 * source.uniform(1, 3)))):
            latencies.pop(source.randrange(len(latencies)))
            insort(latencies, slower + source.uniform(0, stall) + 1)
    engine = {float(bound): float(sum(one * 0.8 <= bound for one in latencies)) for bound in BUCKETS}
    matches = source.gauss(1.17, 0.05) * rate * seconds
    return Stretch(window="whole", seconds=seconds, latencies=tuple(latencies), matches=matches, buckets=(engine,))
