"""Seeks the highest rate that holds: twice the rate until one doesn't, then between the two; pure."""

import math
from dataclasses import dataclass, replace

from lab.settings.case_settings import CapacitySettings


@dataclass(frozen=True, kw_only=True)
class Bracket:
    """Between which rates (orders a minute) the capacity lies: the highest that held, the lowest that didn't."""

    held: int | None = None
    failed: int | None = None


@dataclass(frozen=True, kw_only=True)
class Search:
    """A search under way: each try makes another one of it.

    A rate is tried until most of `repeat` tries agree, so a single lucky or unlucky try decides nothing, and no try is
    made that could change nothing.

    Args:
        settings: The range, the precision, and how many tries a rate gets.
        bracket: What is decided so far.
        yes: Tries of the present rate that held.
        no: Those that didn't.
    """

    settings: CapacitySettings
    bracket: Bracket = Bracket()
    yes: int = 0
    no: int = 0

    @property
    def rate(self) -> int | None:
        """The rate to try next; None when the search is over."""
        least, most = self.settings.least, self.settings.most
        held, failed = self.bracket.held, self.bracket.failed
        if held is None:
            return least if failed is None else None
        if failed is None:
            return min(2 * held, most) if held < most else None
        middle = round(math.sqrt(held * failed))
        is_precise = failed <= held * (1 + self.settings.precision) or middle in {held, failed}
        return None if is_precise else middle

    def after(self, *, holds: bool) -> "Search":
        """The search after a try of its rate.

        Raises:
            ValueError: It is over.
        """
        rate = self.rate
        if rate is None:
            raise ValueError("the search is over; there is nothing to try")
        yes, no = self.yes + holds, self.no + (not holds)
        most = self.settings.repeat // 2 + 1
        if yes >= most:
            return replace(self, bracket=replace(self.bracket, held=rate), yes=0, no=0)
        if no > self.settings.repeat - most:
            return replace(self, bracket=replace(self.bracket, failed=rate), yes=0, no=0)
        return replace(self, yes=yes, no=no)
