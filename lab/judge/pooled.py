"""One figure of several repetitions, and how sure it is; pure: the same figures give the same interval."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, median, variance

from lab.core.figures import MILLISECONDS, TIMES
from lab.judge.bound import Bound
from lab.judge.way_out import MOST
from lab.measure.interval import NORMAL

STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)
"""As NORMAL, of a mean whose deviation is known from 2, 3, ... 11 values alone; more have it by its expansion."""

FAR = 3.5
"""Robust standard deviations above the median from which a figure is an outlier (Iglewicz and Hoaglin, 1993)."""
MAD = NormalDist().inv_cdf(0.75)
"""The median absolute deviation of normal figures, in standard deviations."""


@dataclass(frozen=True, kw_only=True)
class Pooled:
    """The mean of the repetitions' figures with its 95 % interval: of latencies and ratios the geometric one."""

    figure: float
    low: float
    high: float


def pooled(some: Sequence[Bound]) -> Pooled:
    """What these repetitions of a bound come to together.

    Their own intervals become narrower as more are pooled. Where they differ by more than these explain, something
    differs from run to run, and the interval is as wide as their spread makes it: the random effects of a
    meta-analysis, with Student's t for the part that the few runs alone tell of. It is never wider than what the
    repetitions' own intervals cover together: what each of them met, all of them met.

    Args:
        some: The bound in each repetition, each with a figure.
    """
    figures = [bound.figure for bound in some if bound.figure is not None]
    lows = [figure if bound.low is None else bound.low for figure, bound in zip(figures, some, strict=True)]
    highs = [figure if bound.high is None else bound.high for figure, bound in zip(figures, some, strict=True)]
    if not all(map(math.isfinite, figures)):
        return Pooled(figure=sorted(figures)[len(figures) // 2], low=min(lows), high=max(highs))
    is_factor = _is_factor(some[0].unit, figures)
    scaled = _log if is_factor else _same
    points = [scaled(figure) for figure in figures]
    down = [at - scaled(low) for at, low in zip(points, lows, strict=True)]
    up = [scaled(high) - at for at, high in zip(points, highs, strict=True)]
    middle, between = fmean(points), _between(points, [(one + other) / 2 for one, other in zip(down, up, strict=True)])
    low, high = middle - math.hypot(_within(down), between), middle + math.hypot(_within(up), between)
    back = math.exp if is_factor else _same
    return Pooled(figure=back(middle), low=max(back(low), min(lows)), high=min(back(high), max(highs)))


def outliers(some: Sequence[Bound]) -> list[bool]:
    """Whether each of these repetitions lies further above most of them than the spread among those explains.

    By the modified z-score, whose median deviation a few far ones, even almost half, do not widen.

    Args:
        some: The bound in each repetition.
    """
    figures = [bound.figure or 0.0 for bound in some]
    scaled = _log if _is_factor(some[0].unit, figures) else _same
    points = [scaled(figure) for figure in figures]
    middle = median(points)
    spread = median(abs(point - middle) for point in points)
    return [point > middle + FAR * spread / MAD for point in points]


def _is_factor(unit: str, figures: Sequence[float]) -> bool:
    """Whether figures are compared by their logarithms."""
    return unit in {MILLISECONDS, TIMES} and min(figures) > 0


def _log(value: float) -> float:
    return math.log(value) if value > 0 else -math.inf


def _same(value: float) -> float:
    return value


def _within(ends: Sequence[float]) -> float:
    """How far the mean's interval reaches by the repetitions' own."""
    return math.sqrt(math.fsum(end**2 for end in ends)) / len(ends)


def _between(points: Sequence[float], halves: Sequence[float]) -> float:
    """How far it reaches by what differs from run to run; nothing where their own intervals may explain that."""
    free = len(points) - 1
    if not free:
        return 0.0
    found = variance(points)
    own = fmean((half / NORMAL) ** 2 for half in halves)
    if math.isinf(own) or found <= own * _by_chance(free):
        return 0.0
    return _student(free) * math.sqrt((found - own) / len(points))


def _by_chance(free: int) -> float:
    """By what factor a variance of so many degrees of freedom exceeds the true one in 5 % (Wilson and Hilferty)."""
    spare = 2 / (9 * free)
    return (1 - spare + 1.645 * math.sqrt(spare)) ** 3


def _student(free: int) -> float:
    if free <= len(STUDENT):
        return STUDENT[free - 1]
    return NORMAL + (NORMAL**3 + NORMAL) / (4 * free) + (5 * NORMAL**5 + 16 * NORMAL**3 + 3 * NORMAL) / (96 * free**2)


def deciding(count: int, around: Pooled, limit: float) -> int | None:
    """How many repetitions may decide what so many did not: as many as narrow the interval to the limit.

    Args:
        count: The repetitions so far.
        around: What they come to.
        limit: What the figure is held against.
    """
    reach = around.high - around.figure if limit > around.figure else around.figure - around.low
    apart = abs(limit - around.figure)
    if not (math.isfinite(reach) and apart):
        return None
    wanted = max(count + 1, math.ceil(count * (reach / apart) ** 2))
    return wanted if wanted <= MOST else None
