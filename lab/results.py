"""Shows a run on the terminal: a live line while a case runs, then the table and the verdict; plain lines elsewhere."""

import math
import os
import sys
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from lab.case import Progress
from lab.measurements import CaseMeasurements
from lab.suites import Suite
from lab.verdict import CaseVerdict, Outcome, Verdict
from lab.windows import AFTER, BEFORE, DURING, WHOLE

STYLES = {
    Outcome.PASS: "green",
    Outcome.CONDITIONAL: "yellow",
    Outcome.FAIL: "red",
    Outcome.INVALID: "magenta",
    Outcome.NOT_JUDGED: "dim",
}
COLUMNS = ("case", "orders/min", "client p50", "p95", "p99", "engine p99", "errors", "matches/min", "verdict")
PLAIN_WIDTH = 160
PLAIN_EVERY = 15.0
"""Seconds of load between two lines where there is no terminal to redraw."""


class Display:
    """A context in which a run is shown."""

    def __init__(self, suite: Suite) -> None:
        from rich.console import Console  # noqa: PLC0415 - 40 ms that `invoke --list` need not pay

        # Where there is no terminal, nothing is to be cut to one's width.
        width = None if sys.stdout.isatty() else PLAIN_WIDTH
        self.console = Console(highlight=False, soft_wrap=True, width=width)
        self._suite = suite
        self._live: Any = None
        self._told = -math.inf

    def __enter__(self) -> Self:
        if self.console.is_terminal and os.environ.get("TERM") != "dumb":
            from rich.live import Live  # noqa: PLC0415

            self._live = Live("", console=self.console, refresh_per_second=4, transient=True)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def begin(self, case: str, title: str) -> None:
        """Say which case begins."""
        self._told = -math.inf
        self._say(f"{case} {title}: seeding the book")

    def progress(self, progress: Progress) -> None:
        """Show how far the case is."""
        if self._live is not None:
            self._live.update(progress_line(progress))
        elif progress.elapsed is not None and progress.elapsed - self._told >= PLAIN_EVERY:
            self._told = progress.elapsed
            self._say(progress_line(progress))

    def end(self, verdict: CaseVerdict) -> None:
        """Say what the case came to."""
        self._say(f"{verdict.case}: {verdict.outcome.value}: {verdict.reason}")

    def show(self, verdict: Verdict, measured: Mapping[str, CaseMeasurements], folder: str) -> None:
        """Show the table, the verdict with its reason, and where the evidence is."""
        from rich.table import Table  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        table = Table(title=self._suite.title, box=None, pad_edge=False)
        for column in COLUMNS:
            table.add_column(column, justify="left" if column in {"case", "verdict"} else "right", no_wrap=True)
        for row, outcome in rows(verdict, measured):
            table.add_row(*row[:-1], Text(row[-1], style=STYLES[outcome] if outcome else ""))
        self.console.print(table)
        for line in warnings(measured):
            self.console.print(f"note: {line}")
        self.console.print(Text(str(verdict), style=STYLES[verdict.outcome]))
        self.console.print(f"evidence: {folder}")

    def _say(self, line: str) -> None:
        self.console.print(line)


def progress_line(progress: Progress) -> str:
    """One case under way: seconds of its load, requests a second, p99 so far."""
    case = progress.case
    if progress.elapsed is None:
        return f"{case.id} {case.settings.title}: seeding the book, {progress.requests} requests"
    elapsed = min(progress.elapsed, case.settings.duration)
    rate = progress.requests / max(progress.elapsed, 1.0)
    p99 = "" if progress.p99 is None else f" · p99 so far {progress.p99:.1f} ms"
    return f"{case.id} {case.settings.title}: {elapsed:.0f}/{case.settings.duration} s · {rate:.1f} requests/s{p99}"


def rows(verdict: Verdict, measured: Mapping[str, CaseMeasurements]) -> list[tuple[tuple[str, ...], Outcome | None]]:
    """The table's rows: one a case, and below a case with a fault one each for before, during and after it."""
    table: list[tuple[tuple[str, ...], Outcome | None]] = []
    for case in verdict.cases:
        numbers = measured.get(case.case)
        if numbers is None:
            table.append(((case.case, *("-",) * (len(COLUMNS) - 2), case.outcome.value), case.outcome))
            continue
        table.append((_row(case.case, numbers, WHOLE, case.outcome.value), case.outcome))
        for window in (BEFORE, DURING, AFTER):
            if window in numbers.windows:
                rise = f"rise {numbers.rise}" if window == DURING and numbers.rise else ""
                table.append((_row(f"  {window}", numbers, window, rise), None))
    return table


def _row(name: str, measured: CaseMeasurements, window: str, last: str) -> tuple[str, ...]:
    client = measured.client[window]
    engines = [shard.latency[window].p99 for shard in measured.shards]
    is_whole = window == WHOLE
    return (
        name,
        f"{measured.rate_reached:.0f} of {measured.rate_asked:g}" if is_whole else "",
        _ms(client.p50),
        _ms(client.p95),
        _ms(client.p99),
        _ms(max(engines, default=math.inf)),
        f"{client.error_rate:.2%}",
        _matches(measured) if is_whole else "",
        last,
    )


def _ms(value: float) -> str:
    return f"{value:.1f} ms" if math.isfinite(value) else "-"


def _matches(measured: CaseMeasurements) -> str:
    """Fills a minute of all shards, over the load."""
    by_shard: Sequence[tuple[float, ...]] = [shard.matches_per_minute for shard in measured.shards]
    total = sum(sum(minutes) / len(minutes) for minutes in by_shard if minutes)
    return f"{total:.0f}"


def warnings(measured: Mapping[str, CaseMeasurements]) -> list[str]:
    """What to know about the cases, a line each."""
    return [f"{case}: {line}" for case, numbers in measured.items() for line in numbers.warnings]
