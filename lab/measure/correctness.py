"""What an engine did during a load, held against a reference: the value that a case's measurements carry."""

from dataclasses import dataclass
from enum import StrEnum


class Way(StrEnum):
    """How the fills were checked.

    REPLAY: each is known in advance, by the load's plan from a clean book on. INVARIANTS: what holds whatever rested in
    the book before.
    """

    REPLAY = "replay"
    INVARIANTS = "invariants"


@dataclass(frozen=True, kw_only=True)
class Divergence:
    """Where an engine did something else.

    Args:
        kind: What of it, in a word or two: `lost order`, `wrong fill`.
        line: For people: what was expected, and what was found.
        book: The reference book around it, a line each; empty where no book explains it.
    """

    kind: str
    line: str
    book: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Correctness:
    """What came of it.

    Args:
        way: How fills were checked.
        accepted: Orders whose acceptance the load generator saw.
        orders: Records of orders.
        fills: Records of fills.
        replayed: Those of them that were found right.
        lost: Accepted orders without a record.
        found: How many divergences there are; of a symbol's fills the first alone counts, since others follow from it.
        divergences: The first of them.
        unchecked: Why nothing was checked; None if it was.
        is_silent: Whether that is because the engine publishes nothing, which is no fault of the reading.
        notes: What could not be compared, a line each.
        took: Seconds that reading the records took after the load.
    """

    way: Way
    accepted: int
    orders: int
    fills: int
    replayed: int
    lost: int
    found: int
    divergences: tuple[Divergence, ...] = ()
    unchecked: str | None = None
    is_silent: bool = False
    notes: tuple[str, ...] = ()
    took: float = 0.0
