"""How much more a topology takes than one of fewer shards, by their capacities."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.judge.capacity import FILE, Capacity
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
        low = "?" if self.low is None else f"{self.low:.2f}"
        high = "?" if self.high is None else f"{self.high:.2f}"
        fewer = f"{self.against.shards} shard{'s' if self.against.shards > 1 else ''}"
        return (
            f"speed-up with {self.shards} shards: {self.ratio:.2f} ({self.efficiency:.0%}), between {low} and {high}, "
            f"against {fewer} at {self.against.held:,} orders/min in run {self.against.run}"
        )


def speed_up(found: Capacity, runs: Path) -> SpeedUp | None:
    """The speed-up against the newest comparable capacity of fewer shards under `runs`; None if there is none."""
    if found.bracket.held is None or found.broke_off:
        return None
    earlier = next((one for one in _comparable(found, runs) if one.shards < found.shards), None)
    return ratio(found.bracket, found.shards, earlier) if earlier else None


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


def _comparable(found: Capacity, runs: Path) -> Iterator[Earlier]:
    """Capacities that were found on the same basis, the newest first: ids of runs begin with their time."""
    for path in sorted(runs.glob(f"*/{FILE}"), reverse=True):
        kept = _read(path)
        if kept.get("basis") == dict(found.basis) and not kept.get("broke_off") and kept["bracket"]["held"]:
            yield Earlier(
                run=kept["run"],
                topology=kept["topology"],
                shards=kept["shards"],
                held=kept["bracket"]["held"],
                failed=kept["bracket"]["failed"],
            )


def _read(path: Path) -> dict[str, Any]:
    """What a run kept; nothing if it can't be read."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}
