"""What a case's figures depend on besides its load: the lab's state, the way to it, the clocks, the broker."""

from dataclasses import dataclass
from itertools import pairwise

from lab.core.windows import Outage
from lab.measure.lab_state import LabState
from lab.measure.null_path import NullPath


@dataclass(frozen=True, kw_only=True)
class Poll:
    """One poll of the broker's pods, by the instants (epoch ms) between which it was; `pods` are those it found."""

    began: float
    ended: float
    pods: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What was seen around a load.

    Args:
        path: The null path before it; None where none is measured.
        first: The lab's state when the run began.
        before: That when the load began.
        after: That when it had ended.
        unknown: Why one of the three isn't known; None if all are.
        clock: By how many seconds Prometheus' clock was ahead of this machine's, the larger of before and after;
            None if it did not tell.
        polls: Of the broker's pods, while its outage was under way.
    """

    path: NullPath | None = None
    first: LabState | None = None
    before: LabState | None = None
    after: LabState | None = None
    unknown: str | None = None
    clock: float | None = None
    polls: tuple[Poll, ...] = ()

    @property
    def states(self) -> tuple[LabState, ...]:
        """Those when the load began and when it had ended, as far as they are known."""
        return tuple(state for state in (self.before, self.after) if state)


UNSEEN = 10_000.0
"""ms without a poll of the broker, in which a pod may have come and gone: then nobody looked."""
NOTHING_SEEN = Surroundings()


def within(polls: tuple[Poll, ...], outage: Outage | None) -> tuple[Poll, ...]:
    """The polls that lie wholly in the time in which the broker was to be away."""
    if outage is None:
        return ()
    found = tuple(poll for poll in polls if poll.began >= outage.in_force and poll.ended <= outage.ending)
    edges = (outage.in_force, *(poll.began for poll in found), outage.ending)
    is_blind = max(later - earlier for earlier, later in pairwise(edges)) > UNSEEN
    return () if is_blind and not any(poll.pods for poll in found) else found
