"""How much more a topology takes than one of fewer shards, by their capacities; pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from lab.core.figures import ORDERS_PER_MINUTE, figure, share
from lab.core.figures import ratio as times
from lab.judge.capacity import Capacity
from lab.judge.rate_search import Bracket


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """A capacity that another run found."""

    run: str
    topology: str
    shards: int
    held: int
    failed: int | None


@dataclass(frozen=True, kw_only=True)
class SpeedUp:
    """A ratio of capacities; between `low` and `high`, for each capacity lies between two rates.

    Args:
        against: The capacity of fewer shards.
        shards: How many make the other.
        ratio: Of the highest rates that held.
        low: By the lowest rate that didn't hold there; None if every rate held there.
        high: By the lowest rate that didn't hold here; None if every rate held here.
    """

    against: Earlier
    shards: int
    ratio: float
    low: float | None
    high: float | None

    @property
    def efficiency(self) -> float:
        """The share of what as many times the shards would give at best."""
        return self.ratio * self.against.shards / self.shards

    def __str__(self) -> str:
        """As people read it."""
        fewer = f"{self.against.shards} shard{'s' if self.against.shards > 1 else ''}"
        ends = (("at least", self.low), ("at most", self.high))
        within = " and ".join(f"{side} {times(end)}" for side, end in ends if end is not None)
        return (
            f"speed-up with {self.shards} shards: {times(self.ratio)} ({share(self.efficiency)})"
            f"{f', {within}' if within else ''}, against {fewer} at "
            f"{figure(self.against.held, ORDERS_PER_MINUTE)} in run {self.against.run}"
        )


def speed_up(found: Capacity, earlier: Iterable[Capacity]) -> SpeedUp | None:
    """The speed-up against the first comparable capacity of fewer shards; None if there is none.

    Args:
        found: Of more shards.
        earlier: Other runs', the newest first.
    """
    if found.bracket.held is None or found.broke_off:
        return None
    for one in earlier:
        held = one.bracket.held
        if held and not one.broke_off and one.basis == found.basis and one.shards < found.shards:
            against = Earlier(
                run=one.run, topology=one.topology, shards=one.shards, held=held, failed=one.bracket.failed
            )
            return ratio(found.bracket, found.shards, against)
    return None


def ratio(bracket: Bracket, shards: int, against: Earlier) -> SpeedUp:
    """The speed-up of a capacity against another; the bracket has a rate that held."""
    held = bracket.held or 0
    return SpeedUp(
        against=against,
        shards=shards,
        ratio=held / against.held,
        low=held / against.failed if against.failed else None,
        high=bracket.failed / against.held if bracket.failed else None,
    )
