"""What a search for a topology's capacity found: the value that its run keeps and its lines are made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from lab.judge.rate_search import Bracket
from lab.judge.tries import Figures, Try, TryOutcome

FILE = "capacity.json"
"""Its name in a run's folder."""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What everything ran on: the cluster's nodes, or this machine as one, and the cores behind them."""

    nodes: int
    cores: float


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """A search, over or broken off.

    Args:
        run: The id of its run.
        topology: What stood.
        shards: How many.
        profile: full, or smoke.
        runtime: What the lab stood on.
        bracket: Between which rates the capacity lies.
        tries: All tries in their order.
        machine: What it ran on.
        basis: What another capacity must have in common to be compared: settings, profile, runtime, engine, machine.
        broke_off: Why the search did not end; None if it did.
    """

    run: str
    topology: str
    shards: int
    profile: str
    runtime: str
    bracket: Bracket
    tries: tuple[Try, ...]
    machine: Machine
    basis: Mapping[str, str]
    broke_off: str | None = None

    @property
    def matches(self) -> float | None:
        """Fills a minute at the highest rate that held: the median of its tries that did."""
        return _median([one.matches for one in self.held])

    @property
    def held(self) -> tuple[Figures, ...]:
        """The tries that held at the highest rate that did."""
        return self._at(self.bracket.held, TryOutcome.HELD)

    @property
    def failed(self) -> tuple[Figures, ...]:
        """The tries that did not hold at the lowest rate that didn't."""
        return self._at(self.bracket.failed, TryOutcome.FAILED)

    def _at(self, rate: int | None, outcome: TryOutcome) -> tuple[Figures, ...]:
        return tuple(one.figures for one in self.tries if one.figures and one.rate == rate and one.outcome is outcome)


def _median(values: list[float]) -> float | None:
    return median(values) if values else None
