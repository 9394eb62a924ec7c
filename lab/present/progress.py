"""Shows a graph of steps while it runs: live on a terminal, plain lines elsewhere; and keeps its timeline."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from lab.core.figures import seconds
from lab.core.paths import TIMELINE
from lab.present.console import console
from lab.present.live_view import opened
from lab.process.steps import Graph, Record, State, Step

MARKS = {
    State.WAITING: ("·", "dim"),
    State.RUNNING: ("▸", "cyan"),
    State.DONE: ("✓", "green"),
    State.SKIPPED: ("=", "dim"),
    State.FAILED: ("✗", "red"),
    State.NOT_RUN: ("·", "dim"),
}
BAR = 24
"""Characters of a bar in the drawn timeline."""


def carry_out(steps: Sequence[Step]) -> Graph:
    """Run steps with their progress on the screen, and keep the timeline; the graph has the record of each step.

    Raises:
        LabError: A step failed; its message has the cause and the next command.
    """
    with Progress(steps, timeline=TIMELINE) as progress:
        progress.graph.run()
    return progress.graph


class Progress:
    """A context in which a graph is run; leaving it writes the timeline."""

    def __init__(self, steps: Sequence[Step], *, timeline: Path) -> None:
        self.console = console(soft_wrap=True)
        self.graph = Graph(steps, on_change=self._changed)
        self._timeline = timeline
        self._live: Any = None
        self._shown: dict[str, tuple[State, str]] = {}

    def __enter__(self) -> Self:
        self._live = opened(self.console, get_renderable=self._table, refresh_per_second=8)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()
        self._write()

    def _changed(self, record: Record) -> None:
        """A line per change where there is no terminal to redraw."""
        unremarkable = record.state is State.WAITING or (record.state is State.RUNNING and not record.note)
        if self._live is not None or unremarkable:
            return
        shown = (record.state, record.note)
        if self._shown.get(record.name) == shown:
            return
        self._shown[record.name] = shown
        took = f" {seconds(round(record.seconds(self.graph.now), 1))}" if record.ended is not None else ""
        note = f": {record.note}" if record.note else ""
        sys.stdout.write(f"{self.graph.now:6.1f}  {record.name} {record.state.value}{took}{note}\n")
        sys.stdout.flush()

    def _table(self) -> Any:
        from rich.table import Table  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        table = Table(box=None, show_header=False, pad_edge=False)
        now = self.graph.now
        for record in self.graph.records.values():
            mark, style = MARKS[record.state]
            took = seconds(round(record.seconds(now), 1)) if record.began is not None else ""
            note = "" if record.state is State.WAITING else record.note
            table.add_row(
                Text(mark, style=style),
                record.name,
                Text(record.state.value, style=style),
                Text(took, style="dim"),
                Text(_bar(record, now), style=style),
                Text(note, style="dim", overflow="ellipsis", no_wrap=True),
            )
        return table

    def _write(self) -> None:
        now = self.graph.now
        rows = [
            {
                "step": record.name,
                "state": record.state.value,
                "note": record.note,
                "began": None if record.began is None else round(record.began, 2),
                "ended": None if record.ended is None else round(record.ended, 2),
            }
            for record in self.graph.records.values()
        ]
        self._timeline.parent.mkdir(parents=True, exist_ok=True)
        self._timeline.write_text(json.dumps({"seconds": round(now, 2), "steps": rows}, indent=2) + "\n", "utf-8")


def _bar(record: Record, now: float) -> str:
    """When the step ran, drawn on the time since the start."""
    if record.began is None or now <= 0:
        return ""
    start = int(BAR * record.began / now)
    end = max(start + 1, round(BAR * (record.ended if record.ended is not None else now) / now))
    return " " * start + "━" * (min(end, BAR) - start)
