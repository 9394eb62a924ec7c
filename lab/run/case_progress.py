"""How far a case is, for whoever shows it."""

from dataclasses import dataclass, field

from lab.run.watch import Seen
from lab.settings.suites import Case


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a case is.

    Args:
        case: Which.
        doing: What goes on, for people.
        requests: k6's so far, those that seed the book included.
        elapsed: Seconds of its load; None before it and after it.
        seen: What is seen of the load.
    """

    case: Case
    doing: str
    requests: int = 0
    elapsed: float | None = None
    seen: Seen = field(default_factory=Seen)
