"""What a search for a topology's capacity found: the value that its run keeps and its lines are made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from lab.judge.rate_search import Interval
from lab.judge.tries import Try, TryOutcome
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
        interval: Where the capacity lies; None before the first try.
        engine_cpu: The CPU limit that the search gave each engine, as Kubernetes writes it; None for its own.
        tries: All tries in their order.
        machine: What it ran on.
        basis: What another capacity must have in common to be compared: settings, profile, runtime, engine, machine.
        demand: The only rate that was tried, to see whether the topology carries it; None of a capacity.
        broke_off: Why the search did not end; None if it did.
    """

    run: str
    topology: str
    shards: int
    profile: Profile
    runtime: RuntimeName
    interval: Interval | None
    tries: tuple[Try, ...]
    machine: Machine
    basis: Mapping[str, str]
    engine_cpu: str | None = None
    demand: int | None = None
    broke_off: str | None = None

    @property
    def rate(self) -> int | None:
        """The capacity in orders a minute; None if not even the least rate held, or nothing was tried."""
        return self.interval.rate if self.interval and self.interval.low is not None else None

    @property
    def is_bounded(self) -> bool:
        """Whether the search came to its end with an interval that has both of its own."""
        interval = self.interval
        return not self.broke_off and interval is not None and None not in {interval.low, interval.high}

    @property
    def matches(self) -> float | None:
        """Fills a minute at the capacity: by the fills per order of the tries that held."""
        held = [one.figures for one in self.tries if one.outcome is TryOutcome.HELD and one.figures]
        per_order = [one.matches / one.reached for one in held if one.reached]
        return median(per_order) * self.rate if per_order and self.rate else None

    @property
    def edge(self) -> tuple[Try, ...]:
        """The tries that show what the limit is: those that did not hold within the interval, or the lowest of them.

        Where none failed, that of the highest rate.
        """
        measured = [one for one in self.tries if one.figures]
        failed = sorted((one for one in measured if one.outcome is TryOutcome.FAILED), key=lambda one: one.rate)
        high = self.interval.high if self.interval and self.interval.high else 0
        within = [one for one in failed if one.rate <= high]
        return tuple(within or failed[:1] or sorted(measured, key=lambda one: one.rate)[-1:])

    def verdict(self, reason: str) -> Verdict:
        """What the search is as a suite, whose cases are its tries.

        One that found a capacity is NOT JUDGED: there is no objective. One that broke off is INVALID; FAIL if not even
        the lowest rate held.

        Args:
            reason: What was found, for people.
        """
        outcome = Outcome.NOT_JUDGED if self.rate is not None else Outcome.FAIL
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
