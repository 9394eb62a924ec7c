"""What a histogram's buckets say of a percentile: between which bounds it lies, never a point between them; pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from lab.measure import interval
from lab.measure.blocks import inflation
from lab.measure.interval import CONFIDENCE, Estimate, proportion

Buckets = Mapping[float, float]
"""Upper bound to the observations up to it; the last bound is infinite."""


@dataclass(frozen=True, kw_only=True)
class Between:
    """The bounds of the bucket that a percentile lies in, and those of its 95 % interval; infinite beyond the last."""

    low: float
    at_least: float
    at_most: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Beyond:
    """The share of the observations that lie beyond a bucket's bound (ms)."""

    bound: float
    share: Estimate


def percentile(buckets: Buckets, share: Fraction, confidence: float = CONFIDENCE) -> Between:
    """A percentile by nearest rank: the lower bound of the lowest place it may have, the upper one of the highest."""
    count = math.floor(max(buckets.values(), default=0.0) + 1e-6)
    if not count:
        return Between(low=0.0, at_least=0.0, at_most=math.inf, high=math.inf)
    most, least = interval.above(count, share, confidence=confidence)
    at_least, at_most = _bucket(buckets, interval.rank(count, share))
    return Between(
        low=_bucket(buckets, count - most)[0] if most < count else 0.0,
        at_least=at_least,
        at_most=at_most,
        high=math.inf if least is None else _bucket(buckets, count - least)[1],
    )


def beyond(blocks: Sequence[Buckets]) -> tuple[Beyond, ...]:
    """The share beyond each finite bound; what comes together in blocks of time says as much as fewer would.

    Args:
        blocks: The histogram of each block of time.
    """
    counts = [one.get(math.inf, 0.0) for one in blocks]
    total = math.fsum(counts)
    found = []
    for bound in sorted({bound for one in blocks for bound in one if math.isfinite(bound)}):
        hits = [max(0.0, count - one.get(bound, 0.0)) for one, count in zip(blocks, counts, strict=True)]
        wide = inflation(hits, counts)
        worth, hit = max(1, round(total / wide)), round(math.fsum(hits) / wide)
        share = proportion(min(hit, worth), worth)
        measured = math.fsum(hits) / total if total else 1.0
        found.append(
            Beyond(
                bound=bound,
                share=Estimate(value=measured, low=min(share.low, measured), high=max(share.high, measured)),
            )
        )
    return tuple(found)


def _bucket(buckets: Buckets, place: float) -> tuple[float, float]:
    """The bounds of the bucket in which the value at a place lies."""
    below = 0.0
    for bound in sorted(buckets):
        if buckets[bound] >= place - 1e-6:
            return below, bound
        below = bound
    return below, math.inf
