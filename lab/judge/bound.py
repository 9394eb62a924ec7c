"""One bound of an SLO held against what was measured."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """What a bound comes to: undecided where its interval reaches to both sides of the limit."""

    MET = "met"
    MISSED = "missed"
    UNDECIDED = "undecided"
    UNMEASURED = "not measured"

    @classmethod
    def of(cls, *, is_met: bool) -> "Status":
        """That of a figure which is exact."""
        return cls.MET if is_met else cls.MISSED

    @classmethod
    def of_interval(
        cls, low: float, high: float, limit: float, *, is_more_better: bool = False, is_exclusive: bool = False
    ) -> "Status":
        """That of a figure which lies in an interval: met or missed only where all of it is.

        Args:
            low: Where the interval begins.
            high: Where it ends.
            limit: What the figure may be at most; of one that is better when it is more, at least.
            is_more_better: Whether a higher figure is the better one.
            is_exclusive: Whether the limit itself is a miss.
        """

        def meets(value: float) -> bool:
            return (value >= limit if is_more_better else value <= limit) and not (is_exclusive and value == limit)

        worst, best = (low, high) if is_more_better else (high, low)
        return cls.MET if meets(worst) else cls.UNDECIDED if meets(best) else cls.MISSED


class Kind(StrEnum):
    """What a bound is about, by which what went wrong around it can bend it or not."""

    LATENCY = "latency"
    ERRORS = "errors"
    FILLS = "fills"
    CORRECTNESS = "correctness"


ALSO_BY_CLIENT = ("rise", "isolation", "step_ms")
"""The bounds that a case has twice: by what the client saw, and by each `engine`."""


@dataclass(frozen=True, kw_only=True)
class Bound:
    """What a bound came to, and the line that says so with all its numbers.

    Args:
        name: Its key in the SLO.
        kind: What it is about.
        status: Whether it was met.
        line: For people.
        of: The part that it is about, where the case has this bound of several: `shard b`.
        figure: What is held against the limit; infinite where that many orders failed, None where nothing was measured.
        limit: What the figure may be at most, or of a figure that is better when it is more, at least.
        unit: Of both: one of `lab.core.figures`.
        is_more_better: Whether a higher figure is the better one.
        low: Where the interval begins that holds the true figure; None where the figure has none.
        high: Where it ends.
        decided_by: The repetitions that may decide it if it is undecided; None where repetitions would not.
        advice: What else would decide it, in words.
        by_repetition: The figure in each of several repetitions, in their order, which `figure` pools.
    """

    name: str
    kind: Kind
    status: Status
    line: str
    of: str = ""
    figure: float | None = None
    limit: float | None = None
    unit: str = ""
    is_more_better: bool = False
    low: float | None = None
    high: float | None = None
    decided_by: int | None = None
    advice: str = ""
    by_repetition: tuple[float, ...] = ()

    @property
    def is_by_client(self) -> bool:
        """Whether the load generator alone saw it: no figure of an engine has a part in it."""
        return self.kind is Kind.ERRORS or (self.name in ALSO_BY_CLIENT and not self.of.startswith("engine"))


def no_reference(name: str, kind: Kind, case: str) -> Bound:
    """The bound that needs another case of the run, without valid figures of it."""
    line = f"{name} needs valid figures of {case} in the same run: see why it has none, or run the whole suite"
    return Bound(name=name, kind=kind, status=Status.UNMEASURED, line=line)


def undecided(more: int | None = 5) -> str:
    """What is said of a bound that its interval doesn't decide: it is no pass, and no miss either.

    Args:
        more: The repetitions that may decide it; None if they would not.
    """
    return f", undecided; --repeat={more} may decide it" if more else ", undecided"
