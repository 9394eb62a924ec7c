"""What a check found."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Whether what was to be holds, and by what one sees it; `ok` is None where the check says nothing."""

    ok: bool | None
    evidence: str


def judged(problems: Iterable[str], evidence: str) -> Finding:
    """What speaks against it, if anything does; else that it holds, with the evidence."""
    found = "; ".join(problem for problem in problems if problem)
    return Finding(ok=not found, evidence=found or evidence)


def does_not_apply(why: str) -> Finding:
    """The check says nothing of this lab, for instance of another topology than the one that stands."""
    return Finding(ok=None, evidence=why)
