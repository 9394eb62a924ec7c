"""The line of a case under way: what goes on, or how long its load runs and what is seen of it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lab.core.figures import UNKNOWN, count, ms, seconds, share
from lab.run.case_progress import Progress
from lab.run.watch import ROUND

if TYPE_CHECKING:
    from rich.text import Text

OLD = 3 * ROUND
"""Seconds after which figures of Prometheus are told with their age."""
MISSED = "red"

Part = tuple[str, str]
"""Words, and rich's style of them."""


def whole(progress: Progress) -> "Text":
    """The line, however long it gets."""
    return _joined(((f"{progress.case.id} {progress.case.settings.title}:", "bold"), *_full(progress)))


def fitted(progress: Progress, width: int) -> "Text":
    """The line in no more than these columns: without its title if need be, then in fewer words."""
    forms = [
        whole(progress),
        _joined(((progress.case.id, "bold"), *_full(progress))),
        _joined(((progress.case.id, "bold"), *_short(progress))),
    ]
    return next((form for form in forms if form.cell_len <= width), forms[-1])


def _joined(parts: tuple[Part, ...]) -> "Text":
    """The parts behind the case's name; cut where even so few words are too many, never wrapped."""
    from rich.text import Text  # noqa: PLC0415 - 40 ms that `invoke --list` need not pay

    name, *rest = parts
    joined = Text.assemble(name, " ", no_wrap=True, overflow="ellipsis")
    return joined.append_text(Text(" · ").join([Text(*part) for part in rest]))


def _full(progress: Progress) -> Iterator[Part]:
    seen = progress.seen
    yield _under_way(progress)
    if progress.elapsed is None:
        return
    yield f"{count(seen.rate)} orders/min", ""
    yield _p99(progress)
    yield f"{count(seen.matches)} matches/min", ""
    if seen.age > OLD:
        yield f"prometheus told {seconds(round(seen.age))} ago", "yellow"
    part = f" ({share(seen.error_share)})" if seen.errors and seen.error_share is not None else ""
    yield f"{count(seen.errors)} errors{part}", MISSED if seen.errors else ""


def _short(progress: Progress) -> Iterator[Part]:
    """Without what Prometheus told long ago: there is no room for its age."""
    seen = progress.seen
    yield _under_way(progress)
    if progress.elapsed is None:
        return
    yield f"{count(seen.rate)}/min", ""
    yield _p99(progress) if seen.age <= OLD else (f"p99 {UNKNOWN}", "")
    yield f"{count(seen.matches if seen.age <= OLD else None)} matches", ""
    if not seen.errors or seen.error_share is None:
        yield f"{count(seen.errors)} errors", ""
    else:
        yield f"{share(seen.error_share)} errors", MISSED


def _under_way(progress: Progress) -> Part:
    if progress.elapsed is None:
        requests = f", {progress.requests} requests" if progress.requests else ""
        return f"{progress.doing}{requests}", ""
    duration = progress.case.settings.duration
    return f"{count(min(progress.elapsed, duration))}/{seconds(duration)}", ""


def _p99(progress: Progress) -> Part:
    p99, bound = progress.seen.p99, progress.case.settings.slo.p99_ms
    return f"p99 {ms(p99)}", MISSED if p99 is not None and bound is not None and p99 >= bound else ""
