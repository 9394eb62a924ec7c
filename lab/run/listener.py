"""Who is told how a run goes: a terminal, or whoever else wants to know."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from lab.judge.tries import Try
from lab.judge.verdict import CaseVerdict

Explain = Callable[[str, datetime, Exception], None]
"""Told which case broke, when it had begun (UTC), and by which error."""


class Listener(Protocol):
    """Told what a run is at, as it happens."""

    def begin(self, case: str, title: str) -> None:
        """A case begins."""

    def end(self, verdict: CaseVerdict) -> None:
        """A case has been judged."""

    def tried(self, one: Try) -> None:
        """A try of a search for capacity is over."""

    def say(self, line: str) -> None:
        """Anything else that is worth a line."""
