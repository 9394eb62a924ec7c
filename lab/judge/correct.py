"""The bounds on what an engine did: none of it diverges from the replay, and no accepted order is lost."""

from collections.abc import Iterator

from lab.core.figures import count, counted
from lab.judge.bound import Bound, Kind, Status
from lab.measure.correctness import Correctness, Way

ORDERS = "orders"
"""The unit of those that are lost."""


def correct(found: Correctness, *, lost: int | None) -> Iterator[Bound]:
    """The bounds; none for an engine that publishes nothing, whatever it does.

    Args:
        found: What came of the check.
        lost: How many accepted orders may have no record; None if the case doesn't say.
    """
    if found.is_silent:
        return
    if found.unchecked is not None:
        line = f"what the engine did could not be checked: {found.unchecked}"
        yield Bound(name="correct", kind=Kind.CORRECTNESS, status=Status.UNMEASURED, line=line)
        return
    yield Bound(
        name="correct",
        kind=Kind.CORRECTNESS,
        status=Status.of(is_met=not found.found),
        line=_line(found),
        figure=found.found,
        limit=0,
    )
    if lost is not None:
        yield Bound(
            name="lost",
            kind=Kind.CORRECTNESS,
            status=Status.of(is_met=found.lost <= lost),
            line=f"{count(found.lost)} of {count(found.accepted)} accepted orders lost (limit {count(lost)})",
            figure=found.lost,
            limit=lost,
            unit=ORDERS,
        )


def _line(found: Correctness) -> str:
    published = f"{counted(found.orders, 'order')} and {counted(found.fills, 'fill')}"
    if found.found:
        first = found.divergences[0]
        more = f", and {count(found.found - 1)} more" if found.found > 1 else ""
        return f"the engine did something else: {first.kind}: {first.line}{more}; {published} were published"
    held = "as the replay has them" if found.way is Way.REPLAY else "against which no invariant speaks"
    return f"{published}, {held}"
