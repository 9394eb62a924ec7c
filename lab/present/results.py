"""Shows a run on the terminal: a live line while a case runs, then the table and the verdict; plain lines elsewhere."""

import math
import re
import sys
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from lab.judge.bound import Status
from lab.judge.tries import Try
from lab.judge.verdict import LEFT_OUT, NOTHING_TO_MEET, CaseVerdict, Outcome, Verdict
from lab.measure.measurements import CaseMeasurements
from lab.present import capacity_rows, result_rows
from lab.present.case_document import CaseReport, live
from lab.present.console import console
from lab.present.live_view import opened
from lab.present.load_line import fitted, whole
from lab.present.table import MARKS
from lab.run.case_progress import Progress
from lab.settings.suites import Suite
from lab.settings.topology import SHARD_PREFIX

STYLES: Mapping[str, str] = {
    Outcome.PASS: "green",
    Outcome.CONDITIONAL: "yellow",
    Outcome.UNDECIDED: "yellow",
    Outcome.FAIL: "red",
    Outcome.INVALID: "magenta",
    Outcome.NOT_JUDGED: "dim",
}
COMPARED = ("step_ms", "matches", "keeps_up", "keeps_up_cpu", "keeps_up_p99", "isolation")
"""The bounds that hold minutes, stages, shards or cases against each other: too much for a row."""
SHOWN = {Status.MET: True, Status.MISSED: False, Status.UNDECIDED: None, Status.UNMEASURED: None}
VARYING = re.compile(rf"{SHARD_PREFIX}\w+|\d[\d,.]*|(?<=\d )\w+")
"""What differs between two notes of one kind: shards, figures and their units."""
PLAIN_WIDTH = 160
PLAIN_EVERY = 15.0
"""Seconds of load between two lines where there is no terminal to redraw."""


class Display:
    """A context in which a run is shown."""

    def __init__(self, suite: Suite) -> None:
        # Where there is no terminal, nothing is to be cut to one's width. A reason may quote a path in brackets.
        width = None if sys.stdout.isatty() else PLAIN_WIDTH
        self.console = console(soft_wrap=True, width=width)
        self._suite = suite
        self._live: Any = None
        self._told = -math.inf
        self._doing = ""

    def __enter__(self) -> Self:
        self._live = opened(self.console, refresh_per_second=4, transient=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def begin(self, case: str, title: str) -> None:
        """Say which case begins."""
        self._told, self._doing = -math.inf, ""
        self.say(f"{case} {title}")

    def progress(self, progress: Progress) -> None:
        """Show how far the case is."""
        if self._live is not None:
            self._live.update(fitted(progress, self.console.width))
        elif progress.elapsed is None:
            if progress.doing != self._doing:
                self.say(str(whole(progress)))
            self._doing = progress.doing
        elif progress.elapsed - self._told >= PLAIN_EVERY:
            self._told = progress.elapsed
            self.say(str(whole(progress)))

    def end(self, verdict: CaseVerdict) -> None:
        """Say what the case came to."""
        if self._live is not None:
            self._live.update("")
        self.say(f"{verdict.case}: {verdict.headline}")

    def tried(self, one: Try) -> None:
        """Say what a try of a search for capacity came to."""
        self.say(capacity_rows.line(one))

    def say(self, line: str) -> None:
        """Say a line."""
        self.console.print(line)

    def show(self, verdict: Verdict, measured: Mapping[str, CaseMeasurements], folder: str) -> None:
        """Show the table, the verdict with its reason, and where the evidence is."""
        from rich.table import Table  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        cases = [live(case, measured) for case in verdict.cases]
        table = Table(title=self._suite.title, box=None, pad_edge=False)
        for column in result_rows.COLUMNS:
            table.add_column(column, justify="left" if column in {"case", "verdict"} else "right", no_wrap=True)
        for *texts, last in result_rows.rows(cases):
            table.add_row(*texts, Text(last, style=STYLES.get(last, "")))
        self.console.print(table)
        self._repetitions(cases)
        for line, status in comparisons(verdict):
            mark, style = MARKS[SHOWN[status]]
            self.console.print(Text(mark, style=style), line)
        for line in notes(verdict, measured):
            self.console.print(f"note: {line}")
        self.console.print(Text(str(verdict), style=STYLES[verdict.outcome]))
        for line in reasons(verdict, self._suite):
            self.console.print(f"  {line}")
        if verdict.runtime == "process":
            self.console.print(f"PROCESS: {LEFT_OUT}; --runtime=k3d runs on a cluster, and needs Docker")
        self.console.print(f"evidence: {folder}")

    def _repetitions(self, cases: Sequence[CaseReport]) -> None:
        """Show what the repetitions of each case make of its bounds, if there are any."""
        from rich.table import Table  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        table = Table("", *result_rows.REPETITIONS, box=None, pad_edge=False)
        for bound, texts in result_rows.repetitions(cases):
            mark, style = MARKS[SHOWN[bound.status]]
            table.add_row(Text(mark, style=style), *texts)
        if table.rows:
            self.console.print(table)


def comparisons(verdict: Verdict) -> list[tuple[str, Status]]:
    """The bounds that no row of the table shows, a line each, and what each came to."""
    return [
        (f"{case.case}: {bound.line}", bound.status)
        for case in verdict.cases
        for bound in case.bounds
        if bound.name in COMPARED and not bound.by_repetition
    ]


def reasons(verdict: Verdict, suite: Suite) -> list[str]:
    """Why a run has its verdict, one reason a line; a case that passed has one line."""
    found = []
    for case in verdict.cases:
        if case.outcome is Outcome.PASS:
            found.append(f"{case.case}: {case.headline}")
        elif case.reasons != NOTHING_TO_MEET:
            found += [f"{case.case}: {case.outcome.value}: {line}" for line in case.reasons]
    if not suite.complete:
        found.append(f"without the other cases this is not {suite.id}'s verdict")
    return [*found, *([verdict.scaling.line] if verdict.scaling else ())]


def notes(verdict: Verdict, measured: Mapping[str, CaseMeasurements]) -> list[str]:
    """What to know about the cases and decided nothing: a line each, those that differ only in figures as one."""
    of_cases = [(case.case, line) for case in verdict.cases for line in case.notes]
    of_cases += [(case, line) for case, numbers in measured.items() for line in numbers.warnings]
    kinds: dict[str, list[tuple[str, str]]] = {}
    for case, line in dict.fromkeys(of_cases):
        kinds.setdefault(VARYING.sub("#", line), []).append((case, line))
    return [
        f"{', '.join(dict.fromkeys(case for case, _ in alike))}: {alike[0][1]}"
        + (f" (and {len(alike) - 1} more like it)" if len(alike) > 1 else "")
        for alike in kinds.values()
    ]
