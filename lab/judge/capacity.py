"""What a search for a topology's capacity found: the value that its run keeps and its lines are made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from lab.judge.rate_search import Bracket
from lab.judge.tries import Figures, Try, TryOutcome
from lab.judge.verdict import CaseVerdict, Outcome, Verdict
from lab.settings.suites import CAPACITY, Profile, RuntimeName


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
    profile: Profile
    runtime: RuntimeName
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

    def verdict(self, reason: str) -> Verdict:
        """What the search is as a suite, whose cases are its tries.

        One that found a capacity is NOT JUDGED: there is no objective. One that broke off is INVALID; FAIL if not even
        the lowest rate held.

        Args:
            reason: What was found, for people.
        """
        outcome = Outcome.NOT_JUDGED if self.bracket.held is not None else Outcome.FAIL
        return Verdict(
            suite=CAPACITY,
            profile=self.profile,
            runtime=self.runtime,
            outcome=Outcome.INVALID if self.broke_off else outcome,
            reason=reason or self.broke_off or "",
            cases=tuple(
                CaseVerdict(
                    case=one.name,
                    outcome=Outcome.NOT_JUDGED,
                    reasons=(f"{one.outcome}: {one.reason}",),
                    is_valid=one.outcome is not TryOutcome.UNMEASURED,
                )
                for one in self.tries
            ),
        )

    def _at(self, rate: int | None, outcome: TryOutcome) -> tuple[Figures, ...]:
        return tuple(one.figures for one in self.tries if one.figures and one.rate == rate and one.outcome is outcome)


def _median(values: list[float]) -> float | None:
    return median(values) if values else None
