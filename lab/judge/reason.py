"""What went wrong around a case, and which way it can bend which of its figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

from lab.judge.bound import Bound, Kind, Status


class Direction(StrEnum):
    """Which way a figure is bent: to look better than the design is, or worse."""

    FLATTERS = "flatters"
    DARKENS = "darkens"


Bends = tuple[tuple[Direction, Kind], ...]
"""Which way, and figures of which kinds."""
NOTHING: Bends = ()
"""That of a note."""
OPPOSITE = {Direction.FLATTERS: Direction.DARKENS, Direction.DARKENS: Direction.FLATTERS}
EITHER_WAY: Bends = tuple(product(Direction, Kind))


def flatters(*kinds: Kind) -> Bends:
    """What makes figures of these kinds look better; of all kinds if none is named."""
    return tuple((Direction.FLATTERS, kind) for kind in kinds or Kind)


def darkens(*kinds: Kind) -> Bends:
    """What makes figures of these kinds look worse; of all kinds if none is named."""
    return tuple((Direction.DARKENS, kind) for kind in kinds or Kind)


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Something that went wrong around a case.

    Args:
        line: For people: the number, the limit and the remedy.
        bends: What it can do to the figures; nothing: it is a note.
        only: The bounds that it is about, by name and part; None: all of the kinds that it bends.
        spares_client: Whether it is about engines' figures, so that no bound is bent that the client alone saw.
    """

    line: str
    bends: Bends = NOTHING
    only: tuple[tuple[str, str], ...] | None = None
    spares_client: bool = False

    def of_reference(self, case: str, bounds: Sequence[Bound]) -> "Reason":
        """What it does to these bounds of a case that is compared with the one that it is about: the opposite.

        Fills may be fewer for lack of orders or of scrapes, which makes no case look worse but is less to keep up with:
        what bends them may do either.

        Args:
            case: The one that it is about.
            bounds: Those that compare.
        """
        return Reason(
            line=f"{case}, which this is compared with: {self.line}",
            bends=tuple(
                (other, kind)
                for way, kind in self.bends
                for other in ((way, OPPOSITE[way]) if kind is Kind.FILLS else (OPPOSITE[way],))
            ),
            only=tuple((bound.name, bound.of) for bound in bounds),
        )

    def spoils(self, bound: Bound) -> bool:
        """Whether a bound says nothing because of it: one met by what flatters, or missed by what darkens.

        One that is undecided says nothing either way: more orders under the same conditions would not help it.
        """
        if self.only is not None and (bound.name, bound.of) not in self.only:
            return False
        if self.spares_client and bound.is_by_client:
            return False
        ways = {way for way, kind in self.bends if kind is bound.kind}
        return bool(ways & SPOILED_BY.get(bound.status, frozenset()))


SPOILED_BY = {
    Status.MET: frozenset({Direction.FLATTERS}),
    Status.MISSED: frozenset({Direction.DARKENS}),
    Status.UNDECIDED: frozenset(Direction),
}
