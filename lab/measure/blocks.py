"""How many independent values those of a time series are worth: what is slow together counts for fewer; pure."""

import math
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

SECONDS = (1.0, 5.0, 15.0)
"""Lengths of the blocks: of a stall, of a pause, of a slow while; the one at which values are most alike counts."""
FEWEST = 3
"""Blocks that tell how they differ."""
CHANCE = 1.64
"""Standard deviations by which independent values' blocks may differ more than they should: that is no dependence."""


def inflation(hits: Sequence[float], counts: Sequence[float]) -> float:
    """By how much the hits of blocks of time differ more than those of independent values would: 1 for these.

    It is Pearson's statistic over its degrees of freedom, the design effect of surveys. What chance alone would give
    is no dependence: few hits seldom fall evenly.

    Args:
        hits: In each block.
        counts: The values in each block.
    """
    blocks = [(hit, count) for hit, count in zip(hits, counts, strict=True) if count > 0]
    total = math.fsum(count for _, count in blocks)
    share = math.fsum(hit for hit, _ in blocks) / total if total else 0.0
    if len(blocks) < FEWEST or not 0 < share < 1:
        return 1.0
    unlike = math.fsum((hit - count * share) ** 2 / count for hit, count in blocks) / (share * (1 - share))
    found, free = unlike / (len(blocks) - 1), len(blocks) - 1
    by_chance = 1 + CHANCE * math.sqrt((2 + len(blocks) / (share * total)) / free)
    return found if found > by_chance else 1.0


def inflation_of(instants: Sequence[float], hits: Sequence[float]) -> float:
    """The same of values at ascending instants (ms), some of which are hits: the greatest of all lengths of blocks."""
    if len(hits) < 2 or len(instants) < 2:  # noqa: PLR2004 - a single one is like no other
        return 1.0
    return max(_inflation(instants, hits, seconds * 1000) for seconds in SECONDS)


def _inflation(instants: Sequence[float], hits: Sequence[float], length: float) -> float:
    start, end = instants[0], instants[-1]
    number = max(1, round((end - start) / length))
    edges = [start + (end - start) * place / number for place in range(number)]

    def counted(some: Sequence[float]) -> list[float]:
        places = [bisect_left(some, edge) for edge in edges] + [len(some)]
        return [float(right - left) for left, right in pairwise(places)]

    return inflation(counted(hits), counted(instants))
