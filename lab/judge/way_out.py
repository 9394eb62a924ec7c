"""What would decide a bound that is undecided: more repetitions, or something else; pure."""

import math
from dataclasses import dataclass

from lab.judge.bound import Status, undecided

FEWEST, MOST = 2, 20
"""Repetitions that are any, and beyond which a difference is too small to be worth them."""
LONGER = "a longer case may decide it"


@dataclass(frozen=True, kw_only=True)
class WayOut:
    """What would decide it.

    Args:
        is_needed: Whether the bound is undecided at all.
        decided_by: The repetitions that may decide it; None where they would not.
        advice: What else would, in words; empty where repetitions would.
    """

    is_needed: bool
    decided_by: int | None = None
    advice: str = ""

    @classmethod
    def of(cls, status: Status, decided_by: int | None, advice: str = LONGER) -> "WayOut":
        """That of a bound.

        Args:
            status: What it comes to.
            decided_by: The repetitions that may decide it; None where they would not.
            advice: What else would.
        """
        if status is not Status.UNDECIDED:
            return cls(is_needed=False)
        return cls(is_needed=True, decided_by=decided_by, advice="" if decided_by else advice)

    def __str__(self) -> str:
        """As the line of a bound has it; empty where none is needed."""
        if not self.is_needed:
            return ""
        return undecided(self.decided_by) + (f": {self.advice}" if self.advice else "")


def repetitions(wide: float, apart: float) -> int | None:
    """How many repetitions make an interval's half narrower than what is between its figure and the limit.

    Args:
        wide: The interval's half on the limit's side.
        apart: How far the figure is from the limit.
    """
    if apart <= 0 or wide > apart * math.sqrt(MOST):
        return None
    return max(FEWEST, math.ceil((wide / apart) ** 2))
