"""One bound of an SLO held against what was measured."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Spread:
    """What the repetitions of a case make of one figure.

    Args:
        figures: Of each repetition, in their order; infinite where that many orders failed.
        low: Where the interval of the median begins.
        high: Where it ends.
        coverage: How often such an interval holds the true median.
        is_range: Whether it is all that was measured, since so few repetitions have no 95 % interval.
    """

    figures: tuple[float, ...]
    low: float
    high: float
    coverage: float
    is_range: bool


@dataclass(frozen=True, kw_only=True)
class Bound:
    """Whether a bound was met, and the line that says so with all its numbers.

    Args:
        name: Its key in the SLO.
        is_met: None when nothing was measured that it could be held against.
        line: For people.
        of: The part that it is about, where the case has this bound of several: `shard b`.
        figure: What is held against the limit; infinite where that many orders failed, None where `is_met` is.
        limit: What the figure may be at most, or of a figure that is better when it is more, at least.
        unit: Of both: one of `lab.core.figures`.
        is_more_better: Whether a higher figure is the better one.
        is_undecided: Whether a figure outside the limit is not told apart from one within it: not met, but no miss.
        spread: Of several repetitions, of which `figure` is the median.
    """

    name: str
    is_met: bool | None
    line: str
    of: str = ""
    figure: float | None = None
    limit: float | None = None
    unit: str = ""
    is_more_better: bool = False
    is_undecided: bool = False
    spread: Spread | None = None


def no_reference(name: str, case: str) -> Bound:
    """The bound that needs another case of the run, without valid figures of it."""
    line = f"{name} needs valid figures of {case} in the same run: see why it has none, or run the whole suite"
    return Bound(name=name, is_met=None, line=line)


def undecided(more: int = 5) -> str:
    """What is said of a difference that its interval doesn't show: it is no pass, and no miss either.

    Args:
        more: The repetitions that may show it.
    """
    return f", undecided: not told apart from noise; --repeat={more} or a longer case may decide it"
