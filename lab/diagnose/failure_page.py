"""The failure page: one screen, most telling first; pure.

No line is broken, so that its words can be searched for; a terminal of 80 columns breaks it, and the page's budget
counts the rows that it takes there. A longer line loses its middle.
"""

import re
from collections.abc import Iterable, Sequence

from lab.cluster.kube import Object
from lab.cluster.rollout import statuses
from lab.diagnose.classify import Finding
from lab.diagnose.clues import Clues
from lab.diagnose.describe import describe, events_of, line_of, lines_of

COLUMNS = 78
"""Columns of a row; two more go to the indent that an error's details get."""
ROWS = 23
"""Rows of the page; the error's own line stands above it."""
EVENT_ROWS = 5
LOG_ROWS = 8
DESCRIBE_ROWS = 5
LONGEST = 4 * COLUMNS - 10
"""Characters of a line that are shown: the four rows of its end tell more than those of its beginning."""
HEAD = 70
"""Characters that a line which is too long keeps of its beginning."""

ERROR = re.compile(r"error|fatal|panic|exception", re.IGNORECASE)
"""What a line says that tells of one."""


def page(finding: Finding, clues: Clues, kept: str) -> list[str]:
    """The lines of the page.

    Args:
        finding: What the failure's cause is.
        clues: What is known of the failure.
        kept: Where the bundle is, or why there is none.
    """
    head = [f"{finding.cause.name}" + (f": {finding.about}" if finding.about else "")]
    head.append(f"  {finding.cause.meaning}")
    why = [f"  {cut(line)}" for line in finding.why if line != clues.summary]
    if clues.unseen:
        why.append(f"  the cluster was not examined: {cut(clues.unseen)}")
    tail = [f"next: {finding.next}", kept]
    room = ROWS - rows((*head, *why, *tail))
    described = _section("describe:", _described(finding), min(DESCRIBE_ROWS, room - 1))
    room -= rows(described)
    happened = _happened(finding, clues, min(EVENT_ROWS, room - 1))
    room -= rows(happened)
    title, lines = _wrote(finding, clues)
    wrote = _section(title, lines, min(LOG_ROWS, room - 1))
    return [*head, *why, *happened, *wrote, *described, *tail]


def _described(finding: Finding) -> list[str]:
    return list(describe(finding.pod, finding.container)) if finding.pod else []


def _happened(finding: Finding, clues: Clues, room: int) -> list[str]:
    """The newest warnings that fit, and where room is left the newest of the ordinary events."""
    kept: list[Object] = []
    for event in reversed(events_of(finding.pod, clues.events) if finding.pod else []):
        if rows(f"  {cut(line_of(one))}" for one in (*kept, event)) > room:
            break
        kept.append(event)
    return ["events:", *(f"  {cut(line)}" for line in lines_of(kept))] if kept else []


def _wrote(finding: Finding, clues: Clues) -> tuple[str, list[str]]:
    """What the container wrote last, or the one before it when that is the one that ended; else the error's details."""
    if finding.pod is not None:
        name = finding.pod["metadata"]["name"]
        for previous, title in ((True, "last lines of the previous container:"), (False, "last lines:")):
            lines = clues.logs.get((name, finding.container, previous))
            if lines and (not previous or _runs_again(finding.pod, finding.container)):
                return title, lines
    if clues.said:
        return "last lines:", list(clues.said)
    return "it said:", [line for line in clues.details if line not in finding.why]


def _runs_again(pod: Object, container: str) -> bool:
    """Whether the container that ended is no longer the present one."""
    return not any(one["name"] == container and "terminated" in one.get("state", {}) for one in statuses(pod))


def _section(title: str, lines: Sequence[str], room: int) -> list[str]:
    """A title and the last lines that fit below it, indented; nothing when none does.

    Where none of these tells of an error and an earlier line does, the last such line comes first.
    """
    told = [f"  {cut(line)}" for line in lines if line.strip()]
    kept = _last(told, room)
    if not any(map(ERROR.search, kept)):
        errors = [line for line in told if ERROR.search(line) and rows((line,)) <= room]
        kept = [*errors[-1:], *_last(told, room - rows(errors[-1:]))]
    return [title, *kept] if kept else []


def _last(lines: Sequence[str], room: int) -> list[str]:
    kept: list[str] = []
    for line in reversed(lines):
        if rows((*kept, line)) > room:
            break
        kept.insert(0, line)
    return kept


def cut(line: str) -> str:
    """A line without its middle where it is too long."""
    line = line.rstrip()
    return line if len(line) <= LONGEST else f"{line[:HEAD]} … {line[HEAD - LONGEST :]}"


def rows(lines: Iterable[str]) -> int:
    """The rows that lines take on a terminal of 80 columns."""
    return sum(max(1, -(-len(line) // COLUMNS)) for line in lines)
