"""Whether a topology carries a rate: tries of that rate alone, until most of what is believed says so; pure."""

from dataclasses import dataclass, replace
from math import comb
from typing import Self

from lab.judge.rate_search import Interval

SURE = 0.95
"""How probable an answer must be: four tries of four give it, six of seven, nine of twelve."""
MOST = 12
"""Tries after which it is undecided: the rate is about the capacity."""


@dataclass(frozen=True, kw_only=True)
class Demand:
    """A search for whether one rate holds more often than not, which is what a capacity of at least that rate is.

    Args:
        asked: The rate, in orders a minute.
        held: Tries that held.
        tries: All of them.
    """

    asked: int
    held: int = 0
    tries: int = 0

    @property
    def rate(self) -> int | None:
        """The rate to try next; None when the search is over."""
        is_over = self.tries >= MOST or self.is_carried is not None
        return None if is_over else self.asked

    @property
    def is_carried(self) -> bool | None:
        """Whether the topology carries the rate; None as long as the tries don't tell."""
        failed = self.tries - self.held
        if _above_half(self.held, failed) >= SURE:
            return True
        return False if _above_half(failed, self.held) >= SURE else None

    @property
    def interval(self) -> Interval | None:
        """The capacity by what is known: from the rate on, or up to it; None before that is decided."""
        if self.is_carried is None:
            return None
        low, high = (self.asked, None) if self.is_carried else (None, self.asked)
        return Interval(rate=self.asked, low=low, high=high)

    def after(self, *, holds: bool) -> Self:
        """The search after a try."""
        return replace(self, held=self.held + holds, tries=self.tries + 1)


def _above_half(yes: int, no: int) -> float:
    """How probable it is that a try holds more often than not, after so many that did and that didn't.

    Before the first try each probability is believed in equally, so it is the upper half of a beta distribution.
    """
    count = yes + no + 1
    return sum(comb(count, number) for number in range(yes + 1)) / float(2**count)
