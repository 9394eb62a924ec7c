"""Explains the cases of a run that break: the page on the screen, the bundle in the run's folder.

A second case that breaks by the same cause is told in two lines: its page would be the first one's.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from lab.diagnose.explain import Explainable, broken_by, explain
from lab.run.listener import Explain
from lab.tools import k6

FOLDER = "failure"
"""The folder of a run in which each case that broke has its bundle."""
SAID = 12
"""Last lines of k6's log that count as what it said."""


def explain_in(runtime: Explainable, run: Path, say: Callable[[str], None], *, command: str = "") -> Explain:
    """Explains the broken cases of one run.

    Args:
        runtime: What the lab stands on.
        run: The run's folder.
        say: Takes each line of the page.
        command: What does it again; else the case's own.
    """
    told: set[str] = set()

    def tell(case: str, began: datetime, error: Exception) -> None:
        name = case if case in runtime.lab.settings.cases else case.rpartition("-")[0]  # of a repetition
        broken = broken_by(
            error, command or f"case {name}", began, said=_last_lines(k6.folders(run / case)[0] / k6.LOG)
        )
        lines = explain(runtime, broken, lambda: _folder(run / FOLDER / case))
        head, bundle = lines[:1], lines[-1:]
        same = told.issuperset(head)
        told.update(head)
        say(f"{case} broke: {broken.summary}")
        for line in (*head, *bundle) if same else lines:
            say(f"  {line}")

    return tell


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path


def _last_lines(log: Path) -> list[str]:
    try:
        return log.read_text(encoding="utf-8", errors="replace").splitlines()[-SAID:]
    except OSError:
        return []
