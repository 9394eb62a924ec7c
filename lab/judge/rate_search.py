"""Seeks the highest rate that holds: twice the rate until one doesn't, then both sides of where it may lie; pure."""

import math
from dataclasses import dataclass, replace
from typing import Self

from lab.judge.belief import Belief
from lab.measure.interval import NORMAL
from lab.settings.case_settings import CapacitySettings

TAIL = 0.025
"""The truth lies below the interval with this probability, and above it with the same."""
FEWEST = 8
"""Tries before a search may end for its precision: fewer say nothing of their own noise."""
ASIDE = 1.2
"""How far from the middle a rate is tried, in units of the noise: there a try tells both the capacity and the noise."""


@dataclass(frozen=True, kw_only=True)
class Interval:
    """Where a capacity (orders a minute) lies, with a probability of 95 %.

    Args:
        rate: The middle: the truth lies above it as probably as below.
        low: Where it begins; None if not even the search's least rate can be said to hold.
        high: Where it ends; None if no rate that was tried can be said not to hold.
    """

    rate: int
    low: int | None
    high: int | None

    @property
    def deviation(self) -> float:
        """The standard deviation of the capacity's logarithm; infinite for an interval without an end."""
        if self.low is None or self.high is None:
            return math.inf
        return math.log(self.high / self.low) / (2 * NORMAL)


@dataclass(frozen=True, kw_only=True)
class Search:
    """A search under way: each try makes another one of it.

    Args:
        settings: The range, the precision, and how many tries it may take.
        belief: What the tries say so far.
        tries: How many there were.
        last: The last one's rate; 0 before the first.
        held: How many held.
    """

    settings: CapacitySettings
    belief: Belief
    tries: int = 0
    last: int = 0
    held: int = 0

    @classmethod
    def of(cls, settings: CapacitySettings) -> Self:
        """A search before its first try."""
        return cls(settings=settings, belief=Belief.between(settings.least, settings.most))

    @property
    def rate(self) -> int | None:
        """The rate to try next; None when the search is over."""
        least, most = self.settings.least, self.settings.most
        if self.is_over:
            return None
        if self.held == self.tries:
            return min(2 * self.last, most) if self.tries else least
        aside = ASIDE * self.belief.noise * (1 if self.tries % 2 else -1)
        return round(min(max(self.belief.quantile(0.5) * math.exp(aside), least), most))

    @property
    def interval(self) -> Interval | None:
        """Where the capacity lies by the tries so far; None before the first."""
        if not self.tries:
            return None
        low, middle, high = self.belief.quantiles(TAIL, 0.5, 1 - TAIL)
        is_bounded = self.held < self.tries and low <= self.settings.most
        return Interval(
            rate=round(middle),
            low=round(low) if self.held and high >= self.settings.least else None,
            high=round(high) if is_bounded else None,
        )

    @property
    def is_over(self) -> bool:
        """Whether no further try is worth its time, or the capacity lies outside of the range."""
        if self.tries >= self.settings.tries:
            return True
        if not self.tries:
            return False
        low, high = self.belief.quantiles(TAIL, 1 - TAIL)
        if high < self.settings.least or low > self.settings.most:
            return True
        return self.tries >= FEWEST and high <= low * (1 + self.settings.precision)

    def after(self, *, holds: bool) -> "Search":
        """The search after a try of its rate.

        Raises:
            ValueError: It is over.
        """
        rate = self.rate
        if rate is None:
            raise ValueError("the search is over; there is nothing to try")
        return replace(
            self,
            belief=self.belief.after(rate, holds=holds),
            tries=self.tries + 1,
            last=rate,
            held=self.held + holds,
        )
